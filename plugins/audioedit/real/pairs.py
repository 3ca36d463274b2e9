"""Two tracks → a record: audio facts, words, provenance and licence of a real pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ..blobs import Grid
from ..config import Task
from ..licences import licence_facts
from ..providers.contract import Provider
from ..records import (
    AudioFacts,
    EditRecord,
    IngredientFacts,
    LicenceFacts,
    Provenance,
    Quality,
    Span,
    Words,
    record_id,
)
from ..seeds import stream_name
from ..sound.guards import Signal
from ..sound.loudness import gain, lufs, to_db, true_peak
from ..stages.outcomes import Item
from ..stages.workshop import Workshop
from ..words.captions import scene_caption
from ..words.chosen import Named, Spoken, wordings_of
from ..words.wordings import slots_in_language
from .judge import CHECKPOINT
from .labellers import signature
from .phrases import scorer_of
from .tools import Used, made_with, prompts, tool_uses

CEILING_DB = -1.0
LEAST_GAIN_DB = -12.0
MAKERS = {"separate", "style_edit"}
"""Stages whose provider makes sound, so that its licence goes with the pair."""
UNWORDED = "a sound of it has no words in one of the languages"
"""What the rejection ``unworded`` means."""
Heard = Literal["with", "with_new", "without", "alone"]
"""What a side has: the scene with the sound, with the new one, without it, or the sound alone."""


@dataclass(frozen=True)
class Side:
    """One side of a pair.

    Attributes:
        audio: facts of its blob.
        heard: what its caption names.
    """

    audio: AudioFacts
    heard: Heard


@dataclass(frozen=True)
class Pair:
    """What a record is made of beside its item.

    Attributes:
        task: the edit.
        source: what it starts from.
        target: what it gives.
        scene: how it was made.
        object_to: what the sound turns into.
        stems: event and residual.
        spans: where the sides may differ; empty means anywhere.
        scores: beside those of the item.
        tools: beside those of the item.
        exact: whether source and target were proven to differ as they should.
    """

    task: Task
    source: Side
    target: Side
    scene: Mapping[str, Any]
    object_to: Words | None = None
    stems: Mapping[str, AudioFacts] | None = None
    spans: tuple[Span, ...] = ()
    scores: Mapping[str, Any] = field(default_factory=dict)
    tools: Used = ()
    exact: bool = False


def common_gain(parts: Sequence[Signal]) -> float | None:
    """Return the gain under which no part exceeds −1 dB of true peak; `None` if under −12 dB."""
    peak = max(true_peak(part) for part in parts)
    common = min(1.0, gain(CEILING_DB) / peak) if peak > 0 else 1.0
    return common if common >= gain(LEAST_GAIN_DB) else None


def written(workshop: Workshop, grid: Grid) -> AudioFacts:
    """Write a track (N,) as a blob, once however often it is used, and return its facts."""
    config = workshop.config
    sha256 = workshop.blobs.put(grid, sample_rate_hz=config.sample_rate_hz, bits=config.bits)
    samples = (grid * 2.0 ** (1 - config.bits)).astype(np.float32)
    loudness, peak = lufs(samples, config.sample_rate_hz), to_db(true_peak(samples))
    return AudioFacts(
        sha256=sha256,
        frames=len(grid),
        sample_rate=config.sample_rate_hz,
        channels=1,
        bits=config.bits,
        lufs=None if loudness is None else round(loudness, 4),
        true_peak_dbtp=None if peak is None else round(peak, 4),
    )


def caption(spoken: Spoken, data: Mapping[str, Any], heard: Heard, new: Words | None) -> str:
    """Return a side of a pair in plain words."""
    own, listed = named(data["phrase"]), spoken.captions.captions
    if heard == "alone":
        return spoken.phrase(own)
    others = [spoken.phrase(beside(other)) for other in data["others"]]
    if heard == "without":
        return scene_caption(None, others or [listed.rest], listed)
    last = (new, (new.bare,)) if heard == "with_new" and new is not None else own
    return scene_caption(None, [*others, spoken.phrase(last)], listed)


def named(phrase: Mapping[str, Any]) -> Named:
    """Return a phrase's English words, and what it may be filed under."""
    return words_of(phrase), (phrase["label"],)


def beside(other: Mapping[str, Any]) -> Named:
    """Return another source of a scene, of which captions name the phrase with 'a' alone."""
    bare, indefinite = other["label"], other["indefinite"]
    return Words(bare=bare, indefinite=indefinite, definite=bare), (bare,)


def without_words(workshop: Workshop, data: Mapping[str, Any], *new: Words) -> str | None:
    """Return which sounds of an item a language has no words for, ``"de: zorp"``, or `None`."""
    own: list[Named] = [named(data["phrase"]), *((one, (one.bare,)) for one in new)]
    others = [beside(other) for other in data["others"]]
    for lang in workshop.config.languages:
        spoken = Spoken(workshop, lang)
        if missing := [*spoken.wordless(own), *spoken.wordless(others, captions_only=True)]:
            return f"{lang}: {', '.join(missing)}"
    return None


def words_of(phrase: Mapping[str, Any]) -> Words:
    """Return a phrase as records have it."""
    return Words(bare=phrase["label"], indefinite=phrase["indefinite"], definite=phrase["definite"])


