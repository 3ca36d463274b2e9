"""Synthetic pairs are exact: a pair's difference is its event, sample by sample, after FLAC."""

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from audio_omni.plugins.audioedit.blobs import BlobStore, decode_flac, decode_grid, encode_flac
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.providers.contract import Warper
from audio_omni.plugins.audioedit.providers.signalsmith import SignalsmithWarper
from audio_omni.plugins.audioedit.sound.loudness import lufs, true_peak
from audio_omni.plugins.audioedit.stages.outcomes import Item
from audio_omni.plugins.audioedit.synthesis.plan import Planner
from audio_omni.plugins.audioedit.synthesis.render import Renderer
from audio_omni.plugins.audioedit.synthesis.shaping import common_gain
from audio_omni.plugins.audioedit.synthesis.unusable import Unusable
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly
from scipy.stats import kstest

RATE = 44100
LABELS = ("click", "tone", "rattle", "hum")


def config(bits=24, scenes=10, seconds=10.0, **synthesis):
    values = {
        "clip_seconds": seconds,
        "bits": bits,
        "synthesis": {
            "scenes": scenes,
            "foreground": [{"uri": "soundworld:events"}],
            "background": [{"uri": "soundworld:backgrounds"}],
            "warper": {"name": "signalsmith"},
            **synthesis,
        },
    }
    return AudioEditConfig.model_validate(values)


