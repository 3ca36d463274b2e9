"""Recordings of speech as a manifest tells of them, and why some lines are none."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ....core.errors import ConfigError, DataError, suggestion
from ..records import normal_text
from .config import VoiceConfig
from .word_changes import plain_words

ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "path": ("path", "audio"),
    "text": ("text", "transcript"),
    "speaker": ("speaker", "speaker_id"),
    "language": ("language", "lang"),
    "sex": ("sex", "gender"),
    "session": ("session", "chapter"),
    "parallel": ("parallel", "parallel_id", "sentence_id"),
    "split": ("split",),
    "licence": ("licence", "license"),
    "attribution": ("attribution",),
    "dataset": ("dataset", "corpus"),
    "words": ("words",),
    "voice_consent": ("voice_consent",),
}
"""Our field → what manifests call it; the first that a line has."""
SEXES = {
    **dict.fromkeys(("f", "female", "woman"), "female"),
    **dict.fromkeys(("m", "male", "man"), "male"),
}
SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "dev"), "validation"),
    **dict.fromkeys(("test", "eval", "evaluation"), "test"),
}
REPLACED = "\ufffd"
YES = frozenset({"true", "yes", "1"})


@dataclass(frozen=True)
class Rejection:
    """Something that no pair is made of.

    Attributes:
        id: of the line; of one that has none, the beginning of its hash.
        reason: a code of `reasons.REASONS`.
        detail: the measure, or what was said.
    """

    id: str
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Utterance:
    """One recording, as it is told.

    Attributes:
        id: unique.
        path: as the manifest has it.
        text: what is said.
        speaker: who says it.
        language: of the text; `None` if it is not told.
        sex: ``"female"`` or ``"male"``; `None` if it is not told.
        session: on which occasion it was recorded, if told.
        parallel: equal for recordings of the same words, if told.
        split: ``"train"``, ``"validation"`` or ``"test"``, if told.
        licence: SPDX-like, if told.
        attribution: whom to credit.
        dataset: what the corpus is called.
        voice_consent: what the line says of it.
        flags: what to mind, like ``"text_repaired"``.
        facts: the fields that an aligner reads.
    """

    id: str
    path: str
    text: str
    speaker: str
    language: str | None = None
    sex: str | None = None
    session: str | None = None
    parallel: str | None = None
    split: str | None = None
    licence: str | None = None
    attribution: str | None = None
    dataset: str | None = None
    voice_consent: bool | None = None
    flags: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """What a manifest holds, in the order of ids, whatever the order of its lines.

    Attributes:
        lines: how many it has, blank ones left out.
        utterances: that may be used as far as can be told without listening.
        rejected: the others.
    """

    lines: int
    utterances: tuple[Utterance, ...]
    rejected: tuple[Rejection, ...]


def read_utterances(path: Path, config: VoiceConfig) -> Read:
    """Return the recordings of a manifest of JSON lines.

    Lines that are no row are counted and left out; so are all lines that share an id and differ,
    for nobody can say which one is meant. Equal lines are one.

    Raises:
        ConfigError: for a field of ``config.fields`` that there is not.
        DataError: if there is no such file, or it has no line.
    """
    unknown = sorted(set(config.fields) - set(ALIASES))
    if unknown:
        raise ConfigError(
            f"Option 'fields' names '{unknown[0]}'.{suggestion(unknown[0], ALIASES)} Expected some "
            f"of {', '.join(ALIASES)}."
        )
    found = list(_lines(path))
    if not found:
        raise DataError(f"{path} has no line; expected one JSON object for each recording.")
    rejected = [one for one in found if isinstance(one, Rejection)]
    by_id: defaultdict[str, dict[str, tuple[dict[str, Any], bool]]] = defaultdict(dict)
    twice = 0
    for one in found:
        if not isinstance(one, Rejection):
            values = _named(one[0], config)
            id_ = _id(values) or _mark(json.dumps(one[0], sort_keys=True))
            key = json.dumps(one[0], sort_keys=True)
            twice += key in by_id[id_]
            by_id[id_][key] = ({**values, "id": id_}, one[1])
    kept: list[Utterance] = []
    for id_, told in sorted(by_id.items()):
        if len(told) > 1:
            rejected += [Rejection(id_, "duplicate_id", f"{len(told)} unlike lines")] * len(told)
            continue
        (values, repaired) = next(iter(told.values()))
        made = _utterance(values, repaired, config)
        if isinstance(made, Utterance):
            kept.append(made)
        else:
            rejected.append(made)
    rejected += [Rejection("", "repeated_line")] * twice
    kept, crossing = _within_splits(kept)
    order = sorted([*rejected, *crossing], key=lambda r: (r.id, r.reason, r.detail))
    return Read(len(found), tuple(kept), tuple(order))


def _lines(path: Path) -> Iterator[tuple[dict[str, Any], bool] | Rejection]:
    """Yield each line's object and whether it was decoded with losses, or why it is none."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise DataError(f"Manifest {path} {what}; expected a file of JSON lines.")
    for raw in path.read_bytes().split(b"\n"):
        if not raw.strip():
            continue
        text = raw.decode("utf-8-sig", errors="replace")
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as failure:
            yield Rejection(_mark(text), "broken_line", str(failure)[:200])
            continue
        if isinstance(value, dict):
            yield value, REPLACED in text
        else:
            yield Rejection(_mark(text), "broken_line", f"holds {type(value).__name__}")