def record_of(workshop: Workshop, item: Item, pair: Pair) -> EditRecord:
    """Return the record of a pair that was made of an item."""
    config, data = workshop.config, item.data
    split = data["split"]
    new = pair.object_to
    name = f"{item.id}.{pair.task}" + (f".{new.bare}" if new else "")
    rng = workshop.rng("real", name, "words")
    lang = config.languages[int(rng.integers(len(config.languages)))]
    spoken = Spoken(workshop, lang)
    slots = slots_in_language(
        spoken.language,
        spoken.words(named(data["phrase"])),
        object_to=None if new is None else spoken.words((new, (new.bare,))),
        onset_s=_onset(data, config.clip_seconds),
        clip_seconds=config.clip_seconds,
    )
    recording, used = _recording(data), _tools(workshop, pair)
    labelled, asked = signature(data)
    parameters = {
        "item": item.id,
        "source": pair.source.audio.sha256,
        "target": pair.target.audio.sha256,
        "scene": dict(pair.scene),
    }
    return EditRecord(
        id=record_id("real", pair.task, [[recording.role, recording.sha256]], parameters),
        dataset=config.dataset,
        version=config.version,
        split=split,
        branch="real",
        task=pair.task,
        groups=(data["group"],),
        instruction=wordings_of(workshop).word(pair.task, slots, lang=lang, rng=rng, split=split),
        source_caption=caption(spoken, data, pair.source.heard, new),
        target_caption=caption(spoken, data, pair.target.heard, new),
        source=pair.source.audio,
        target=pair.target.audio,
        stems=None if pair.stems is None else dict(pair.stems),
        spans=pair.spans,
        scene={
            **pair.scene,
            "label": data["phrase"]["label"],
            "family": data["phrase"]["family"],
            "active": data["active"]["target"],
            "pad_samples": data["pad_samples"],
            "bandwidth_hz": data["bandwidth_hz"],
            **({"located": data["located"]} if "located" in data else {}),
        },
        scores={
            "clap": {**data["clap"], CHECKPOINT: scorer_of(workshop).weights_sha256()},
            "activity": data["activity"],
            "consistency": data["consistency"],
            **({"judge": data["judge"]} if "judge" in data else {}),
            **pair.scores,
        },
        provenance=Provenance(
            ingredients=(recording,),
            tools=(labelled, *tool_uses(used, data["versions"], _weights(data))),
            seeds=_seeds(config.key, item, pair, name),
            prompts={**asked, **prompts(used)},
        ),
        licence=_licence(item, used),
        quality=Quality(verified=pair.exact, flags=tuple(sorted(_flags(data)))),
    )


def _seeds(dataset: str, item: Item, pair: Pair, name: str) -> dict[str, str]:
    """Return the streams that a pair was drawn from: purpose → name.

    An item that became another sound bears the new word in its id; what was drawn before, the
    separation among it, was drawn for the item without it.
    """
    own = item.id if pair.object_to is None else item.id.removesuffix(f"→{pair.object_to.bare}")
    purposes = ["separate"] if pair.object_to is None else ["separate", "style_words", "invert"]
    drawn = {purpose: stream_name(dataset, "real", own, purpose) for purpose in purposes}
    return {**drawn, "words": stream_name(dataset, "real", name, "words")}


def _onset(data: Mapping[str, Any], clip_seconds: float) -> float | None:
    """Return where the sound begins, if it is one event that does not go on throughout."""
    spans = data["active"]["target"]
    if len(spans) != 1 or data["continuous"] or spans[0][1] - spans[0][0] > 0.8 * clip_seconds:
        return None
    return float(spans[0][0])


def _recording(data: Mapping[str, Any]) -> IngredientFacts:
    return IngredientFacts(
        role="scene",
        dataset=data["dataset"],
        item=data["item"],
        sha256=data["mixture"]["sha256"],
        licence=data["licence"],
        attribution=data["attribution"],
        url=data["url"],
        sample_rate=data["source_rate_hz"],
        channels=data["source_channels"],
        voice_consent=data["voice_consent"] or None,
    )


def _tools(workshop: Workshop, pair: Pair) -> list[tuple[str, str, Provider]]:
    real = workshop.config.real
    assert real is not None  # noqa: S101 - the branch exists
    chosen = [
        ("separate", "separator", real.separator),
        ("activity", "activity", real.activity),
        ("score", "scorer", real.scorer),
        *([] if real.judge is None else [("judge", "judge", real.judge.provider)]),
    ]
    if real.locator is not None:
        chosen.insert(0, ("locate", "locator", real.locator))
    return [
        *((stage, c.name, workshop.provider(kind, c)) for stage, kind, c in chosen),
        *pair.tools,
    ]


def _weights(data: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what weights were as they worked: what has them may not be at hand any more."""
    return {**data["weights"], **({"judge": data["judge"][CHECKPOINT]} if "judge" in data else {})}


def _licence(item: Item, used: Used) -> LicenceFacts:
    """Return the recording's licence; what made the rest of the pair is noted beside it."""
    facts = licence_facts([item.data["licence"]])
    makers = [tool for tool in used if tool[0] in MAKERS]
    notes = "; ".join(filter(None, [facts.notes, made_with(makers)]))
    return facts.model_copy(update={"notes": notes})


def _flags(data: Mapping[str, Any]) -> list[str]:
    return [*data["flags"], *(["has_speech"] if data["has_speech"] else [])]
