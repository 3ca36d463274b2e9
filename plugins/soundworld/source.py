"""The source ``soundworld:``: rows planned from their number, rendered when opened."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel

from ...core.errors import DataError, suggestion
from ...core.source import DataSource, Row
from .config import SoundworldOptions
from .melody import plan_melody
from .plan import ScenePlan, plan_scene
from .render import Rendered, render
from .wording import caption, description, instruction

if TYPE_CHECKING:
    from ...core.media.waveform import Waveform

WORLD_VERSION = 2
"""Raised with every change that alters a sample or a word."""
LICENCE, ATTRIBUTION = "CC0-1.0", "audio-omni soundworld"

Builder = Callable[[SoundworldOptions, str, int], ScenePlan]
LOCATORS: dict[str, Builder] = {
    "sounds": plan_scene,
    "music": plan_melody,
    "add": plan_scene,
    "remove": plan_scene,
    "extract": plan_scene,
    "style_transfer": plan_melody,
}
"""What stands behind the colon → what plans its scenes."""

render_once = lru_cache(maxsize=4)(render)
"""`render`, remembering the last few scenes: source and target of a row share one rendering."""


class SoundworldSource(DataSource):
    """Rows of one kind of the procedural world."""

    config: ClassVar[type[BaseModel]] = SoundworldOptions

    def __init__(self, locator: str, options: BaseModel) -> None:
        """Choose a kind of row.

        Raises:
            DataError: for a locator that is not in `LOCATORS`.
        """
        if locator not in LOCATORS:
            raise DataError(
                f"Unknown locator '{locator}' of soundworld.{suggestion(locator, LOCATORS)} "
                f"Expected one of {', '.join(LOCATORS)}; write soundworld:sounds, for example."
            )
        assert isinstance(options, SoundworldOptions)  # noqa: S101 - open_source validates them
        self.locator, self.options = locator, options

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.options.rows

    def plan(self, index: int) -> ScenePlan:
        """Return the plan of row ``index``.

        Raises:
            DataError: for a number outside the source.
        """
        if not 0 <= index < len(self):
            raise DataError(
                f"soundworld:{self.locator} has rows 0 … {len(self) - 1}; asked for {index}. "
                "Raise its option 'rows'."
            )
        return LOCATORS[self.locator](self.options, self.locator, index)

    def render(self, index: int) -> Rendered:
        """Return everything that sounds in row ``index``: stems, background, source, target."""
        return render_once(self.plan(index))

    def row(self, index: int) -> Row:
        """Return row ``index``; its sound is rendered when it is opened."""
        plan = self.plan(index)
        media = {}
        if instruction(plan) is not None:
            media["source_audio"] = partial(_waveform, plan, "source")
        return Row(
            id=f"soundworld-{WORLD_VERSION}-{self.options.split}-{self.options.seed}-"
            f"{self.locator}-{index}",
            fields=_fields(plan),
            audio=partial(_waveform, plan, "target"),
            media=media,
            licence=LICENCE,
            attribution=ATTRIBUTION,
            truth=_truth(plan),
        )

    def digest(self) -> str:
        """Return a hash of the world's version, the locator and the options."""
        text = f"{WORLD_VERSION}:{self.locator}:{self.options.model_dump_json()}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def licences(self) -> tuple[str, ...]:
        """Return the one licence of the world."""
        return (LICENCE,)

    def held_out(self) -> SoundworldSource | None:
        """Return the rows of the test split; `None` for the test split itself."""
        if self.options.split == "test":
            return None
        update = {"split": "test", "rows": self.options.held_out_rows}
        return SoundworldSource(self.locator, self.options.model_copy(update=update))


def render_labelled(
    label: str, seed: int, options: SoundworldOptions | None = None
) -> tuple[Rendered, ScenePlan]:
    """Return one event of a kind over a background, for training and testing classifiers.

    Args:
        label: one of `vocabulary.EVENT_LABELS`.
        seed: number of the rendering, at least 0; other streams than any row's.
        options: rate, length and levels; left out, the defaults.

    Raises:
        DataError: for an unknown label.
    """
    from .vocabulary import KIND_OF

    if label not in KIND_OF:
        raise DataError(
            f"Unknown event '{label}'.{suggestion(label, KIND_OF)} "
            f"Expected one of {', '.join(KIND_OF)}."
        )
    plan = plan_scene(options or SoundworldOptions(), "labelled", seed, (label,))
    return render(plan), plan


def _waveform(plan: ScenePlan, part: str) -> Waveform:
    import torch

    from ...core.media.waveform import Waveform

    samples = getattr(render_once(plan), part)
    return Waveform(torch.from_numpy(samples.copy())[None], plan.rate)


def _stems(plan: ScenePlan) -> Rendered:
    return render_once(plan)


def _fields(plan: ScenePlan) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "caption": caption(plan),
        "duration_s": plan.samples / plan.rate,
        "licence": LICENCE,
    }
    if plan.edited is not None:
        fields["description"] = description(plan)
    if instruction(plan) is not None:
        fields["instruction"] = instruction(plan)
    if plan.locator == "style_transfer" and plan.melody is not None:
        fields["source_category"] = plan.melody.instrument
        fields["target_category"] = plan.melody.other_instrument
    return fields


def _label(plan: ScenePlan) -> str | None:
    """Return the one label that a row is about; a scene that is not edited is about all of it."""
    if plan.melody is not None:
        return plan.melody.other_instrument or plan.melody.instrument
    return None if plan.edited is None else plan.events[plan.edited].label


def _truth(plan: ScenePlan) -> dict[str, Any]:
    """Return the facts of a row; ``events`` are those of the target, ``stems`` a callable."""
    rate, melody = plan.rate, plan.melody
    truth: dict[str, Any] = {"stems": partial(_stems, plan)}
    label = _label(plan)
    if label is not None:
        truth["label"] = label
    if melody is not None:
        start = melody.notes[0].onset / rate
        end = (melody.notes[-1].onset + melody.notes[-1].length) / rate
        truth["events"] = [{"label": label, "onset_s": start, "length_s": end - start}]
        truth["notes"] = [
            {"midi": n.midi, "onset_s": n.onset / rate, "length_s": n.length / rate}
            for n in melody.notes
        ]
        truth |= {"bpm": melody.bpm, "mode": melody.mode, "snr_db": [melody.snr_db]}
        if plan.locator == "style_transfer":
            truth["span"] = [[start, end]]
        return truth
    facts = [
        {"label": e.label, "onset_s": e.onset / rate, "length_s": e.length / rate}
        for e in plan.events
    ]
    truth |= {"events": facts, "snr_db": [e.snr_db for e in plan.events]}
    if plan.edited is not None:
        edited = facts[plan.edited]
        truth["span"] = [[edited["onset_s"], edited["onset_s"] + edited["length_s"]]]  # type: ignore[operator]
        others = [fact for i, fact in enumerate(facts) if i != plan.edited]
        truth["events"] = {"add": facts, "remove": others, "extract": [edited]}[plan.locator]
        truth["source_events"] = {"add": others}.get(plan.locator, facts)
    return truth
