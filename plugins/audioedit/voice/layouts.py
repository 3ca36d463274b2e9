"""Manifests of speech corpora in the folders that they come in: LibriSpeech, LibriTTS, VCTK."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from ....core.errors import ConfigError, DataError
from ..blobs import write_whole

Layout = Literal["librispeech", "libritts", "vctk"]
Row = dict[str, Any]
PARALLEL_IN_VCTK = 24
"""The first sentences are the same for every speaker; later numbers are not."""


def write_utterances(folder: Path, layout: Layout, output: Path) -> int:
    """Write a manifest of a corpus, and return how many recordings it names.

    Paths are relative to the manifest. Whether speakers agreed to have their voices imitated is
    not known from a corpus, and so not written: say it when pairs are made.

    Args:
        folder: where the corpus lies.
        layout: whose folders they are.
        output: file of JSON lines.

    Raises:
        ConfigError: if there is no such folder.
        DataError: if no recording with its text is found.
        StopRun: if the disk is full.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder; expected that of a corpus laid out as {layout}.")
    rows = sorted(_READERS[layout](folder), key=lambda row: str(row["id"]))
    if not rows:
        raise DataError(
            f"{folder} holds no recording with its text; expected {_EXPECTED[layout]}. Check the "
            "path and the layout."
        )
    beside = output.absolute().parent
    for row in rows:
        row["path"] = Path(os.path.relpath(row["path"], beside)).as_posix()
    told = [{name: value for name, value in row.items() if value is not None} for row in rows]
    text = "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in told)
    write_whole(output, text.encode())
    return len(rows)


def _librispeech(folder: Path) -> Iterator[Row]:
    sexes = _sexes(folder / "SPEAKERS.TXT", separator="|")
    for listing in sorted(folder.glob("*/*/*/*.trans.txt")):
        for line in _text(listing).splitlines():
            name, _, said = line.partition(" ")
            path = listing.parent / f"{name}.flac"
            if path.is_file():
                yield _libri(path, said, sexes, "LibriSpeech", "V. Panayotov et al. 2015")


def _libritts(folder: Path) -> Iterator[Row]:
    sexes = _sexes(folder / "speakers.tsv", separator="\t")
    for listing in sorted(folder.glob("*/*/*/*.normalized.txt")):
        path = listing.with_name(listing.name.replace(".normalized.txt", ".wav"))
        if path.is_file():
            yield _libri(path, _text(listing), sexes, "LibriTTS", "H. Zen et al. 2019")


def _libri(path: Path, said: str, sexes: Mapping[str, str], corpus: str, by: str) -> Row:
    """Return the row of ``SUBSET/SPEAKER/CHAPTER/NAME``; the subset's name tells the split."""
    subset, speaker, chapter = (path.parents[up].name for up in (2, 1, 0))
    split = {"train": "train", "dev": "validation", "test": "test"}.get(subset.split("-")[0])
    return {
        "id": path.stem,
        "path": path,
        "text": said.strip(),
        "speaker": f"{corpus.lower()}-{speaker}",
        "sex": sexes.get(speaker),
        "language": "en",
        "session": chapter,
        "split": split,
        "dataset": corpus,
        "licence": "CC-BY-4.0",
        "attribution": f"{corpus}, {by}",
    }


def _vctk(folder: Path) -> Iterator[Row]:
    sexes = _sexes(folder / "speaker-info.txt", separator=None, column=2)
    for listing in sorted((folder / "txt").glob("*/*.txt")):
        speaker, name = listing.parent.name, listing.stem
        path = _vctk_sound(folder, speaker, name)
        if path is None:
            continue
        number = name.rpartition("_")[2]
        is_parallel = number.isdigit() and int(number) <= PARALLEL_IN_VCTK
        yield {
            "id": name,
            "path": path,
            "text": _text(listing).strip(),
            "speaker": f"vctk-{speaker}",
            "sex": sexes.get(speaker) or sexes.get(speaker.removeprefix("p")),
            "language": "en",
            "parallel": f"vctk-{number}" if is_parallel else None,
            "dataset": "VCTK",
            "licence": "CC-BY-4.0",
            "attribution": "CSTR VCTK Corpus, J. Yamagishi, C. Veaux, K. MacDonald",
        }


def _vctk_sound(folder: Path, speaker: str, name: str) -> Path | None:
    """Return the recording of release 0.92 (its first microphone) or 0.80; `None` for neither."""
    tried = (
        folder / "wav48_silence_trimmed" / speaker / f"{name}_mic1.flac",
        folder / "wav48" / speaker / f"{name}.wav",
    )
    return next((path for path in tried if path.is_file()), None)


def _sexes(path: Path, *, separator: str | None, column: int = 1) -> dict[str, str]:
    """Return speaker → F or M from the list of a corpus; nothing where it is not there."""
    if not path.is_file():
        return {}
    lines = [line.split(separator) for line in _text(path).splitlines() if line.strip()]
    fields = [[field.strip() for field in line] for line in lines if len(line) > column]
    told = {line[0]: line[column].upper() for line in fields}
    return {speaker: sex for speaker, sex in told.items() if sex in {"F", "M"}}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")


_READERS: Mapping[Layout, Callable[[Path], Iterator[Row]]] = {
    "librispeech": _librispeech,
    "libritts": _libritts,
    "vctk": _vctk,
}
_EXPECTED: Mapping[Layout, str] = {
    "librispeech": "SUBSET/SPEAKER/CHAPTER/*.trans.txt with .flac files beside it",
    "libritts": "SUBSET/SPEAKER/CHAPTER/*.normalized.txt with .wav files beside it",
    "vctk": "txt/SPEAKER/*.txt, and wav48_silence_trimmed or wav48",
}
