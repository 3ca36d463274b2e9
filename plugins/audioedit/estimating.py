"""What a run would make and take, before anything is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.catalog import Catalog
from ...core.errors import AudioOmniError
from .choosing import IngredientSource
from .config import AudioEditConfig
from .ingredients.sources import Ingredients

BYTES_A_SAMPLE = {16: 1.45, 24: 2.45}
"""Of a FLAC of a scene: measured on noise-like ones (spec 4.5: 0.65 and 1.09 MB for 10 s)."""
EVENT_BYTES = 35_000
CORE_SECONDS = {True: 0.11, False: 0.10}
"""Of a scene: shared among three edits, or not; see docs/explanation/audioedit.md."""


@dataclass(frozen=True)
class Labelling:
    """What labelling takes at most: every answer as long as it may be.

    Attributes:
        labeler: its name.
        clips: recordings to label; the text says why if they cannot be counted.
        tokens: of all answers and questions; 0 of what runs on this machine.
        usd: what they cost; 0 where prices are not known.
    """

    labeler: str
    clips: int | str
    tokens: int = 0
    usd: float = 0.0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield lines of a table."""
        yield {"what": f"clips for {self.labeler}", "value": self.clips}
        if self.tokens:
            yield {"what": "tokens of labels, at most", "value": self.tokens}
        if self.usd:
            yield {"what": "US dollars for labels, at most", "value": f"{self.usd:.2f}"}


@dataclass(frozen=True)
class Estimate:
    """What `audio-omni audioedit plan` prints.

    Attributes:
        scenes: scenes to render.
        pairs: task → pairs, before any is rejected.
        hours: of audio in them, sources only.
        gigabytes: of blobs; shards take as much again.
        core_hours: on one core.
        ingredients: role and name → recordings, or why they cannot be opened.
        labelling: clips to label, and what that costs at most; `None` without a real branch.
    """

    scenes: int
    pairs: dict[str, int]
    hours: float
    gigabytes: float
    core_hours: float
    ingredients: dict[str, int | str]
    labelling: Labelling | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        labelling = None if self.labelling is None else vars(self.labelling)
        return {**vars(self), "labelling": labelling}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield lines of a table."""
        if self.scenes:  # nothing of this is known of pairs of the real branch
            yield {"what": "scenes", "value": self.scenes}
            for task, count in self.pairs.items():
                yield {"what": f"pairs of {task}", "value": count}
            yield {"what": "hours of sources", "value": f"{self.hours:.1f}"}
            yield {"what": "GB of blobs (shards: as much again)", "value": f"{self.gigabytes:.2f}"}
            yield {"what": "time of one core, about", "value": _told(self.core_hours)}
        for name, found in self.ingredients.items():
            yield {"what": name, "value": found}
        if self.labelling is not None:
            yield from self.labelling.rows()


def _told(hours: float) -> str:
    """Return a time in the unit that fits it."""
    seconds = hours * 3600
    return f"{seconds:.0f} s" if seconds < 100 else f"{hours:.2f} h"


def estimate(config: AudioEditConfig, catalog: Catalog) -> Estimate:
    """Return what a configuration would make; a source that cannot be opened is told of."""
    synthesis = config.synthesis
    scenes = 0 if synthesis is None else synthesis.scenes
    tasks = () if synthesis is None else synthesis.tasks
    shared = synthesis is not None and synthesis.share_scenes
    each = scenes if shared else scenes / max(len(tasks), 1)
    pairs = {str(task): round(each) for task in tasks}
    scene = BYTES_A_SAMPLE[config.bits] * config.samples
    files = {"add": 2 * scene, "remove": 2 * scene, "extract": scene + EVENT_BYTES}
    size = sum(files[task] * count for task, count in pairs.items())
    if shared:
        size = scenes * (2 * scene + EVENT_BYTES)
    recordings = {} if config.real is None else _found("clip", config.real.scenes, catalog)
    return Estimate(
        scenes=scenes,
        pairs=pairs,
        hours=sum(pairs.values()) * config.clip_seconds / 3600,
        gigabytes=size / 1e9,
        core_hours=scenes * CORE_SECONDS[shared] / 3600,
        ingredients=recordings if synthesis is None else {
            **_found("event", synthesis.foreground, catalog),
            **_found("background", synthesis.background, catalog),
            **recordings,
        },
        labelling=None if config.real is None else _labelling(config, catalog),
    )  # fmt: skip


def _labelling(config: AudioEditConfig, catalog: Catalog) -> Labelling:
    """Return what labels cost; opens the sources, and sends nothing."""
    from .real.index import IndexStage, real_config
    from .stages.workshop import Workshop

    workshop = Workshop(Path("."), config, catalog)  # nothing is written below it
    chosen = real_config(workshop).labeler
    try:
        clips = IndexStage.count(workshop)
        most = workshop.provider("labeler", chosen).estimate(clips, config.clip_seconds)
    except AudioOmniError as failure:
        return Labelling(chosen.name, f"missing: {failure}")
    return Labelling(chosen.name, clips, most.tokens, most.usd)


def _found(role: str, chosen: list[IngredientSource], catalog: Catalog) -> dict[str, int | str]:
    found: dict[str, int | str] = {}
    for one in chosen:
        try:
            opened = Ingredients([(role, [one])], catalog)
            found[f"{role}s of {opened.opened[0].dataset}"] = len(opened)
        except AudioOmniError as failure:
            found[f"{role}s of {one.uri}"] = f"missing: {failure}"
    return found
