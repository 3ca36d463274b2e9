"""Read audio files into waveforms. Shapes: C channels, N samples."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from torch import Tensor

from ..errors import MediaError
from .announced import length_note
from .files import check_length, check_media_file
from .mp3 import guess_note, tells_its_length
from .waveform import Waveform

Open = Callable[[], str | io.BytesIO]
"""Gives a file from its start: a path, or bytes in memory."""

CONTAINERS = frozenset(
    {".mp4", ".m4a", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".aac", ".wma"}
)
"""Suffixes that only PyAV reads."""


def load_waveform(path: str | Path, *, max_seconds: float = 3600.0) -> Waveform:
    """Return a decoded file as it is: its own rate, its own channels, nothing clipped.

    WAV, FLAC, Ogg and MP3 are read by soundfile, anything else by PyAV, and so are MP3 files that
    do not tell their length (see `mp3`).

    Args:
        path: the file.
        max_seconds: longest clip to accept; longer files are refused from their header.

    Raises:
        MediaError: if the file is missing, a folder, empty, not audio, without a sample, too
            long, or holds a sample that is not finite; names the file and what to do.
    """
    path = Path(path)
    check_media_file(path, "audio")
    if not _is_text(str(path)):  # decoders want a name in UTF-8
        name = os.fsencode(path).decode("utf-8", "replace")
        return load_waveform_bytes(path.read_bytes(), name, max_seconds=max_seconds)
    return _load(path, lambda: str(path), max_seconds)


def load_waveform_bytes(data: bytes, name: str, *, max_seconds: float = 3600.0) -> Waveform:
    """Return what `load_waveform` does, of a file in memory, such as a member of an archive.

    Args:
        data: the file.
        name: what messages call it; its suffix helps as that of a path does.
        max_seconds: longest clip to accept.

    Raises:
        MediaError: as `load_waveform`.
    """
    if not data:
        raise MediaError(f"{name} is empty (0 bytes); expected audio. Write it again.")
    return _load(Path(name), lambda: io.BytesIO(data), max_seconds)


def as_waveform(value: Any) -> Waveform:
    """Return a waveform from a path, or a checked waveform, as float32.

    Raises:
        MediaError: as `load_waveform`; or if a waveform is not (C, N) finite floats.
    """
    if isinstance(value, Waveform):
        check_samples(value.samples, "The waveform", value.sample_rate_hz)
        if value.samples.dtype is torch.float32:
            return value
        note = f"converted {value.samples.dtype} → torch.float32"
        return value.converted(value.samples.float(), note)
    if isinstance(value, str | Path):
        return load_waveform(value)
    raise MediaError(
        f"Got audio as {type(value).__name__}; expected the path of a file, or a Waveform."
    )


def check_samples(samples: Tensor, who: str, sample_rate_hz: int) -> None:
    """Raise MediaError unless samples are (C, N) floats, C ≥ 1, N ≥ 1, finite, at a real rate."""
    if not isinstance(sample_rate_hz, int) or sample_rate_hz <= 0:
        raise MediaError(
            f"{who} has a sample rate of {sample_rate_hz!r} Hz; expected a whole number above 0."
        )
    if samples.ndim != 2 or not samples.is_floating_point() or samples.shape[0] == 0:
        raise MediaError(
            f"{who} has samples {tuple(samples.shape)} of {samples.dtype}; expected (channels, "
            "samples) of torch.float32."
        )
    if samples.shape[1] == 0:
        raise MediaError(f"{who} has 0 samples; expected at least one. Replace or leave it out.")
    finite = torch.isfinite(samples)
    if not bool(finite.all()):
        bad = int((~finite).any(dim=0).int().argmax())
        raise MediaError(
            f"{who} has a sample that is not finite (NaN or infinite), first at index {bad} "
            f"({bad / sample_rate_hz:.3f} s). Repair or replace it."
        )


def _is_text(name: str) -> bool:
    """Tell whether a name can be written in UTF-8; one in another encoding is kept by halves."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _load(path: Path, file: Open, max_seconds: float) -> Waveform:
    if path.suffix.lower() in CONTAINERS:
        return _checked(_load_with_av(path, file, max_seconds), str(path))
    try:
        return _checked(_load_with_soundfile(path, file, max_seconds), str(path))
    except soundfile.LibsndfileError as failure:
        return _checked(_load_unknown(path, file, max_seconds, failure), str(path))


