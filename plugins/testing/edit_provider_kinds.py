"""What the work of a provider has to be like, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..audioedit.providers.contract import (
    Activity,
    Aligner,
    Clip,
    Editor,
    Judge,
    Labeler,
    Labels,
    Locator,
    Paraphraser,
    Refusal,
    Scorer,
    Separator,
    Signal,
    SpokenWord,
    StylePhrase,
    StyleWriter,
    Warper,
    WordingBrief,
)
from .base import expect

Facts = Mapping[str, Any]
UNIT = 1e-4
"""How far from 1 a unit vector may be, and how far two of one input may differ."""


def clip(sample_rate_hz: int, seed: int = 0, *, facts: Facts | None = None) -> Clip:
    """Return two seconds: a tone of half a second between soft noise, seeded."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 0.001, 2 * sample_rate_hz).astype(np.float32)
    first, last = sample_rate_hz // 2, sample_rate_hz
    time = np.arange(last - first) / sample_rate_hz
    samples[first:last] += (0.3 * np.sin(2 * np.pi * (300 + 50 * seed) * time)).astype(np.float32)
    return Clip(f"clip-{seed}", samples, sample_rate_hz, f"{seed:064x}", facts or {})


def labeler(provider: Labeler, rate: int, facts: Facts) -> None:
    """Check what it hears: labels or a refusal, the same again."""
    heard = provider.label(clip(rate, facts=facts))
    expect(isinstance(heard, Labels | Refusal), f"label() returned {heard!r}.")
    if isinstance(heard, Labels):
        for source in heard.sources:
            label = source.label
            expect(label == label.lower().strip(), f"The label {label!r} is not bare lower case.")
    if provider.deterministic:
        again = provider.label(clip(rate, facts=facts))
        expect(heard == again, f"Heard {heard!r}, then {again!r}.")


def locator(provider: Locator, rate: int, facts: Facts) -> None:
    """Check that spans rise within the clip, and that an item does not depend on its batch."""
    clips = [clip(rate, seed, facts=facts) for seed in range(2)]
    both = provider.locate(clips, ["tone", "noise"])
    expect(len(both) == len(clips), f"{len(both)} results for {len(clips)} clips.")
    for spans, given in zip(both, clips, strict=True):
        edges = [edge for span in spans for edge in span]
        inside = not edges or (edges[0] >= 0 and edges[-1] <= len(given.samples) / rate + 1e-9)
        expect(edges == sorted(edges) and inside, f"Spans {spans} do not rise within the clip.")
    (alone,) = provider.locate(clips[1:], ["noise"])
    expect(alone == both[1], f"An item alone is at {alone}, in a batch at {both[1]}.")
    mark = provider.weights_sha256()
    expect(len(mark) == 64 and set(mark) <= set("0123456789abcdef"), f"Weights' hash: {mark!r}.")


def separator(provider: Separator, rate: int, facts: Facts) -> None:
    """Check lengths, finiteness, and that an item does not depend on its batch."""
    clips = [clip(rate, seed, facts=facts) for seed in range(2)]
    both = provider.separate(clips, ["tone", "noise"], [None, ((0.5, 1.0),)], [3, 4])
    expect(len(both) == len(clips), f"{len(both)} results for {len(clips)} clips.")
    for (target, residual), given in zip(both, clips, strict=True):
        _like(target, given.samples, "target")
        _like(residual, given.samples, "residual")
    (alone,) = provider.separate(clips[1:], ["noise"], [((0.5, 1.0),)], [4])
    for part, batched in zip(alone, both[1], strict=True):
        apart = float(np.abs(part - batched).max())
        expect(apart <= UNIT, f"An item alone differs by {apart:g} from itself in a batch.")


def activity(provider: Activity, rate: int, facts: Facts) -> None:
    """Check that spans rise within the clip, and that silence has none."""
    del facts
    sounding = clip(rate).samples
    spans = provider.spans(sounding, rate)
    edges = [edge for span in spans for edge in span]
    expect(edges == sorted(edges), f"Spans {spans} do not rise.")
    expect(bool(spans), "A loud tone is no activity.")
    expect(edges[0] >= 0 and edges[-1] <= len(sounding) / rate + 1e-9, f"Spans {spans} leave.")
    silent = provider.spans(np.zeros_like(sounding), rate)
    expect(not silent, f"Silence is active at {silent}.")


def scorer(provider: Scorer, rate: int, facts: Facts) -> None:
    """Check unit vectors of one width that depend on their input alone."""
    del facts
    clips = [clip(rate, seed).samples for seed in range(2)]
    sounds, texts = provider.embed_audio(clips, rate), provider.embed_text(["a dog", "rain"])
    expect(sounds.shape == texts.shape, f"Sounds {sounds.shape}, words {texts.shape}; one space.")
    for vectors in (sounds, texts):
        worst = float(np.abs(np.linalg.norm(vectors, axis=1) - 1).max())
        expect(worst <= UNIT, f"A vector's length is {worst:g} away from 1.")
    apart = float(np.abs(provider.embed_audio(clips[1:], rate)[0] - sounds[1]).max())
    expect(apart <= UNIT, f"A clip alone is embedded {apart:g} away from itself in a batch.")
    _hash(provider.weights_sha256())


def style_writer(provider: StyleWriter, rate: int, facts: Facts) -> None:
    """Check that no more come than were asked for, and none to avoid."""
    del rate, facts
    avoid = ("cat meowing", "rain falling")
    words = provider.suggest("dog barking", 4, avoid, 0)
    if isinstance(words, Refusal):
        return
    expect(len(words) <= 4, f"Asked for 4, got {len(words)}.")
    expect(all(isinstance(word, StylePhrase) for word in words), f"Got {words!r}.")
    labels = [word.label for word in words]
    expect(not {*avoid, "dog barking"} & set(labels), f"{labels} holds what is to be avoided.")
    if provider.deterministic:
        expect(words == provider.suggest("dog barking", 4, avoid, 0), "Another answer on asking.")


