"""Audio by the hash of its file: shared by all that use it, never half there."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from ...core import whole_file
from ...core.errors import DataError, WriteError
from .stages.stopping import StopRun
from .stopwatch import timed

Grid = NDArray[np.int32]
"""Samples (N,) or (N, C) on the integer grid of some bits."""

FileBytes = bytes
"""What a file holds; `BlobStore` calls a method so."""
MADE_ANEW = (
    "Copy it back; or have it made anew: a synthetic pair's by 'audio-omni audioedit redo DIR ID', "
    "any by deleting the blob, and below stages/ the folder of the stage that made it, and running "
    "the same command again."
)
_SUBTYPES = {16: "PCM_16", 24: "PCM_24"}


class BlobStore:
    """FLAC files named by the SHA-256 of their bytes, below ``blobs/``."""

    def __init__(self, root: Path) -> None:
        """Keep the folder of the data set; nothing is made yet."""
        self.folder = root / "blobs"

    def path(self, sha256: str) -> Path:
        """Return where a blob lies, or would."""
        return self.folder / sha256[:2] / f"{sha256}.flac"

    def put(self, grid: Grid, *, sample_rate_hz: int, bits: int) -> str:
        """Write samples on an integer grid and return the file's SHA-256.

        Args:
            grid: (N,) or (N, C) integers of ``bits`` bits.
            sample_rate_hz: samples per second.
            bits: 16 or 24.

        Raises:
            StopRun: if the disk is full; what was there stays, and no part of the file does.
        """
        data = encode_flac(grid, sample_rate_hz, bits)
        name = hashlib.sha256(data).hexdigest()
        path = self.path(name)
        if not path.exists():
            _write(path, data)
        return name

    def bytes(self, sha256: str) -> bytes:
        """Return a blob's file, checked against its name.

        Raises:
            DataError: if it is missing or its bytes are others.
        """
        path = self.path(sha256)
        try:
            data = path.read_bytes()
        except OSError as failure:
            raise DataError(
                f"Blob {sha256[:12]}… cannot be read: {failure.strerror}. {MADE_ANEW}"
            ) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise DataError(
                f"Blob {sha256[:12]}… is damaged: the bytes of {path.name} are not those that it "
                f"is named after. {MADE_ANEW}"
            )
        return data

    def put_back(self, sha256: str, data: FileBytes) -> None:
        """Write a blob's file again where it is missing or damaged; ``data`` are its bytes.

        Raises:
            StopRun: if the disk is full.
        """
        try:
            self.bytes(sha256)
        except DataError:
            _write(self.path(sha256), data)

    def samples(self, sha256: str) -> tuple[NDArray[np.float32], int]:
        """Return a blob's samples (N,) or (N, C) as float32, exact, and their rate in Hz."""
        return decode_flac(self.bytes(sha256))


@timed("FLAC")
def encode_flac(grid: Grid, sample_rate_hz: int, bits: int) -> bytes:
    """Return integers of ``bits`` bits as a FLAC file."""
    buffer = io.BytesIO()
    shifted = np.left_shift(grid.astype(np.int32), 32 - bits)  # libsndfile takes the upper bits
    soundfile.write(buffer, shifted, sample_rate_hz, format="FLAC", subtype=_SUBTYPES[bits])
    return buffer.getvalue()


def decode_flac(data: bytes) -> tuple[NDArray[np.float32], int]:
    """Return samples (N,) or (N, C) as float32, exact for up to 24 bits, and their rate in Hz."""
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    return samples, int(rate)


def decode_grid(data: bytes, bits: int) -> tuple[Grid, int]:
    """Return a file's samples as the integers that were written, and their rate in Hz."""
    samples, rate = soundfile.read(io.BytesIO(data), dtype="int32")
    return np.right_shift(samples, 32 - bits), int(rate)


@timed("files (with fsync)")
def _write(path: Path, data: bytes) -> None:
    write_whole(path, data)


def write_whole(path: Path, data: bytes | memoryview[Any]) -> None:
    """Write a file of a data set, and the folders above it: complete, or not at all.

    Raises:
        StopRun: if the disk is full or the quota spent; says how many bytes were wanted.
        WriteError: if it cannot be written for another reason.
    """
    try:
        whole_file.write_whole(path, data, make_folders=True)
    except WriteError as failure:
        if failure.disk_full:
            raise StopRun(
                f"The disk is full: {len(data)} bytes for {path.name} found no room. Free some and "
                "run the same command again; nothing that was done is lost."
            ) from None
        raise
