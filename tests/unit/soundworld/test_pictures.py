"""What is seen and what is heard: measured in pixels and in samples, not taken from the plan."""

import pickle
import time
from itertools import combinations

import numpy as np
import pytest
from audio_omni.core.media.video import sample_frames
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.pictures import living, struck, sweeps
from audio_omni.plugins.soundworld.pictures.canvas import Canvas
from audio_omni.plugins.soundworld.pictures.dance import STAGES, film_melody
from audio_omni.plugins.soundworld.pictures.film import PAINTERS, film_impacts
from audio_omni.plugins.soundworld.pictures.kinds import SIGHT_OF, SIGHTS
from audio_omni.plugins.soundworld.pictures.motion import FPS, bounce, motion, strike
from audio_omni.plugins.soundworld.source import SoundworldSource
from audio_omni.plugins.soundworld.vocabulary import KIND_OF
from hypothesis import given, settings
from hypothesis import strategies as st

HALF_FRAME_S = 0.5 / FPS
INDICES = st.integers(0, 99_999)
MOVERS = {
    "drum": struck.BALL,
    "bell": struck.STEEL,
    "glass clink": struck.BOB,
    "knock": struck.SKIN,
    "clap": struck.SKIN,
    "footsteps": living.BOOT,
    "water drip": living.WATER,
    "dog bark": living.TONGUE,
    "laser zap": sweeps.BEAM,
    "whistle": sweeps.SLIDE,
    "siren": sweeps.LAMP,
}
"""Colour of what moves or lights up."""


def world(locator, **options):
    return SoundworldSource(locator, SoundworldOptions(**options))


def of_kind(label, count=3):
    """The first plans of a kind."""
    source, found, index = world("impacts"), [], 0
    while len(found) < count:
        plan = source.plan(index)
        found += [plan] if plan.events[0].label == label else []
        index += 1
    return found


def painted(frames, colour):
    """Where a colour is, (F, S, S); a little darker or lighter at edges does not count."""
    return (np.abs(frames.astype(int) - np.array(colour)) <= 12).all(axis=-1)


def edge(mask, side):
    """The outermost row or column of each frame's colour; NaN where there is none."""
    at = np.argwhere(mask.any(axis=1 if side in ("left", "right") else 2))
    places = [at[at[:, 0] == frame, 1] for frame in range(len(mask))]
    outermost = max if side in ("right", "bottom") else min
    return np.array([outermost(p) if len(p) else np.nan for p in places])


def shown_contacts(label, plan):
    """Frames of a clip on which the thing that moves is where it hits, read off the pixels."""
    frames = film_impacts(plan)
    mask = painted(frames, MOVERS[label])
    amount = mask.sum(axis=(1, 2))
    if label in ("dog bark", "laser zap", "whistle", "siren"):
        return starts(amount > 0)
    if label == "drum":
        return peaks(edge(mask, "top"))
    if label == "footsteps":
        return landings(mask)
    if label == "water drip":
        return peaks(np.nan_to_num(edge(mask, "bottom"), nan=0))
    if label == "clap":
        return peaks(-spread(mask))
    # The spark hides what touches; how far the back of it comes is just as good.
    goes_right = mask[..., :32].sum() > mask[..., 32:].sum()
    return peaks(edge(mask, "left") if goes_right else -edge(mask, "right"))


def spread(mask):
    """How far the colour reaches across, per frame, above where sleeves begin."""
    across = [np.flatnonzero(frame[:40].any(axis=0)) for frame in mask]
    return np.array([a[-1] - a[0] if len(a) else np.nan for a in across])


def landings(mask):
    """Frames on which both boots stand, the frame before having one in the air."""
    stands = edge(mask, "top") >= 50
    return [f for f in range(1, len(stands)) if stands[f] and not stands[f - 1]]


def starts(on):
    return [f for f in range(len(on)) if on[f] and (f == 0 or not on[f - 1])]


def peaks(place):
    """Frames on which a place is at its very farthest, one for each visit."""
    at = np.flatnonzero(place >= np.nanmax(place) - 1)
    groups = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
    return [group[np.argmax(place[group])] for group in groups]


@pytest.mark.parametrize("label", sorted(PAINTERS))
def test_contact_is_seen_on_the_frame_nearest_to_the_sound(label):
    for plan in of_kind(label):
        heard = [event.onset / plan.rate for event in plan.events]
        shown = shown_contacts(label, plan)
        assert len(shown) == len(heard)
        for frame, onset in zip(shown, heard, strict=True):
            assert frame == round(onset * FPS)
            assert abs(frame / FPS - onset) <= HALF_FRAME_S


