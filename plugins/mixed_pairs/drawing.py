"""Draw the plan of a pair: which events, over which background, where and how loud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.data.manifest import ManifestSource
from ...core.errors import DataError
from .config import MixedOptions
from .spec import PairSpec, PlacedEvent

DEFAULT_SECONDS = 10.0
LEAST_POWER = 1e-6
"""Events over silence are set against −60 dBFS, else they would vanish with it."""

VERBS = {"add": "Add", "remove": "Remove", "extract": "Extract"}


@dataclass(frozen=True)
class Clip:
    """A recording to draw.

    Attributes:
        file: its path.
        label: category; two events of one label never meet in one pair.
        caption: a few words.
        start_s: where its sound begins.
        end_s: where it ends.
    """

    file: str
    label: str
    caption: str
    start_s: float
    end_s: float
    licence: str | None
    attribution: str | None


def clips_of(manifests: Sequence[ManifestSource], *, active_only: bool) -> tuple[Clip, ...]:
    """Return the clips of manifests; events are cut to their active part.

    Raises:
        DataError: if a row lacks audio, a label or caption, or its duration.
    """
    return tuple(
        _clip(manifest, index, active_only)
        for manifest in manifests
        for index in range(len(manifest))
    )


def _clip(manifest: ManifestSource, index: int, active_only: bool) -> Clip:
    row, path = manifest.row(index), manifest.audio_path(index)
    fields = row.fields
    words = [fields.get(name) for name in ("label", "caption")]
    if path is None or not any(words) or fields.get("duration_s") is None:
        raise DataError(
            f"{manifest.path}, row '{row.id}': mixing needs audio, a label or a caption, and "
            f"duration_s; got the fields {sorted(fields)}. Set field_map or complete the row."
        )
    label, caption = (str(word or words[0] or words[1]) for word in words)
    duration = float(fields["duration_s"])
    start = float(fields.get("active_start_s") or 0.0) if active_only else 0.0
    end = float(fields.get("active_end_s") or duration) if active_only else duration
    if not start < end:
        raise DataError(f"{manifest.path}, row '{row.id}': its sound lasts from {start} to {end}.")
    return Clip(str(path), label, caption, start, end, row.licence, row.attribution)


class Drawer:
    """Draws plans; plan ``index`` is a function of the seed, the clips and ``index``."""

    def __init__(
        self, task: str, options: MixedOptions, events: Sequence[Clip], backgrounds: Sequence[Clip]
    ) -> None:
        """Keep what to draw from."""
        self.task = task
        self.options = options
        self.events = events
        self.backgrounds = backgrounds
        self.seconds = options.clip_seconds or DEFAULT_SECONDS

    def spec(self, index: int, prefix: str) -> PairSpec:
        """Return the plan of a pair."""
        rng = np.random.default_rng([self.options.seed, index])
        background = self.backgrounds[int(rng.integers(len(self.backgrounds)))]
        chosen = self._choose(rng)
        events = tuple(self._place(clip, rng) for clip in chosen)
        spare = max(0.0, background.end_s - self.seconds - 0.05)
        used = [background, *chosen]
        return PairSpec(
            id=f"{prefix}-{index}",
            task=self.task,
            seconds=self.seconds,
            sample_rate_hz=self.options.sample_rate_hz,
            background=background.file,
            background_start_s=float(rng.uniform(0, spare)),
            background_caption=background.caption,
            events=events,
            target=0,
            instruction=f"{VERBS[self.task]} {chosen[0].caption}",
            repeats_background=True,
            least_power=LEAST_POWER,
            licence=_joined([clip.licence for clip in used], " AND "),
            attribution=_joined([clip.attribution for clip in used], "; "),
        )

    def _choose(self, rng: np.random.Generator) -> list[Clip]:
        """Draw events of different labels; fewer where there are not enough labels."""
        low, high = self.options.n_events
        wanted = int(rng.integers(low, high + 1))
        chosen = [self.events[int(rng.integers(len(self.events)))]]
        for _ in range(8 * (wanted - 1)):
            if len(chosen) == wanted:
                break
            clip = self.events[int(rng.integers(len(self.events)))]
            if clip.label not in {other.label for other in chosen}:
                chosen.append(clip)
        return chosen

    def _place(self, clip: Clip, rng: np.random.Generator) -> PlacedEvent:
        length = min(clip.end_s - clip.start_s, self.options.max_event_seconds, self.seconds)
        return PlacedEvent(
            file=clip.file,
            label=clip.label,
            caption=clip.caption,
            start_s=clip.start_s,
            length_s=length,
            onset_s=float(rng.uniform(0, self.seconds - length)),
            snr_db=float(rng.uniform(*self.options.snr_db)),
        )


def _joined(values: Sequence[str | None], separator: str) -> str | None:
    parts = {part for value in values if value for part in value.split(separator)}
    return separator.join(sorted(parts)) or None