def paraphraser(provider: Paraphraser, rate: int, facts: Facts) -> None:
    """Check that texts come, and that who wrote them is told."""
    del rate, facts
    slots = {"{the}": "the barking dog"}
    brief = WordingBrief("a sound is taken out", "English", slots, ("Erase {the}.",))
    written = provider.write(brief, 3, 0)
    if isinstance(written, Refusal):
        return
    expect(all(isinstance(text, str) for text in written.texts), f"Got {written.texts!r}.")
    expect(bool(written.model and written.day), f"Nobody is named: {written!r}.")
    if provider.deterministic:
        expect(written == provider.write(brief, 3, 0), "Another answer on asking.")


def editor(provider: Editor, rate: int, facts: Facts) -> None:
    """Check that one inversion serves many texts, and rate, length and seed hold."""
    given = clip(rate, facts=facts)
    strengths = provider.strengths()
    expect(list(strengths) == sorted(strengths), f"Strengths {strengths} do not rise.")
    expect(all(0 < s <= 1 for s in strengths), f"Strengths {strengths} are not within 0…1.")
    inverted = provider.invert(given, "a dog barking", 7)
    edits = [provider.apply(inverted, text, strengths[0]) for text in ("a duck", "a goose")]
    for edit in edits:
        _like(edit, given.samples, "edit")
    again = provider.apply(inverted, "a duck", strengths[0])
    apart = float(np.abs(again - edits[0]).max())
    expect(
        apart <= UNIT, f"The same edit again differs by {apart:g}: `apply` spoils the inversion."
    )
    first, second = (
        provider.apply_many(inverted, ["a duck", other], strengths[0])
        for other in ("a goose", "a hen")
    )
    expect(len(first) == 2, f"`apply_many` gave {len(first)} edits for 2 texts.")
    _like(first[0], given.samples, "edit")
    apart = float(np.abs(first[0] - second[0]).max())
    expect(apart <= UNIT, f"An edit differs by {apart:g} for what is edited beside it.")


def warper(provider: Warper, rate: int, facts: Facts) -> None:
    """Check exact lengths, and that the sound given is left alone."""
    del facts
    samples = clip(rate).samples
    before = samples.copy()
    for semitones, stretch in ((3.0, 1.2), (-3.0, 0.8), (0.0, 1.0)):
        length = round(len(samples) * stretch)
        warped = provider.warp(samples, rate, semitones, length)
        expect(warped.shape == (length,), f"Asked for {length} samples, got {warped.shape}.")
        expect(bool(np.isfinite(warped).all()), "The warped sound is not finite.")
    expect(np.array_equal(before, samples), "The sound that was given was changed.")


def judge(provider: Judge, rate: int, facts: Facts) -> None:
    """Check finite scores by the names of the axes, which depend on their own item alone."""
    axes = set(provider.axes)
    expect(bool(axes), "axes is empty; name each score, and say what a high one means.")
    clips = [clip(rate, seed, facts=facts) for seed in range(2)]
    words = ["tone", "high tone"]
    both = provider.judge(clips, clips[::-1], words)
    expect(len(both) == len(clips), f"{len(both)} results for {len(clips)} parts.")
    for scores in both:
        expect(set(scores) == axes, f"Scores are of {sorted(scores)}; axes say {sorted(axes)}.")
        finite = all(np.isfinite(value) for value in scores.values())
        expect(finite, f"Scores are {dict(scores)!r}.")
    (alone,) = provider.judge(clips[1:], clips[:1], words[1:])
    apart = max(abs(alone[axis] - both[1][axis]) for axis in axes)
    expect(apart <= UNIT, f"An item alone is scored {apart:g} away from itself in a batch.")
    _hash(provider.weights_sha256())


def aligner(provider: Aligner, rate: int, facts: Facts) -> None:
    """Check that every word comes back, in order and within the clip, or a refusal."""
    words = ("hello", "there")
    told = provider.align(clip(rate, facts=facts), words)
    if isinstance(told, Refusal):
        return
    expect(all(isinstance(word, SpokenWord) for word in told), f"Got {told!r}.")
    expect(tuple(word.text for word in told) == words, f"Asked for {words}, got {told!r}.")
    edges = [edge for word in told for edge in (word.start_s, word.end_s)]
    expect(edges == sorted(edges), f"Times {edges} do not rise.")
    expect(edges[0] >= 0 and edges[-1] <= 2.0 + 1e-6, f"Times {edges} leave the clip.")
    if provider.deterministic:
        again = provider.align(clip(rate, facts=facts), words)
        expect(again == told, f"Aligned {told!r}, then {again!r}.")


CHECKS: Mapping[str, Callable[[Any, int, Facts], None]] = {
    "labeler": labeler,
    "locator": locator,
    "separator": separator,
    "activity": activity,
    "scorer": scorer,
    "style_writer": style_writer,
    "paraphraser": paraphraser,
    "editor": editor,
    "warper": warper,
    "judge": judge,
    "aligner": aligner,
}
"""Kind → what checks the work of one."""


def _like(part: Signal, whole: Signal, name: str) -> None:
    same = part.shape == whole.shape and part.dtype == np.float32
    expect(same, f"The {name} is {part.shape} of {part.dtype}; the clip is {whole.shape} float32.")
    expect(bool(np.isfinite(part).all()), f"The {name} is not finite.")


def _hash(mark: str) -> None:
    expect(len(mark) == 64 and set(mark) <= set("0123456789abcdef"), f"Weights' hash: {mark!r}.")