@pytest.mark.parametrize("label", sorted(PAINTERS))
def test_sound_starts_at_the_sample_of_the_impact(label):
    for plan in of_kind(label):
        made = world("impacts").kind.render(plan)
        for event, stem in zip(plan.events, made.stems, strict=True):
            sounding = np.flatnonzero(stem)
            assert 0 <= sounding[0] - event.onset <= 0.012 * plan.rate
            assert sounding[-1] < event.onset + event.length <= plan.samples


@settings(max_examples=60, deadline=None)
@given(INDICES, st.integers(0, 2**32 - 1), st.sampled_from([1.0, 2.0, 3.0, 4.5]))
def test_impacts_are_one_event_each_and_apart(index, seed, clip_seconds):
    row = (source := world("impacts", seed=seed, clip_seconds=clip_seconds)).row(index)
    plan, events = source.plan(index), row.truth["events"]
    assert 1 <= len(events) <= SIGHT_OF[row.truth["label"]].most
    assert {event["label"] for event in events} == {row.truth["label"]}
    onsets = [event["onset_s"] for event in events]
    assert onsets[0] >= 0.15
    assert all(gap >= 0.35 - 1e-9 for gap in np.diff(onsets))
    assert onsets[-1] + events[-1]["length_s"] <= clip_seconds
    frames = film_impacts(plan)
    assert frames.shape == (round(clip_seconds * FPS), 64, 64, 3)
    assert frames.dtype == np.uint8


def test_impacts_come_at_irregular_times_and_in_all_numbers():
    plans = [world("impacts").plan(i) for i in range(300)]
    gaps = [np.diff([e.onset for e in p.events]) for p in plans if len(p.events) == 3]
    assert np.mean([abs(a - b) > 800 for a, b in gaps]) > 0.8
    counts = np.bincount([len(p.events) for p in plans], minlength=5)[1:5]
    assert counts.min() > 40
    labels = [p.events[0].label for p in plans]
    assert min(labels.count(sight.label) for sight in SIGHTS) > 10


def test_every_sight_has_a_painter_and_words():
    assert set(SIGHT_OF) == set(PAINTERS) <= set(KIND_OF)
    assert len({sight.actor for sight in SIGHTS}) == len(SIGHTS) >= 6
    assert all(len(sight.clauses) >= 2 for sight in SIGHTS)


def test_a_caption_of_impacts_says_what_but_never_how_often():
    source = world("impacts")
    for index in range(100):
        row = source.row(index)
        clauses = SIGHT_OF[row.truth["label"]].clauses
        text = row.fields["caption"].lower()
        assert any(clause in text for clause in clauses)
        assert not any(f" {word}" in text for word in ("once", "twice", "times", "then", "second"))


def test_kinds_can_be_told_apart_at_a_glance():
    first = {label: film_impacts(of_kind(label, 1)[0])[0].astype(int) for label in PAINTERS}
    for (a, one), (b, other) in combinations(first.items(), 2):
        assert (np.abs(one - other).max(axis=-1) > 60).mean() > 0.02, (a, b)


def beats_seen(plan):
    """Frames on which the sun is larger than just before and as large as it gets."""
    frames = film_melody(plan)
    sun = next(s.sun for s in STAGES.values() if painted(frames[:, :30], s.sun).any())
    size = painted(frames[:, :30], sun).sum(axis=(1, 2))
    return [f for f in range(len(size)) if size[f] > 0.9 * size.max() and size[f] > size[f - 1]]


@settings(max_examples=25, deadline=None)
@given(INDICES)
def test_every_beat_that_is_heard_is_seen(index):
    plan = world("scenes").plan(index)
    expected = [round(note.onset / plan.rate * FPS) for note in plan.melody.notes]
    shown = beats_seen(plan)
    assert [f for f in shown if f] == [f for f in expected if f]


@settings(max_examples=25, deadline=None)
@given(INDICES)
def test_a_scene_looks_like_its_mood(index):
    source = world("scenes")
    row, frames = source.row(index), film_melody(source.plan(index)).astype(int)
    red, blue, light = frames[..., 0].mean(), frames[..., 2].mean(), frames.mean()
    major = row.truth["mode"] == "major"
    assert (red > blue) == major
    assert (light > 128) == major
    assert row.truth["label"] == row.truth["mood"] == row.fields["mood"]
    fast = row.truth["mood"] in ("happy", "tense")
    assert fast == (row.truth["bpm"] > 100)
    assert len(STAGES[row.truth["mood"]].dancers) == (4 if fast else 2)