def sound(label, rng):
    n = int(rng.uniform(0.3, 1.5) * RATE)
    t = np.arange(n) / RATE
    envelope = np.exp(-t * rng.uniform(0.5, 3))
    made = {
        "click": (np.arange(n) % (RATE // 5) < 400) * rng.standard_normal(n),
        "tone": np.sin(2 * np.pi * rng.uniform(300, 2000) * t) * envelope,
        "rattle": rng.standard_normal(n) * envelope * (np.sin(2 * np.pi * 9 * t) > 0),
        "hum": sum(np.sin(2 * np.pi * 110 * k * t) / k for k in range(1, 8)),
    }[label]
    return (0.5 * made / np.abs(made).max()).astype(np.float32)


@cache
def ingredients(root):
    """Eight sounds of four classes and three backgrounds, as the stage of that name leaves them."""
    blobs, rng, items = BlobStore(Path(root)), np.random.default_rng(0), []
    parts = [("event", label, sound(label, rng)) for label in LABELS for _ in range(2)]
    for name in ("wind", "rain", "street"):
        noise = np.cumsum(rng.standard_normal(12 * RATE)) if name == "wind" else None
        noise = rng.standard_normal(12 * RATE) if noise is None else noise - np.linspace(
            noise[0], noise[-1], len(noise))  # fmt: skip
        parts.append(("background", name, (0.08 * noise / noise.std()).astype(np.float32)))
    for number, (role, label, samples) in enumerate(parts):
        grid = np.rint(np.clip(samples, -0.999, 0.999) * 2.0**23).astype(np.int32)
        words = {"bare": label, "indefinite": f"a {label}", "definite": f"the {label}"}
        facts = {
            "role": role, "label": label, "caption": f"a {label}", "words": words,
            "conflicts": [label], "family": "other", "group": f"g{number}", "split": "train",
            "sha256": blobs.put(grid, sample_rate_hz=RATE, bits=24), "frames": len(grid),
            "dataset": "toy", "item": str(number), "start_s": 0.0, "note": "", "licence": "CC0-1.0",
        }  # fmt: skip
        items.append(Item(f"{role}:toy:{number}", number, facts))
    return blobs, tuple(items)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return str(tmp_path_factory.mktemp("toy"))


def build(root, chosen, warper=None):
    blobs, items = ingredients(root)
    return Planner(chosen, items), Renderer(
        chosen, blobs, warper or SignalsmithWarper(SignalsmithWarper.config())
    )


def rendered(root, chosen, scenes):
    planner, renderer = build(root, chosen)
    for scene in range(scenes):
        for draw in range(5):
            plan = planner.draw(scene, draw)
            try:
                yield plan, renderer.render(plan)
            except Unusable:
                continue
            break


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize(("stereo", "scenes"), [(False, 150), (True, 50)])
def test_differences_are_the_event_bit_for_bit_after_flac(root, bits, stereo, scenes):
    """Of 200 scenes of 16 bits, and of 200 of 24."""
    chosen = config(bits, seconds=2.0, stereo=stereo, share_scenes=True)
    counts = Counter()
    for plan, tracks in rendered(root, chosen, scenes):
        counts[len(plan.events)] += 1
        event = tracks.events[plan.edited]
        sides = {
            "full": tracks.mixture(), "rest": tracks.mixture(without=plan.edited), "event": event
        }  # fmt: skip
        heard = {}
        for name, grid in sides.items():
            data = encode_flac(grid, RATE, bits)
            heard[name], rate = decode_flac(data)
            assert rate == RATE
            assert heard[name].shape[0] == chosen.samples
            assert np.array_equal(decode_grid(data, bits)[0], grid)
        exact = heard["event"]
        assert np.array_equal(heard["full"] - heard["rest"], exact)  # add, remove
        assert np.array_equal(heard["full"] - exact, heard["rest"])  # extract
        onset, end = plan.event.onset, plan.event.onset + plan.event.length
        assert np.array_equal(heard["full"][:onset], heard["rest"][:onset])
        assert np.array_equal(heard["full"][end:], heard["rest"][end:])
        assert exact[onset:end].any()
        assert max(np.abs(h).max() for h in heard.values()) < 1.0
    assert counts.total() == scenes
    assert counts.keys() == {1, 2, 3}


def test_plans_are_uniform_within_their_ranges_and_do_not_pile_up(root):
    planner, _ = build(root, config(events={1: 1.0}))
    plans = [planner.draw(i) for i in range(5000)]
    events = [plan.events[0] for plan in plans]
    total = config().samples
    room = [(e.onset + 0.5) / (total - e.length + 1) for e in events]
    spans = {"pitch_semitones": (-3, 3), "stretch": (0.8, 1.2), "snr_db": (0, 3)}
    assert kstest(room, "uniform").pvalue > 0.01
    for name, (low, high) in spans.items():
        values = np.array([getattr(e, name) for e in events])
        assert values.min() >= low
        assert values.max() <= high
        assert kstest((values - low) / (high - low), "uniform").pvalue > 0.01
    at_the_end = np.mean([e.onset + e.length == total for e in events])
    assert at_the_end < 0.002
    assert {e.ingredient.split(":")[0] for e in events} == {"event"}


def test_a_plan_depends_on_its_number_alone(root):
    planner, _ = build(root, config())
    forwards = [planner.draw(i) for i in range(20)]
    again, _ = build(root, config(scenes=999))
    assert [again.draw(i) for i in reversed(range(20))] == forwards[::-1]
    assert planner.draw(3, 1) != planner.draw(3)


def test_levels_are_as_planned_and_lengths_exact(root):
    chosen = config(events={1: 1.0}, bandwidth_jitter=0.0)
    measured = 0
    for plan, tracks in rendered(root, chosen, 30):
        event = plan.event
        assert len(tracks.background) == chosen.samples
        support = np.flatnonzero(tracks.events[0])
        assert event.onset <= support[0]
        assert support[-1] < event.onset + event.length
        if event.length >= 0.5 * RATE:
            scale = 2.0**-23
            own = lufs(tracks.events[0][event.onset : event.onset + event.length] * scale, RATE)
            background = lufs(tracks.background * scale, RATE)
            assert abs(own - background - event.snr_db) <= 0.05
            measured += 1
    assert measured > 10


def test_a_tone_is_shifted_by_what_was_planned():
    t = np.arange(2 * RATE) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    warper = SignalsmithWarper(SignalsmithWarper.config())
    for semitones, length in ((-3.0, 2 * RATE), (1.7, int(1.6 * RATE)), (3.0, int(2.4 * RATE))):
        made = warper.warp(tone, RATE, semitones, length)
        assert len(made) == length
        middle = made[length // 4 : 3 * length // 4] * np.hanning(length // 2 + length % 2)[
            : 3 * length // 4 - length // 4]  # fmt: skip
        spectrum = np.abs(np.fft.rfft(middle, 1 << 20))
        found = np.argmax(spectrum) * RATE / (1 << 20)
        assert abs(12 * np.log2(found / 440) - semitones) <= 0.05


class Swallowing(Warper):
    """Loses clicks, as SoX's tempo does."""

    licence = "none"

    def warp(self, samples, sample_rate_hz, semitones, length):
        quiet = np.zeros(length, np.float32)
        quiet[:40] = samples[:40]
        return quiet


def test_a_warper_that_loses_an_event_is_found_out(root):
    planner, _ = build(root, config(events={1: 1.0}))
    _, renderer = build(root, config(), Swallowing(SignalsmithWarper.config()))
    reasons = set()
    for scene in range(12):
        with pytest.raises(Unusable) as caught:
            renderer.render(planner.draw(scene))
        reasons.add(caught.value.reason)
    assert "transient_lost" in reasons <= {"transient_lost", "event_silent"}


def test_one_gain_for_all_tracks_keeps_them_under_minus_one_dbtp(root):
    loud = config(level={"mode": "fixed", "fixed_lufs": -9.0}, snr_db=[6, 9], seconds=3.0)
    gains = []
    for plan, tracks in rendered(root, loud, 10):
        gains.append(tracks.gain)
        mix, rest = tracks.mixture(), tracks.mixture(without=plan.edited)
        heard = [mix, rest, tracks.background, *tracks.events]
        peaks = [np.abs(resample_poly(t * 2.0**-23, 4, 1)).max() for t in heard]
        assert 20 * np.log10(max(peaks)) <= -1.0 + 0.25  # another filter
        assert np.array_equal(mix - rest, tracks.events[plan.edited])  # one gain for all
    assert gains, "every scene was too hot"
    assert max(gains) < 1.0
    too_hot = config(level={"mode": "fixed", "fixed_lufs": -6.0}, snr_db=[14, 14], seconds=3.0)
    planner, renderer = build(root, too_hot)
    with pytest.raises(Unusable, match="true peak"):
        renderer.render(planner.draw(0))


def test_no_track_that_an_edit_of_any_event_could_use_exceeds_minus_one_dbtp(root):
    loud = {"level": {"mode": "fixed", "fixed_lufs": -12.0}, "snr_db": [3, 6], "seconds": 3.0}
    chosen = config(events={3: 1.0}, **loud)
    peaks = []
    for _, tracks in rendered(root, chosen, 12):
        every = [tracks.background, *tracks.events, tracks.mixture()]
        every += [tracks.mixture(without=k) for k in range(len(tracks.events))]
        assert len(every) == 8
        peaks.append(max(true_peak((t * 2.0**-23).astype(np.float32)) for t in every))
    assert max(peaks) == pytest.approx(10 ** (-1 / 20), abs=1e-4)
    assert max(peaks) <= 10 ** (-1 / 20) + 1e-4


def test_the_gain_counts_each_mix_without_one_event():
    """Two events that cancel: without either the other is there in full."""
    rng = np.random.default_rng(0)
    event = (0.9 * rng.uniform(-1, 1, 4000)).astype(np.float32)
    bed = (0.05 * rng.uniform(-1, 1, 4000)).astype(np.float32)
    common = common_gain(bed, [event, -event])
    for track in (event + bed, bed - event, event, bed):
        assert common * true_peak(track) <= 10 ** (-1 / 20) + 1e-6
    assert common == pytest.approx(
        10 ** (-1 / 20) / max(true_peak(event + bed), true_peak(bed - event))
    )


def test_a_common_low_pass_dulls_background_and_event_alike(root):
    """No model shall learn that what is dull was edited: both lose what is above."""
    chosen = config(events={1: 1.0}, bandwidth_jitter=1.0, seconds=2.0)
    cutoffs = []
    for plan, tracks in rendered(root, chosen, 12):
        cutoffs.append(plan.low_pass_hz)
        for grid in (tracks.background, tracks.events[0]):
            power = np.abs(np.fft.rfft(grid * np.hanning(len(grid)))) ** 2
            above = round(1.1 * plan.low_pass_hz * len(grid) / RATE)
            assert power[above:].sum() < 1e-6 * power.sum()
    assert min(cutoffs) >= 4000
    assert max(cutoffs) <= 16000


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_the_low_pass_is_drawn_for_a_share_of_scenes(root, share):
    planner, _ = build(root, config(bandwidth_jitter=share))
    cutoffs = [planner.draw(i).low_pass_hz for i in range(1500)]
    drawn = [c for c in cutoffs if c is not None]
    assert len(drawn) / 1500 == pytest.approx(share, abs=0.03)
    if drawn:
        assert kstest((np.array(drawn) - 4000) / 12000, "uniform").pvalue > 0.01


def test_backgrounds_never_hold_the_class_that_is_edited(root):
    _, items = ingredients(root)
    planner = Planner(config(), items)
    for item in items:  # every background is of some class now
        if item.data["role"] == "background":
            item.data["label"] = "tone"
    try:
        for scene in range(40):
            plan = planner.draw(scene)
            labels = set() if plan is None else {
                planner.by_id[e.ingredient]["label"] for e in plan.events}  # fmt: skip
            assert "tone" not in labels
    finally:
        names = iter(("wind", "rain", "street"))
        for item in items:
            if item.data["role"] == "background":
                item.data["label"] = next(names)


@given(st.integers(0, 10**6), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_events_lie_within_the_clip(tmp_path_factory, scene, draw):
    where = tmp_path_factory.getbasetemp() / "planned"
    planner, _ = build(str(where), config(seconds=1.0))
    plan = planner.draw(scene, draw)
    for event in plan.events:
        assert event.onset >= 0
        assert event.onset + event.length <= planner.config.samples
        assert event.start + event.frames <= planner.by_id[event.ingredient]["frames"]
    labels = [planner.by_id[e.ingredient]["label"] for e in plan.events]
    assert len(set(labels)) == len(labels)
