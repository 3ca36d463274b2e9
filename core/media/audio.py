"""Everything about audio files in one import: decode, convert, write."""

from __future__ import annotations

from .convert import crop, fit, pad, resample, to_channels
from .decode import as_waveform, load_waveform, load_waveform_bytes
from .waveform import Waveform
from .write import check_output, save_waveform, within_full_scale

__all__ = [
    "Waveform",
    "as_waveform",
    "check_output",
    "crop",
    "fit",
    "load_waveform",
    "load_waveform_bytes",
    "pad",
    "resample",
    "save_waveform",
    "to_channels",
    "within_full_scale",
]
