import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from audio_omni.core.errors import RequestError, UndefinedError
from audio_omni.core.media.audio import load_waveform
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.metrics.config import OnsetErrorAtRandomConfig, OnsetErrorConfig
from audio_omni.evaluation.metrics.onset_error import (
    BeatError,
    BeatErrorAtRandom,
    OnsetError,
    OnsetErrorAtRandom,
    ReferenceOnsetError,
)
from audio_omni.evaluation.onsets import OnsetDetector
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.source import SoundworldSource, render_labelled
from hypothesis import given, settings
from hypothesis import strategies as st

RATE = 16000
SHIFTS_MS = (0, 40, 80, 160, 320)


def impacts(times_s, seconds=3.0, rate=RATE, seed=0, noise=0.003):
    generator = torch.Generator().manual_seed(seed)
    samples = torch.randn(int(seconds * rate), generator=generator) * noise
    for i, time_s in enumerate(times_s):
        start = round(time_s * rate)
        t = torch.arange(min(rate // 4, samples.numel() - start)) / rate
        samples[start : start + t.numel()] += (
            0.5 * torch.exp(-t / 0.04) * torch.sin(2 * torch.pi * (300 + 500 * i) * t)
        )
    return Waveform(samples[None], rate)


def shifted(clip, ms):
    """The clip, later by some milliseconds: quiet comes before, and what is too late is cut."""
    count = round(ms / 1000 * clip.sample_rate_hz)
    samples = torch.zeros_like(clip.samples)
    samples[:, count:] = clip.samples[:, : clip.samples.shape[1] - count]
    return Waveform(samples, clip.sample_rate_hz)


def error(clip, times_s, **options):
    events = [{"label": "knock", "onset_s": t, "length_s": 0.1} for t in times_s]
    metric = OnsetError(OnsetErrorConfig(**options))
    return metric.score(Measured(generated=clip, truth={"events": events}))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(4, 13), min_size=1, max_size=5, unique=True),
    st.integers(0, 99),
    st.sampled_from([8000, 16000, 44100]),
)
def test_impacts_are_found_within_five_milliseconds(slots, seed, rate):
    times = np.sort(np.asarray(slots)) * 0.2 + 0.001 * seed
    found = OnsetDetector().onsets(impacts(times, rate=rate, seed=seed))
    assert found.shape == times.shape
    assert np.abs(found - times).max() < 0.005


@pytest.mark.parametrize("label", ["drum", "knock", "clap", "glass clink"])
def test_impacts_of_the_world_are_found_within_five_milliseconds(label):
    options = SoundworldOptions()
    errors, expected = [], 0
    for seed in range(8):
        scene, plan = render_labelled(label, seed, options)
        event = plan.events[0]
        times = (event.onset + np.asarray(event.hits)) / plan.rate
        clip = Waveform(torch.from_numpy(scene.mixture)[None], plan.rate)
        found = OnsetDetector().onsets(clip)
        errors += [np.abs(found - t).min(initial=9.0) for t in times]
        expected += times.size
    assert np.mean(np.asarray(errors) < 0.005) > 0.95
    assert expected > 8


def test_silence_and_steady_noise_have_no_onset():
    assert OnsetDetector().onsets(Waveform(torch.zeros(1, RATE), RATE)).size == 0
    assert OnsetDetector().onsets(impacts([], noise=0.1)).size == 0


def test_a_tone_that_glides_begins_once():
    t = torch.arange(3 * RATE) / RATE
    hertz = 900 + 300 * torch.sin(2 * torch.pi * 2 * t)
    siren = 0.3 * torch.sin(2 * torch.pi * torch.cumsum(hertz, 0) / RATE) * (t >= 1.0)
    clip = Waveform(impacts([]).samples + siren, RATE)
    assert OnsetDetector().onsets(clip) == pytest.approx([1.0], abs=0.02)


def test_sounds_that_are_seen_are_found_where_they_are_seen():
    source = SoundworldSource("impacts", SoundworldOptions()).held_out()
    rows = [source.row(i) for i in range(40)]
    clips = [Measured(row.audio(), truth=row.truth) for row in rows]
    ours = np.mean([OnsetError().score(clip) for clip in clips])
    chance = np.mean([OnsetErrorAtRandom().score(clip) for clip in clips])
    assert ours < 45
    assert chance > 250


def test_level_does_not_matter():
    clip = impacts([0.5, 1.5])
    quiet = Waveform(clip.samples * 1e-3, RATE)
    assert OnsetDetector().onsets(quiet) == pytest.approx(OnsetDetector().onsets(clip))


def test_two_onsets_nearer_than_the_refractory_time_are_one():
    detector = OnsetDetector(refractory_s=0.3)
    assert detector.onsets(impacts([1.0, 1.2])).size == 1
    assert OnsetDetector().onsets(impacts([1.0, 1.2])).size == 2


