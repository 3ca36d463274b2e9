"""A rendered scene → its pairs: which tracks are source and target, what is said, what is known."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..blobs import Grid
from ..config import Task
from ..licences import licence_facts
from ..records import (
    AudioFacts,
    EditRecord,
    IngredientFacts,
    Provenance,
    Quality,
    Span,
    ToolUse,
    Words,
    record_id,
)
from ..seeds import stream_name
from ..sound.guards import Signal
from ..sound.loudness import to_db, true_peak
from ..stages.workshop import Workshop
from ..stopwatch import timed
from ..words.chosen import Named, Spoken, check_words, wordings_of
from ..words.wordings import slots_in_language
from .audible import is_audible
from .guard import phrase_of
from .plan import Planner, ScenePlan
from .tracks import Tracks
from .unusable import Unusable

FULL, REST, EVENT = "full", "rest", "event"
SIDES: Mapping[str, tuple[str, str]] = {
    "add": (REST, FULL),
    "remove": (FULL, REST),
    "extract": (FULL, EVENT),
}
"""Task → which track is the source, and which the target."""


class PairMaker:
    """Writes the tracks of scenes and the records of their pairs."""

    def __init__(self, workshop: Workshop, planner: Planner) -> None:
        """Keep where things are written and looked up, and what sounds are called.

        Raises:
            DataError: if a sound has no words in one of the languages; names them.
        """
        self.workshop = workshop
        self.spoken = {lang: Spoken(workshop, lang) for lang in workshop.config.languages}
        self.wordings = wordings_of(workshop)
        check_words(workshop, *_named_by_role(planner))
        self.planner = planner
        synthesis = workshop.config.synthesis
        assert synthesis is not None  # noqa: S101 - the branch exists
        self.warper = synthesis.warper if synthesis.warps else None

    def pairs(self, plan: ScenePlan, tracks: Tracks) -> list[EditRecord]:
        """Return one record for each task of a scene; tracks that they share are written once.

        Raises:
            Unusable: if the edited event cannot be heard.
            StopRun: if the disk is full.
        """
        wanted = {side for task in plan.tasks for side in SIDES[task]}
        k = plan.edited
        made = {REST: tracks.mixture(without=k), EVENT: tracks.events[k]}
        self._check_audible(plan, made)
        if FULL in wanted:
            made[FULL] = tracks.mixture()
        loudness: dict[str, Callable[[], float | None]] = {
            FULL: tracks.loudness,
            REST: lambda: tracks.loudness(without=k),
            EVENT: lambda: tracks.loudness(only=k),
        }
        facts = {side: self._write(made[side], loudness[side]()) for side in sorted(wanted)}
        return [self._record(plan, tracks, task, facts) for task in plan.tasks]

    def _check_audible(self, plan: ScenePlan, made: Mapping[str, Grid]) -> None:
        event, config = plan.event, self.workshop.config
        span = slice(event.onset, event.onset + event.length)
        own, rest = (_mono(_heard(made[side][span], config.bits)) for side in (EVENT, REST))
        if not is_audible(own, rest, config.sample_rate_hz):
            raise Unusable("inaudible")

    def _write(self, track: Grid, loudness: float | None) -> AudioFacts:
        config = self.workshop.config
        sha256 = self.workshop.blobs.put(
            track, sample_rate_hz=config.sample_rate_hz, bits=config.bits
        )
        channels = 1 if track.ndim == 1 else int(track.shape[1])
        samples = _heard(track, config.bits)
        each = [samples] if channels == 1 else [samples[:, k].copy() for k in range(channels)]
        return AudioFacts(
            sha256=sha256,
            frames=len(track),
            sample_rate=config.sample_rate_hz,
            channels=channels,
            bits=config.bits,
            lufs=_rounded(loudness),
            true_peak_dbtp=_rounded(to_db(max(true_peak(channel) for channel in each))),
        )

    @timed("records")
    def _record(
        self, plan: ScenePlan, tracks: Tracks, task: Task, facts: Mapping[str, AudioFacts]
    ) -> EditRecord:
        config = self.workshop.config
        recordings = self._recordings(plan)
        own = recordings[plan.event.ingredient]
        rate = config.sample_rate_hz
        start, end = plan.event.onset / rate, (plan.event.onset + plan.event.length) / rate
        wording = f"{plan.scene}.{plan.draw}.{task}"
        rng = self.workshop.rng("synth", wording, "words")
        lang = config.languages[int(rng.integers(len(config.languages)))]
        spoken = self.spoken[lang]
        slots = slots_in_language(
            spoken.language,
            spoken.words(named(own)),
            onset_s=start,
            clip_seconds=config.clip_seconds,
        )
        source, target = SIDES[task]
        parameters = {
            "plan": plan.model_dump(mode="json", exclude={"tasks"}),
            "config": [config.key, rate, config.samples, config.bits],
        }
        sounds = {
            FULL: [named(recordings[e.ingredient]) for e in plan.events],
            EVENT: [named(own)],
        }
        sounds[REST] = [s for k, s in enumerate(sounds[FULL]) if k != plan.edited]
        background = recordings[plan.background]
        behind: str | Named = background["caption"]
        if spoken.captions.is_named_here:
            behind = named(background)
        captions = {
            side: spoken.caption(None if side == EVENT else behind, sounds[side])
            for side in (FULL, REST, EVENT)
        }
        padding = max(0, config.samples - background["frames"])
        used = tuple(_ingredient(name, facts) for name, facts in recordings.items())
        licences = [facts.get("licence") for facts in recordings.values()]
        return EditRecord(
            id=record_id("synth", task, [[u.role, u.sha256] for u in used], parameters),
            dataset=config.dataset,
            version=config.version,
            split=plan.split,
            branch="synth",
            task=task,
            groups=tuple(sorted({facts["group"] for facts in recordings.values()})),
            instruction=self.wordings.word(task, slots, lang=lang, rng=rng, split=plan.split),
            source_caption=captions[source],
            target_caption=captions[target],
            source=facts[source],
            target=facts[target],
            spans=(Span(start_s=round(start, 6), end_s=round(end, 6)),)
            if task != "extract"
            else (),
            scene={
                **plan.model_dump(mode="json", exclude={"tasks"}),
                "gain_db": _rounded(to_db(tracks.gain)),
                "background_lufs": _rounded(tracks.background_lufs),
                "label": own["label"],
                "family": own["family"],
                "bandwidth_hz": own.get("bandwidth_hz"),
                **({"pad_samples": padding} if padding else {}),
            },
            scores={"snr_db": _rounded(plan.event.snr_db), **self._conflict(plan)},
            provenance=Provenance(
                ingredients=used,
                tools=self._tools(),
                seeds={
                    "scene": stream_name(config.key, "synth", f"{plan.scene}.{plan.draw}", "scene"),
                    "words": stream_name(config.key, "synth", wording, "words"),
                },
            ),
            licence=licence_facts(licences),
            quality=Quality(flags=_flags(recordings, padding)),
        )

    def _recordings(self, plan: ScenePlan) -> dict[str, Mapping[str, Any]]:
        names = [plan.background, *(event.ingredient for event in plan.events)]
        return {name: self.planner.by_id[name] for name in names}

    def _conflict(self, plan: ScenePlan) -> dict[str, float]:
        """Return how like the sounds the background is, and from where that were a conflict."""
        guard = self.planner.guard
        if guard is None:
            return {}
        phrases = [phrase_of(self.planner.by_id[event.ingredient]) for event in plan.events]
        likeness = guard.likeness(plan.background, phrases)
        return {"conflict_cosine": likeness, "conflict_threshold": guard.threshold}

    def _tools(self) -> tuple[ToolUse, ...]:
        guard = () if self.planner.guard is None else (self.planner.guard.tool,)
        return (*guard, *self._rendering())

    def _rendering(self) -> tuple[ToolUse, ...]:
        mixer = ToolUse(stage="render", name="audio-omni", version=_version("audio-omni"))
        if self.warper is None:
            return (mixer,)
        provider = self.workshop.provider("warper", self.warper)
        package = next(iter(provider.needs), "audio-omni")
        warper = ToolUse(
            stage="render",
            name=self.warper.name,
            version=_version(package),
            config_sha256=provider.fingerprint(),
        )
        return (mixer, warper)


def named(facts: Mapping[str, Any]) -> Named:
    """Return a recording's English words, and what its sound may be filed under."""
    return Words.model_validate(facts["words"]), (facts["label"], facts["caption"])


