import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from audio_omni.core.errors import DataError
from audio_omni.core.media.mel import LogMel
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.plan import generator
from audio_omni.plugins.soundworld.source import render_speech
from audio_omni.plugins.soundworld.voice.phones import ALPHABET, PHONES
from audio_omni.plugins.soundworld.voice.speakers import (
    FASTEST,
    SLOWEST,
    SPEAKERS,
    draw_unseen_speaker,
)
from audio_omni.plugins.soundworld.voice.timing import LEAD_SECONDS, TAIL_SECONDS, time_text
from hypothesis import given, settings
from hypothesis import strategies as st

RATE = 16000
TEXTS = st.text(ALPHABET, min_size=1, max_size=24).filter(str.strip)
LONG = "the quick brown fox sleeps now"


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.floats(SLOWEST, FASTEST), st.sampled_from([8000, 16000, 22050, 48000]))
def test_every_sample_belongs_to_one_character(text, pace, rate):
    timing = time_text(text, pace, rate)
    assert "".join(span.text for span in timing.phones) == text
    at = round(LEAD_SECONDS * rate)
    for span in timing.phones:
        assert span.onset == at
        assert span.length == round(PHONES[span.text].seconds / pace * rate) >= 0.07 * rate
        at = span.end
    assert timing.samples == at + round(TAIL_SECONDS * rate)
    assert [word.text for word in timing.words] == text.split()
    spaces = text.count(" ")
    assert sum(len(word.text) for word in timing.words) == len(timing.phones) - spaces


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.sampled_from(sorted(SPEAKERS)), st.integers(0, 2**32 - 1))
def test_words_are_heard_and_all_else_is_exactly_silent(text, speaker, seed):
    samples, timing = render_speech(text, speaker, seed)
    assert samples.shape == (timing.samples,)
    assert samples.dtype == np.float32
    assert np.abs(samples).max() <= 1
    silent = np.ones(timing.samples, bool)
    for word in timing.words:
        silent[word.onset : word.end] = False
        assert np.sqrt(np.mean(samples[word.onset : word.end] ** 2)) > 0.01
    assert not samples[silent].any()


@settings(max_examples=20, deadline=None)
@given(TEXTS, st.integers(0, 2**32 - 2))
def test_a_seed_changes_the_sound_and_never_the_timing(text, seed):
    samples, timing = render_speech(text, "anna", seed)
    again, _ = render_speech(text, "anna", seed)
    other, other_timing = render_speech(text, "anna", seed + 1)
    assert np.array_equal(samples, again)
    assert timing == other_timing
    assert not np.array_equal(samples, other)


@pytest.mark.parametrize("speaker", sorted(SPEAKERS))
def test_the_pitch_is_the_speakers(speaker):
    samples, timing = render_speech("ma no mi lo ra na", speaker, 3)
    vowels = [span for span in timing.phones if span.text in "aoi"]
    heard = [pitch_hz(samples[span.onset : span.end]) for span in vowels]
    assert np.median(heard) == pytest.approx(SPEAKERS[speaker].pitch_hz, rel=0.05)
    assert heard[0] > heard[-1]


