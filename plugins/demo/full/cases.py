"""What is asked of the model: held-out rows of a source, as one task, with or without a slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ....core.catalog import Catalog
from ....core.data.config import SourceUseConfig
from ....core.data.cut import crop_row
from ....core.data.uri import open_source
from ....core.media.audio import resample, to_channels
from ....core.media.waveform import Waveform
from ....core.metric import Measured
from ....core.payloads import REFERENCE_AUDIO, Example, ReferenceAudio
from ....core.pipeline import Pipeline
from ....core.recipe import Recipe
from ....core.source import Row
from ....core.training.held_out import CUT

TOGETHER = 16
"""Clips generated in one batch."""


@dataclass(frozen=True)
class Case:
    """Held-out rows of one source, asked of the model as one task.

    Attributes:
        task: name of the task.
        uri: the source.
        options: of the source.
        name: what tells the case from others of its task, or nothing.
        without: payload slots that are emptied before generating, to see what they are worth.
    """

    task: str
    uri: str
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    without: Collection[str] = ()

    @property
    def use(self) -> SourceUseConfig:
        """Return the case as an entry of a mixture."""
        return SourceUseConfig(uri=self.uri, task=self.task, options=dict(self.options))


@dataclass(frozen=True)
class Asked:
    """A case with what the model made of it.

    Attributes:
        case: what was asked.
        rows: the held-out rows.
        clips: one for each row.
    """

    case: Case
    rows: Sequence[Row]
    clips: Sequence[Measured]


def cases_of(recipe: Recipe, catalog: Catalog) -> Iterator[Case]:
    """Yield one case for each source of a mixture whose task makes audio."""
    uses = [(catalog.tasks.get(use.task), use) for use in recipe.mixture.sources]
    names = Counter((task.name, source_name(use)) for task, use in uses)
    for task, use in uses:
        if task.output == "audio":
            is_alone = names[task.name, source_name(use)] == 1
            name = source_name(use) if is_alone else ", ".join([source_name(use), *_details(use)])
            yield Case(task.name, use.uri, use.options, name=name)


def source_name(use: SourceUseConfig) -> str:
    """Return what a source is called: of a manifest, its folder."""
    locator = use.uri.partition(":")[2]
    return Path(locator).parent.name if Path(locator).suffix else locator


def _details(use: SourceUseConfig) -> list[str]:
    """Return which rows of a manifest an entry reads, and what is joined to them."""
    values = [v if isinstance(v, list) else [v] for v in use.options.get("filter", {}).values()]
    kinds = [str(value[0]) + (" …" if value[1:] else "") for value in values if value]
    return [*kinds, *(f"with {name}" for name in use.options.get("join", {}))]


def held_out(case: Case, catalog: Catalog, pipeline: Pipeline, count: int) -> list[Row]:
    """Return up to ``count`` rows that were never trained on, each cut to one clip."""
    source = open_source(case.uri, dict(case.options), catalog)
    kept = source.held_out()
    if kept is None:
        return []
    geometry = pipeline.model.geometry
    return [crop_row(kept.row(i), geometry, CUT) for i in evenly(count, len(kept))]


def evenly(count: int, rows: int) -> list[int]:
    """Return up to ``count`` numbers of rows, spread over all: manifests are sorted by kind."""
    taken = min(count, rows)
    return [i * rows // taken for i in range(taken)]


def ask(case: Case, rows: Sequence[Row], pipeline: Pipeline, seed: int) -> Asked:
    """Return what the model makes of the rows, row i with seed ``seed + i``.

    Row i of a case has the same seed whatever is left out of it, so that only that differs.
    """
    clips: list[Measured] = []
    for first in range(0, len(rows), TOGETHER):
        batch = rows[first : first + TOGETHER]
        examples = pipeline.examples(case.task, batch)
        emptied = [_emptied(example, case.without) for example in examples]
        seeds = [seed + first + i for i in range(len(batch))]
        results = pipeline.run_examples(emptied, seeds, pipeline.sampling_of(case.task))
        clips += [
            _measured(pipeline, row, example, result.waveform)
            for row, example, result in zip(batch, examples, results, strict=True)
        ]
    return Asked(case, rows, clips)


def _emptied(example: Example, slots: Collection[str]) -> Example:
    kept = {slot: payload for slot, payload in example.payloads.items() if slot not in slots}
    return replace(example, payloads=kept)


def _measured(pipeline: Pipeline, row: Row, example: Example, made: Waveform) -> Measured:
    source = row.media.get("source_audio")
    return Measured(
        generated=made,
        reference=_as_model(pipeline, row.audio() if row.audio else None),
        source=_as_model(pipeline, source() if source else None),  # type: ignore[arg-type]
        fields=row.fields,
        truth={"word": single_word(row), **_made_anew(example), **row.truth},
    )


def single_word(row: Row) -> str | None:
    """Return what a row says, where that is a single word; `None` for any other row."""
    words = str(row.fields.get("transcript") or "").lower().split()
    return words[0] if len(words) == 1 else None


def _made_anew(example: Example) -> dict[str, Any]:
    """Return the parts that speech editing had to fill, as spans, for a row that names none."""
    reference = example.payloads.get(REFERENCE_AUDIO)
    blanked = reference.blanked if isinstance(reference, ReferenceAudio) else ()
    return {"span": [list(part) for part in blanked]} if blanked else {}


def _as_model(pipeline: Pipeline, waveform: Waveform | None) -> Waveform | None:
    """Return a clip at the model's rate and channels, so that it compares."""
    if waveform is None:
        return None
    geometry = pipeline.model.geometry
    return to_channels(resample(waveform, geometry.sample_rate_hz), geometry.channels)
