"""Whether an MP3 file says how long it is.

Most do, in a first frame that holds nothing else. Of others libsndfile guesses the length from
the first frames, and reads no further: of one with a variable rate it may leave out most.
"""

from __future__ import annotations

from typing import BinaryIO

LENGTH_TAGS = (b"Xing", b"Info", b"VBRI")
"""What such a first frame is marked with."""

NEAR_BYTES = 2048
"""The mark lies in the first frame; a frame is shorter."""


def tells_its_length(file: BinaryIO) -> bool:
    """Tell whether an MP3 file, read from its start, has a header with its length."""
    return any(tag in _first_frame(file) for tag in LENGTH_TAGS)


def guess_note(decoded: int) -> str:
    """Return what is said of a file that was read as far as libsndfile guessed."""
    return (
        f"decoded {decoded} samples of an MP3 file that does not tell its length: there may be "
        "more. With PyAV all are read: pip install 'audio-omni[data]'"
    )


def _first_frame(file: BinaryIO) -> bytes:
    """Return the bytes behind the ID3v2 tag, if there is one; its size has 7 bits a byte."""
    head = file.read(10)
    if head[:3] != b"ID3" or len(head) < 10:
        return head + file.read(NEAR_BYTES)
    size = sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(10 + size)
    return file.read(NEAR_BYTES)
