"""A recording, decoded and checked: what both branches do before they cut and measure it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ....core.errors import DataError, MediaError
from ....core.media.waveform import ENDS_EARLY, Waveform
from ....core.source import Row
from ..sound.guards import Signal, bandwidth_hz, clipping, fault, to_mono
from ..stages.lines import in_utf8
from ..stages.outcomes import Rejected
from .sources import Ingredients, Opened


@dataclass(frozen=True, eq=False)
class Recording:
    """A recording that can be used.

    Attributes:
        opened: the source that it is from.
        row: its row.
        mono: (N,) float32, one channel, at its own rate.
        rate_hz: samples per second.
        channels: that it had.
        bandwidth_hz: 99.5 % of its energy lies below.
        note: what was done to many channels; empty for one.
    """

    opened: Opened
    row: Row
    mono: Signal
    rate_hz: int
    channels: int
    bandwidth_hz: float
    note: str

    @property
    def has_speech(self) -> bool:
        """Tell whether the row says that someone speaks."""
        return has_speech(self.row)

    def facts(self) -> dict[str, int]:
        """Return what records tell of the file."""
        return {
            "source_rate_hz": self.rate_hz,
            "source_channels": self.channels,
            "bandwidth_hz": round(self.bandwidth_hz),
        }


def open_recording(sources: Ingredients, number: int) -> Recording | Rejected:
    """Return recording ``number``, or why it cannot be used."""
    try:
        opened, row = sources.find(number)
        row = replace(row, id=in_utf8(row.id))
        if row.audio is None:
            raise DataError(f"Row '{row.id}' has no audio; expected a recording.")
        sound = row.audio()
    except (MediaError, DataError) as failure:
        return unreadable(failure)
    if (early := cut_off(sound)) is not None:
        return Rejected("undecodable", detail=early)
    decoded = sound.samples.numpy()
    mono, rate = to_mono(decoded), sound.sample_rate_hz
    refused = fault(mono.samples) or clipping(decoded)
    if refused is not None:
        return Rejected(refused[0], {refused[0]: refused[1]})
    channels, width = int(sound.samples.shape[0]), bandwidth_hz(mono.samples, rate)
    return Recording(opened, row, mono.samples, rate, channels, width, mono.note)


def has_speech(row: Row) -> bool:
    """Tell whether a row says that someone speaks; one that does not say is taken to have none."""
    return row.fields.get("has_speech") is True


def web_address(row: Row) -> str | None:
    """Return where on the web a row says that its recording is from; a path is no such place."""
    url = row.fields.get("url")
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) else None


def unreadable(failure: MediaError | DataError) -> Rejected:
    """Return the rejection of a recording that could not be read: its code, and what was said."""
    said = str(failure)
    if "does not exist" in said:
        code = "missing"
    else:
        code = "not_finite" if "not finite" in said else "undecodable"
    return Rejected(code, detail=without_paths(said))


def cut_off(sound: Waveform) -> str | None:
    """Return what the decoder says of a file that ends before its header says; `None` if whole."""
    return next((note for note in sound.conversions if note.startswith(ENDS_EARLY)), None)


def without_paths(text: str) -> str:
    """Return a message whose paths are cut to their last part: no record tells of a machine."""
    return " ".join(
        word if os.sep not in word.strip(".,;:") or "https://" in word else os.path.basename(word)
        for word in text.split()
    )
