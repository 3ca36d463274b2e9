"""How long a file says that it is, beside what was decoded of it."""

from __future__ import annotations

import re

import soundfile

from .waveform import ENDS_EARLY

TORN_PAGE = ("Last page lacks an end-of-stream bit", "Junk after the last page")
"""What libsndfile says of an Ogg file that was cut off."""

VORBIS_BLOCK = 8192
"""The longest block of Vorbis, in samples."""

UNKNOWN_BYTES = 0x7FFF0000
"""From here on a size in a header means that its writer did not know it."""


def length_note(opened: soundfile.SoundFile, decoded: int) -> str | None:
    """Return what differs between a file's length and what was decoded, `None` if nothing does.

    Args:
        opened: the file, read to its end.
        decoded: samples a channel that came of it.

    Returns:
        A note; it begins with `waveform.ENDS_EARLY` if a part of the file is missing.
    """
    return _torn(opened) or _unlike(decoded, _announced(opened), opened.format)


def _torn(opened: soundfile.SoundFile) -> str | None:
    """Return what libsndfile's log tells of an Ogg file whose last page is cut off.

    Some writers leave the mark at the end of a stream out, so that alone is no sign of it.
    """
    if all(said in opened.extra_info for said in TORN_PAGE):
        return f"{ENDS_EARLY}its last page is cut off and its stream has no end"
    return None


def _unlike(decoded: int, announced: int, format_: str) -> str | None:
    """Return how many samples there are if a header announces more or fewer.

    Of whole Ogg Vorbis files libsndfile may decode the last block in part; other decoders do not.
    """
    if decoded == announced:
        return None
    allowed = VORBIS_BLOCK if format_ == "OGG" else 0
    early = ENDS_EARLY if decoded + allowed < announced else ""
    return f"{early}decoded {decoded} samples where the header announces {announced}"


def _announced(opened: soundfile.SoundFile) -> int:
    """Return how many samples a file's header promises; libsndfile counts what a WAV holds.

    Its log tells of both, ``data : 32000 (should be 15978)`` in bytes. A header that was written
    before the length was known, as to a pipe, promises nothing.
    """
    told = re.search(r"^data : (\d+) \(should be (\d+)\)", opened.extra_info, re.MULTILINE)
    if told is None or int(told[1]) <= int(told[2]) or int(told[1]) >= UNKNOWN_BYTES:
        return int(opened.frames)
    return int(opened.frames * int(told[1]) / max(1, int(told[2])))