def test_moods_are_balanced_and_mostly_left_to_the_picture():
    rows = [world("scenes").row(i) for i in range(300)]
    moods = [row.truth["mood"] for row in rows]
    assert min(moods.count(mood) for mood in STAGES) > 45
    told = np.mean([row.truth["mood"] in row.fields["caption"].lower() for row in rows])
    assert 0.1 < told < 0.4
    assert all(row.truth["events"][0]["label"] in row.fields["caption"].lower() for row in rows)


@pytest.mark.parametrize("locator", ["impacts", "scenes"])
def test_clips_are_the_same_each_time_and_others_when_held_out(locator):
    source = world(locator)
    one, two = (world(locator).row(5).media["video"]() for _ in range(2))
    other = source.held_out().row(5).media["video"]()
    assert np.array_equal(one.pixels, two.pixels)
    assert not np.array_equal(one.pixels, other.pixels)
    assert (one.fps, one.frames, one.seconds) == (25, 75, 3.0)


@pytest.mark.parametrize("locator", ["impacts", "scenes"])
def test_a_clip_travels_to_data_workers_and_is_sampled_like_a_file(locator):
    row = pickle.loads(pickle.dumps(world(locator).row(2)))
    clip = row.media["video"]()
    frames = sample_frames(clip, fps=5, seconds=3.0, size=None)
    assert tuple(frames.shape) == (15, 3, 64, 64)
    assert np.array_equal(frames[1].numpy(), clip.pixels[5].transpose(2, 0, 1))


@pytest.mark.parametrize(("locator", "film"), [("impacts", film_impacts), ("scenes", film_melody)])
def test_a_clip_is_drawn_in_no_time(locator, film):
    plans = [world(locator).plan(i) for i in range(30)]
    start = time.process_time()
    for plan in plans:
        film(plan)
    assert (time.process_time() - start) / len(plans) < 0.03


def test_only_the_frame_of_an_impact_leaves_its_own_time():
    moves = motion([0.495, 1.004], 2.0)
    usual = np.arange(50) / FPS
    moved = np.flatnonzero(np.abs(moves.seconds - usual) > 1e-6)
    assert list(moved) == [12, 25]
    assert list(moves.since[[12, 25]]) == [0, 0]
    assert list(moves.done[[11, 12, 24, 25, 49]]) == [0, 1, 1, 2, 2]
    assert np.isinf(moves.since[:12]).all()
    assert np.isinf(moves.until[25:]).all()


@given(st.lists(st.floats(0.2, 2.8), min_size=1, max_size=4))
def test_what_strikes_or_bounces_is_there_at_impacts_only(times):
    impacts = [t for i, t in enumerate(sorted(times)) if i == 0 or t - sorted(times)[i - 1] >= 0.35]
    kept = [t for i, t in enumerate(impacts) if all(t - u >= 0.35 for u in impacts[:i])]
    moves = motion(kept, 3.0)
    at = np.zeros(75, bool)
    at[[round(t * FPS) for t in kept]] = True
    assert np.array_equal(strike(moves) == 1, at)
    assert np.array_equal(bounce(moves, 27) < 1e-6, at)
    assert bounce(moves, 27).max() <= 27.001


def test_shapes_cover_as_much_as_they_should():
    canvas = Canvas(2, (0, 0, 0))
    canvas.disc(20, np.array([20, 44]), 8, (255, 255, 255))
    areas = canvas.pixels[..., 0].sum(axis=(1, 2)) / 255
    assert areas == pytest.approx(np.pi * 64, rel=0.02)
    assert canvas.pixels[0, 20, 20, 0] == canvas.pixels[1, 44, 20, 0] == 255
    canvas = Canvas(1, (0, 0, 0))
    canvas.box(10, 10, 12.5, 14, (100, 100, 100))
    assert canvas.pixels[0, 10:14, 10:13, 0].tolist() == [[100, 100, 50]] * 4
    assert canvas.pixels.sum() == 4 * 3 * 250


def test_a_shape_outside_the_picture_is_not_drawn():
    canvas = Canvas(1, (1, 2, 3))
    canvas.disc(-30, 100, 5, (255, 255, 255))
    canvas.box(70, 10, 80, 20, (255, 255, 255))
    canvas.bar((10.0, 10.0), (20.0, 20.0), 0, (255, 255, 255))
    assert (canvas.pixels == (1, 2, 3)).all()