def pitch_hz(part):
    """Frequency of the shortest period that repeats nearly as well as the best, 70 to 400 Hz."""
    window = np.hanning(part.size - 400)
    repeats = correlation(part[200:-200] * window) / correlation(window)
    lags = np.arange(RATE // 400, RATE // 70)
    peaks = [k for k in lags if repeats[k] >= max(repeats[k - 1], repeats[k + 1])]
    best = max(repeats[peaks])
    return RATE / next(k for k in peaks if repeats[k] > 0.85 * best)


def correlation(x):
    return np.fft.irfft(np.abs(np.fft.rfft(x, 8192)) ** 2)[: RATE // 70 + 1]


def test_a_shorter_vocal_tract_sounds_brighter():
    centroids = []
    for name in SPEAKERS:
        samples, timing = render_speech("a", name, 0)
        (vowel,) = timing.words
        power = np.abs(np.fft.rfft(samples[vowel.onset : vowel.end])) ** 2
        hertz = np.fft.rfftfreq(vowel.length, 1 / RATE)
        near = (hertz > 400) & (hertz < 2000)
        centroids.append(np.sum(hertz[near] * power[near]) / power[near].sum())
    tracts = [speaker.tract for speaker in SPEAKERS.values()]
    assert np.corrcoef(centroids, tracts)[0, 1] > 0.9
    assert max(centroids) > 1.25 * min(centroids)


def test_equal_characters_in_a_row_stay_two():
    for char in "aeioumnlsfz":
        samples, timing = render_speech(char * 2, "david", 1)
        first, second = timing.phones
        between = np.sqrt(np.mean(samples[second.onset - 40 : second.onset + 40] ** 2))
        middle = slice(first.onset + first.length // 3, first.end - first.length // 3)
        assert between < 0.4 * np.sqrt(np.mean(samples[middle] ** 2)), char


def told_apart(train, fresh):
    """Share of ``fresh`` (classes, draws, D) nearest to the mean of their class in ``train``."""
    mean, scale = train.mean((0, 1)), train.std((0, 1)) + 1e-6
    train, fresh = (train - mean) / scale, (fresh - mean) / scale
    centroids = train.mean(1)
    within = torch.cov((train - centroids[:, None]).flatten(0, 1).T)
    metric = torch.linalg.inv(within + 0.3 * torch.eye(len(within), dtype=torch.double))
    away = fresh[:, :, None] - centroids
    nearest = torch.einsum("lfcd,de,lfce->lfc", away, metric, away).argmin(-1)
    return (nearest == torch.arange(len(train))[:, None]).double().mean(1)


def log_mel(samples):
    mel = LogMel(sample_rate_hz=RATE, fft_size=512, hop=128, mels=40)
    return mel(torch.from_numpy(samples)).clamp_min(-8).double()


def test_characters_are_told_apart_by_ear_whoever_speaks():
    letters = ALPHABET.replace(" ", "")

    def heard(char, speaker, seed):
        samples, timing = render_speech(f"a{char}e", speaker, seed)
        span = timing.phones[1]
        thirds = log_mel(samples)[:, span.onset // 128 : span.end // 128].chunk(3, dim=-1)
        return torch.cat([part.mean(-1) for part in thirds])

    names = sorted(SPEAKERS)
    clips = torch.stack([torch.stack([heard(c, n, 0) for n in names]) for c in letters])
    fresh = torch.stack([torch.stack([heard(c, n, 1) for n in names]) for c in letters])
    right = told_apart(clips, fresh)
    assert right.mean() > 0.9
    assert right.min() >= 0.5, letters[int(right.argmin())]


def test_speakers_are_told_apart_by_ear():
    texts = ("my dog sleeps", "open the window", "good morning zoe", "his red hat", "we run away")

    def heard(speaker, text, seed):
        samples, _ = render_speech(text, speaker, seed)
        bands = log_mel(samples)
        voiced = bands[:, bands[:8].mean(0) > -4]
        return torch.cat([voiced.mean(-1), voiced.std(-1)])

    made = torch.stack(
        [torch.stack([heard(n, text, i) for i, text in enumerate(texts * 2)]) for n in SPEAKERS]
    )
    right = told_apart(made[:, :8], made[:, 8:])
    assert right.mean() >= 0.9


def test_unseen_speakers_are_none_of_the_known():
    for seed in range(200):
        speaker = draw_unseen_speaker(generator((seed,)))
        assert speaker.name not in SPEAKERS
        assert SLOWEST <= speaker.pace <= FASTEST
        for known in SPEAKERS.values():
            octaves = abs(np.log2(speaker.pitch_hz / known.pitch_hz))
            assert octaves > 0.1 or abs(np.log2(speaker.tract / known.tract)) > 0.03


def test_what_cannot_be_said_is_refused():
    with pytest.raises(DataError, match=r"no phone for '4' 'é' in 'café 4'.*a to z"):
        render_speech("café 4", "anna", 0)
    with pytest.raises(DataError, match="no phone for 'H'"):
        render_speech("Hello", "anna", 0)
    with pytest.raises(DataError, match="expected words to say"):
        render_speech("  ", "anna", 0)
    with pytest.raises(DataError, match="Did you mean 'anna'"):
        render_speech("hello", "ana", 0)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000])
def test_any_rate_sounds_the_same_below_four_kilohertz(rate):
    low, _ = render_speech("we sing a song", "felix", 2)
    other, timing = render_speech(
        "we sing a song", "felix", 2, SoundworldOptions(sample_rate_hz=rate)
    )
    for clip, hertz in ((low, RATE), (other, rate)):
        assert clip.size / hertz == pytest.approx(timing.samples / rate, abs=1e-3)
    spectra = []
    for clip, hertz in ((low, RATE), (other, rate)):
        bins = np.fft.rfftfreq(clip.size, 1 / hertz)
        power = np.abs(np.fft.rfft(clip) / hertz) ** 2
        bands = pairwise([100, 200, 400, 800, 1600, 3200])
        spectra.append([power[(bins >= a) & (bins < b)].sum() for a, b in bands])
    # Jitter and noise are drawn anew at another rate, so only coarse bands stay.
    assert np.abs(10 * np.log10(np.divide(*spectra))).max() < 4


def test_three_seconds_take_little_time():
    render_speech(LONG, "anna", 0)
    took = []
    for seed in range(5):
        start = time.perf_counter()
        samples, _ = render_speech(LONG, "anna", seed)
        took.append(time.perf_counter() - start)
    assert samples.size / RATE > 2.5
    assert min(took) < 0.1
