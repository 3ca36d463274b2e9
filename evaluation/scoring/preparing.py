"""What is done to a clip before anything listens, planned from its facts, recorded, then done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...core.data.content import content_digest
from ...core.media.audio import Waveform, crop, load_waveform, resample, to_channels
from .config import PEAK_DBFS, Policies
from .pairing import Row
from .screening import Facts
from .seen_videos import SeenVideo
from .unlike import frames_of, refuse_durations, refuse_rates, seconds_of


@dataclass(frozen=True)
class Steps:
    """Changes of a clip, in this order; what is `None` is not done.

    Attributes:
        channels: ``"mean"`` or ``"first"`` of several.
        rate_hz: to resample to.
        frames: to cut at, at that rate.
        gain: to multiply with.
    """

    channels: str | None = None
    rate_hz: int | None = None
    frames: int | None = None
    gain: float | None = None

    def names(self) -> list[str]:
        """Return what is done, in words to count by."""
        said = {"channels": "mixed to mono", "rate_hz": "resampled", "frames": "cut"}
        done = [text for name, text in said.items() if getattr(self, name) is not None]
        return done + (["scaled"] if self.gain is not None else [])


@dataclass(frozen=True)
class Prepared:
    """A clip as it is measured.

    Attributes:
        id: of the clip in its set.
        path: the file.
        key: digest of the file's content and of what is done to it.
        steps: that.
        seconds: how long it is, after that.
    """

    id: str
    path: Path
    key: str
    steps: Steps
    seconds: float

    def load(self) -> Waveform:
        """Return the clip, decoded and changed.

        Raises:
            MediaError: if it cannot be read.
        """
        clip = load_waveform(self.path)
        steps = self.steps
        if steps.channels == "first":
            note = f"took the first of {clip.channels} channels"
            clip = clip.converted(clip.samples[:1], note)
        elif steps.channels == "mean":
            clip = to_channels(clip, 1)
        if steps.rate_hz is not None:
            clip = resample(clip, steps.rate_hz)
        if steps.frames is not None:
            clip = crop(clip, 0, min(steps.frames, int(clip.samples.shape[-1])))
        if steps.gain is not None:
            clip = clip.converted(clip.samples * steps.gain, f"scaled by {steps.gain:.4g}")
        return clip


@dataclass(frozen=True)
class PreparedRow:
    """A row whose clips are planned; see `pairing.Row`."""

    id: str
    generated: Prepared | None
    reference: Prepared | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)
    video: SeenVideo | None = None


def prepare_rows(
    rows: Iterable[Row],
    facts: Mapping[Path, Facts],
    policies: Policies,
    *,
    compares: bool,
    videos: Mapping[str, SeenVideo] | None = None,
) -> list[PreparedRow]:
    """Return the rows with what is done to their clips.

    Args:
        rows: with clips whose facts are known.
        facts: by path.
        policies: what is to be done.
        compares: whether a metric compares samples of pairs, which need one rate.
        videos: by row, where a metric sees them; they stay as they are.

    Raises:
        RequestError: if rates or durations of pairs differ, and the policies do not say what is to
            become of them; lists the first ones.
    """
    found = list(rows)
    pairs = [
        (row.id, facts[row.generated.path], facts[row.reference.path])
        for row in found
        if row.generated is not None and row.reference is not None
    ]
    if compares and policies.sample_rate_hz is None:
        refuse_rates(pairs)
    if policies.durations == "refuse":
        refuse_durations(pairs, policies)
    seen = videos or {}
    return [_prepare(row, facts, policies, seen.get(row.id)) for row in found]


def count_steps(rows: Iterable[PreparedRow]) -> dict[str, int]:
    """Return how many clips each change is made to."""
    clips = {
        (side, clip.path): clip
        for row in rows
        for side, clip in (("generated", row.generated), ("reference", row.reference))
        if clip is not None
    }
    return dict(sorted(Counter(name for c in clips.values() for name in c.steps.names()).items()))


def _prepare(
    row: Row, facts: Mapping[Path, Facts], policies: Policies, video: SeenVideo | None
) -> PreparedRow:
    sides = {"generated": row.generated, "reference": row.reference}
    known = {side: facts[clip.path] for side, clip in sides.items() if clip is not None}
    longest = policies.cut_seconds
    if policies.durations == "shorter" and len(known) == 2:
        shorter = min(seconds_of(one, policies) for one in known.values())
        longest = min(longest or shorter, shorter)
    prepared = {}
    for side, clip in sides.items():
        if clip is not None:
            steps = _steps(known[side], policies, longest)
            planned = {name: value for name, value in asdict(steps).items() if value is not None}
            key = content_digest(["clip", known[side].digest, planned])
            seconds = seconds_of(known[side], policies)
            if longest is not None:
                seconds = min(seconds, longest)
            prepared[side] = Prepared(clip.id, clip.path, key, steps, seconds)
    made, wanted = (prepared.get(side) for side in ("generated", "reference"))
    return PreparedRow(row.id, made, wanted, row.fields, row.truth, video)


def _steps(facts: Facts, policies: Policies, longest: float | None) -> Steps:
    wanted = policies.sample_rate_hz
    rate = wanted or facts.rate_hz
    frames = None
    if longest is not None:
        most = max(1, round(longest * rate))
        frames = most if most < frames_of(facts, policies) else None
    loud = policies.level == "peak" and not facts.is_silent
    return Steps(
        channels=policies.channels if facts.channels > 1 and policies.channels != "as_is" else None,
        rate_hz=rate if rate != facts.rate_hz else None,
        frames=frames,
        gain=10.0 ** (PEAK_DBFS / 20.0) / facts.peak if loud else None,
    )