def _checked(waveform: Waveform, who: str) -> Waveform:
    check_samples(waveform.samples, who, waveform.sample_rate_hz)
    return waveform


def _load_with_soundfile(path: Path, file: Open, max_seconds: float) -> Waveform:
    with soundfile.SoundFile(file()) as opened:
        is_guess = opened.format == "MP3" and not _tells_its_length(file())
        if is_guess and find_spec("av") is not None:
            return _load_with_av(path, file, max_seconds)
        rate = int(opened.samplerate)
        check_length(path, opened.frames / rate, max_seconds)
        data = opened.read(dtype="float32", always_2d=True)
        note = guess_note(len(data)) if is_guess else length_note(opened, len(data))
    waveform = Waveform(torch.from_numpy(np.ascontiguousarray(data.T)), rate)
    return waveform if note is None else waveform.converted(waveform.samples, note)


def _tells_its_length(file: str | io.BytesIO) -> bool:
    with file if isinstance(file, io.BytesIO) else Path(file).open("rb") as opened:
        return tells_its_length(opened)


def _load_unknown(path: Path, file: Open, max_seconds: float, failure: Exception) -> Waveform:
    """Try PyAV on what soundfile refuses; the suffix may be wrong."""
    try:
        import av  # noqa: F401
    except ImportError:
        raise MediaError(f"{path} is not audio that can be read: {failure}") from None
    return _load_with_av(path, file, max_seconds)


def _load_with_av(path: Path, file: Open, max_seconds: float) -> Waveform:
    try:
        import av
    except ImportError:
        raise MediaError(
            f"{path} needs PyAV to be read, which is not installed. Run: "
            "pip install 'audio-omni[data]' (or convert the file to FLAC)."
        ) from None
    try:
        with av.open(file()) as container:
            if container.duration is not None:
                check_length(path, container.duration / 1e6, max_seconds)
            if not container.streams.audio:
                raise MediaError(f"{path} has no audio stream; expected a file with sound.")
            return _decode_stream(path, container, max_seconds)
    except (av.FFmpegError, OSError, ValueError) as failure:
        start = _first_bytes(file())
        raise MediaError(
            f"{path} is not audio that can be read ({type(failure).__name__}); it starts with "
            f"{start!r}. Expected WAV, FLAC, Ogg, MP3 or a container with sound."
        ) from None


def _first_bytes(file: str | io.BytesIO) -> bytes:
    if isinstance(file, io.BytesIO):
        return file.read(12)
    with Path(file).open("rb") as opened:
        return opened.read(12)


def _decode_stream(path: Path, container: Any, max_seconds: float) -> Waveform:
    import av

    stream = container.streams.audio[0]
    rate = int(stream.rate)
    resampler = av.AudioResampler(format="fltp")
    blocks: list[np.ndarray[Any, Any]] = []
    decoded = 0
    for frame in container.decode(stream):
        for block in resampler.resample(frame):
            blocks.append(block.to_ndarray())
            decoded += blocks[-1].shape[1]
        check_length(path, decoded / rate, max_seconds)
    blocks += [block.to_ndarray() for block in resampler.resample(None)]
    channels = int(stream.channels)
    data = np.concatenate(blocks, axis=1) if blocks else np.zeros((channels, 0), np.float32)
    return Waveform(torch.from_numpy(np.ascontiguousarray(data, dtype=np.float32)), rate)