def test_refuses_what_it_cannot_hear():
    with pytest.raises(RequestError, match="non-finite"):
        OnsetDetector().onsets(Waveform(torch.full((1, RATE), float("nan")), RATE))
    with pytest.raises(RequestError, match="half an analysis window"):
        OnsetDetector().onsets(Waveform(torch.zeros(1, 100), RATE))


@pytest.mark.parametrize("ms", SHIFTS_MS)
def test_a_known_shift_is_the_error(ms):
    times = [0.4, 1.2, 2.1]
    assert error(shifted(impacts(times), ms), times) == pytest.approx(ms, abs=5)


def test_known_shifts_of_recorded_impacts_are_found(shared_dir):
    folder = shared_dir / "data" / "video_avsync"
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["scene"] in {"hammer", "drum"}]
    clips = [load_waveform(folder / row["path"]) for row in rows]
    times = [[event["t"] for event in row["events"]] for row in rows]
    means = [
        np.mean([error(shifted(c, ms), t) for c, t in zip(clips, times, strict=True)])
        for ms in SHIFTS_MS
    ]
    assert means[0] < 10
    assert means[1:4] == pytest.approx(SHIFTS_MS[1:4], abs=8)
    assert means[4] > means[3] + 80  # neighbours come within reach: the best match is another


def test_missed_and_surplus_onsets_cost_the_cap():
    assert error(impacts([0.5]), [0.5, 1.5]) == pytest.approx(250, abs=3)
    assert error(impacts([0.5, 1.5]), [0.5]) == pytest.approx(250, abs=3)
    assert error(impacts([0.5, 1.5]), [0.5], cap_ms=100) == pytest.approx(50, abs=3)
    assert error(Waveform(torch.zeros(1, RATE), RATE), [0.5]) == 500


def test_onsets_at_random_are_a_baseline_that_stays_the_same():
    times = [0.4, 1.2, 2.1]
    measured = Measured(impacts(times), truth={"events": [{"onset_s": t} for t in times]})
    chance = OnsetErrorAtRandom().score(measured)
    assert 150 < chance < 350
    assert chance == OnsetErrorAtRandom().score(measured)
    other = OnsetErrorAtRandom(OnsetErrorAtRandomConfig(seed=1)).score(measured)
    assert other == pytest.approx(chance, rel=0.05)


def test_one_event_in_a_long_clip_is_the_textbook_expectation():
    """For one event in the middle: E min(|u − t|, c) = c² / s + c (1 − 2c / s)."""
    clip = Measured(Waveform(torch.zeros(1, 4 * RATE), RATE), truth={"events": [{"onset_s": 2.0}]})
    expected = 1000 * (0.25 / 4 + 0.5 * (1 - 1 / 4))
    config = OnsetErrorAtRandomConfig(draws=20000)
    assert OnsetErrorAtRandom(config).score(clip) == pytest.approx(expected, rel=0.01)


def test_beats_of_scenes_are_found_where_they_are_seen():
    source = SoundworldSource("scenes", SoundworldOptions()).held_out()
    rows = [source.row(i) for i in range(30)]
    clips = [Measured(row.audio(), truth=row.truth) for row in rows]
    ours = np.mean([BeatError().score(clip) for clip in clips])
    chance = np.mean([BeatErrorAtRandom().score(clip) for clip in clips])
    assert ours < 60
    assert chance > 180
    with pytest.raises(RequestError, match=r"needs truth\['notes'\]"):
        BeatError().score(Measured(clips[0].generated, truth={"events": [{"onset_s": 0.5}]}))


@pytest.mark.parametrize("events", [None, [{"label": "knock"}], [{"t": 0.5}]])
def test_rows_without_times_are_refused(events):
    with pytest.raises(RequestError, match=r"each with an 'onset_s'") as refused:
        OnsetError().score(Measured(impacts([0.5]), truth={"events": events}))
    assert not isinstance(refused.value, UndefinedError)


@pytest.mark.parametrize("events", [[], [{"onset_s": 0.0, "length_s": 0.2, "begun": True}]])
def test_of_a_clip_in_which_nothing_begins_there_is_no_error(events):
    with pytest.raises(UndefinedError) as undefined:
        OnsetError().score(Measured(impacts([0.5]), truth={"events": events}))
    assert undefined.value.reason == "none of the events begins in the clip"
    silent = replace(impacts([0.5]), samples=torch.zeros(1, 16000))
    with pytest.raises(UndefinedError) as undefined:
        ReferenceOnsetError().score(Measured(impacts([0.5]), silent))
    assert undefined.value.reason == "nothing begins in the recording"


def test_events_outside_the_clip_are_refused():
    with pytest.raises(RequestError, match=r"to 3\.50 s and a clip of 3\.00 s"):
        error(impacts([0.5]), [0.5, 3.5])