def _mark(text: str) -> str:
    return f"line {hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"


def _id(values: Mapping[str, Any]) -> str:
    """Return what a line is called: its id, or else its path, if that tells of no machine."""
    path = _text(values["path"]) or ""
    return _text(values["id"]) or ("" if Path(path).is_absolute() else path)


def _named(raw: Mapping[str, Any], config: VoiceConfig) -> dict[str, Any]:
    """Return a line's values under our names, and those of other names as they are."""
    values = dict(raw)
    for ours, theirs in ALIASES.items():
        names = (config.fields[ours],) if ours in config.fields else theirs
        told = (raw[name] for name in names if name is not None and raw.get(name) is not None)
        values[ours] = next(told, None)
    return values


def _utterance(
    values: Mapping[str, Any], repaired: bool, config: VoiceConfig
) -> Utterance | Rejection:
    id_ = str(values["id"])
    texts = {name: _text(values[name]) for name in ALIASES if name not in ("words",)}
    for name in ("path", "text", "speaker"):
        if not texts[name]:
            return Rejection(id_, f"no_{name}")
    told, said = str(values["text"]), texts["text"] or ""
    if REPLACED in said:
        return Rejection(id_, "text_damaged", said[:100])
    if not plain_words(said):
        return Rejection(id_, "no_text", said[:100])
    split = texts["split"]
    if split is not None and split.lower() not in SPLITS:
        return Rejection(id_, "unknown_split", split[:60])
    flags = ("text_repaired",) if repaired or said != " ".join(told.split()) else ()
    return Utterance(
        id=id_,
        path=str(values["path"]),
        text=said,
        speaker=texts["speaker"] or "",
        language=texts["language"] or config.language,
        sex=SEXES.get((texts["sex"] or "").lower()),
        session=texts["session"],
        parallel=texts["parallel"],
        split=None if split is None else SPLITS[split.lower()],
        licence=texts["licence"],
        attribution=texts["attribution"],
        dataset=texts["dataset"],
        voice_consent=_consent(values["voice_consent"]),
        flags=flags,
        facts=dict(values),
    )


def _consent(told: Any) -> bool | None:
    """Return what a line says of consent; whatever is said and is not plainly yes, is no."""
    return None if told is None or told == "" else str(told).strip().lower() in YES


def _text(value: Any) -> str | None:
    """Return a value as clean text; nothing for one that is empty, or a nest of values."""
    if value is None or isinstance(value, dict | list):
        return None
    return normal_text(str(value)) or None


def _within_splits(
    utterances: Iterable[Utterance],
) -> tuple[list[Utterance], list[Rejection]]:
    """Return the recordings of speakers that stand in one split, and all others' rejections."""
    found = list(utterances)
    splits: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        if one.split is not None:
            splits[one.speaker][one.split] += 1
    crossing = {speaker: told for speaker, told in splits.items() if len(told) > 1}
    rejected = [
        Rejection(one.id, "speaker_in_two_splits", f"{one.speaker}: {dict(crossing[one.speaker])}")
        for one in found
        if one.speaker in crossing
    ]
    return [one for one in found if one.speaker not in crossing], rejected
