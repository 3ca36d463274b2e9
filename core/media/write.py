"""Write waveforms: never clipped, never half a file."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import soundfile

from ..errors import MediaError
from ..whole_file import write_whole
from .decode import check_samples
from .waveform import Waveform

FORMATS: dict[str, tuple[str, str]] = {
    ".flac": ("FLAC", "PCM_24"),
    ".wav": ("WAV", "PCM_24"),
    ".ogg": ("OGG", "VORBIS"),
}
"""Suffix → soundfile's names of format and encoding."""

_BLOCK = 65536  # libvorbis keeps a whole write on its stack; long ones overflow it


def save_waveform(
    waveform: Waveform, path: str | Path, *, provenance: Mapping[str, Any] | None = None
) -> Waveform:
    """Write a file whose format follows its suffix, and return what was written.

    A waveform beyond full scale is scaled down as a whole by one gain, which is recorded.
    The file appears when it is complete; a failure leaves what was there before.

    Args:
        waveform: (C, N) float32.
        path: ends in ``.flac``, ``.wav`` (both 24 bit) or ``.ogg``.
        provenance: facts to keep in the file's comment, as JSON, beside the conversions.

    Raises:
        MediaError: for an unknown suffix, samples that are not finite, a missing folder, or what
            the format cannot hold.
        WriteError: if the disk is full.
    """
    path = Path(path)
    check_output(path)
    check_samples(waveform.samples, f"The audio for {path.name}", waveform.sample_rate_hz)
    written = within_full_scale(waveform)
    write_whole(path, _encode(written, path, provenance or {}))
    return written


def check_output(path: Path) -> None:
    """Raise if a clip cannot be written to ``path``, as far as can be told before it is made.

    Raises:
        MediaError: for an unknown suffix, a folder in its place, or a folder that is missing or
            cannot be written.
    """
    who = f"Cannot write '{path}':"
    if path.is_dir():
        raise MediaError(f"{who} it is a folder; expected the name of a file.")
    if path.suffix.lower() not in FORMATS:
        raise MediaError(
            f"{who} got the suffix '{path.suffix}'; expected one of {', '.join(FORMATS)}."
        )
    if not path.parent.is_dir():
        raise MediaError(f"{who} there is no folder '{path.parent}'. Make it first.")
    if not os.access(path.parent, os.W_OK):
        raise MediaError(f"{who} '{path.parent}' is not writable. Choose another folder.")


def within_full_scale(waveform: Waveform) -> Waveform:
    """Return the waveform, scaled down by one recorded gain if a sample is beyond ±1."""
    peak = float(waveform.samples.abs().max())
    if peak <= 1.0:
        return waveform
    note = f"scaled by {1 / peak:.4f} to keep the peak of {peak:.3f} within full scale"
    return waveform.converted((waveform.samples / peak).clamp(-1, 1), note)


def _encode(waveform: Waveform, path: Path, provenance: Mapping[str, Any]) -> bytes:
    format_, subtype = FORMATS[path.suffix.lower()]
    data = waveform.samples.detach().cpu().float().T.contiguous().numpy()
    buffer = io.BytesIO()
    comment = {**provenance, "conversions": list(waveform.conversions)}
    try:
        with soundfile.SoundFile(
            buffer,
            "w",
            samplerate=waveform.sample_rate_hz,
            channels=waveform.channels,
            format=format_,
            subtype=subtype,
        ) as file:
            file.software = "audio-omni"
            file.comment = json.dumps(comment, ensure_ascii=False, default=str)
            for start in range(0, len(data), _BLOCK):
                file.write(data[start : start + _BLOCK])
    except (soundfile.LibsndfileError, ValueError) as failure:
        raise MediaError(
            f"Cannot write {path.name} as {format_} with {waveform.channels} channels at "
            f"{waveform.sample_rate_hz} Hz: {failure}"
        ) from None
    return buffer.getvalue()