def _named_by_role(planner: Planner) -> tuple[list[Named], list[Named]]:
    """Return all sounds, and all backgrounds."""
    by_role: dict[str, list[Named]] = {"event": [], "background": []}
    for facts in planner.by_id.values():
        by_role[facts["role"]].append(named(facts))
    return by_role["event"], by_role["background"]


def _ingredient(name: str, facts: Mapping[str, Any]) -> IngredientFacts:
    del name
    return IngredientFacts(
        role=facts["role"],
        dataset=facts["dataset"],
        item=facts["item"],
        start_s=facts["start_s"],
        sha256=facts["sha256"],
        licence=facts.get("licence"),
        attribution=facts.get("attribution"),
        url=facts.get("url"),
        sample_rate=facts.get("source_rate_hz"),
        channels=facts.get("source_channels"),
        voice_consent=facts.get("voice_consent"),
    )


FLAGS = ("text_repaired", "has_speech")
"""Facts of a recording that its pairs are flagged with."""


def _flags(recordings: Mapping[str, Mapping[str, Any]], padding: int) -> tuple[str, ...]:
    noted = {facts["note"].partition(":")[0] for facts in recordings.values() if facts["note"]}
    said = {name for facts in recordings.values() for name in FLAGS if facts.get(name)}
    return tuple(sorted((noted & {"antiphase"}) | said | ({"padded"} if padding else set())))


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _heard(track: Grid, bits: int) -> Signal:
    """Return integers as the float32 that a player would make of them; exact up to 24 bits."""
    return track.astype(np.float32) * np.float32(2.0 ** (1 - bits))


def _mono(track: Signal) -> Signal:
    return track if track.ndim == 1 else track.mean(axis=1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
