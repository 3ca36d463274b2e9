import hashlib
import subprocess
import sys

import numpy as np
import pytest
import torch
from audio_omni.core.media.mel import LogMel
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.source import SoundworldSource, render_labelled
from audio_omni.plugins.soundworld.vocabulary import EVENT_LABELS

SCENES = ("add", "extract", "music", "remove", "sounds", "style_transfer")
FLOOR_DB = -45
PINNED = {
    "add": "71d1dcfe5321cea367701a9480ee3672",
    "extract": "1e06709fc391cbe10ec5e9c5c0bad55a",
    "music": "b2d02c80120bb76310267ad687f2d2b8",
    "remove": "08c4e66077aa87bb845ada3eec085020",
    "sounds": "959254ebdf101a44e1dd1a7e1cf1a55d",
    "style_transfer": "c9911be948ddbb34daa50ea39b249474",
}
"""SHA-256 of the levels of rows 1, 2 and 7; a change needs a new WORLD_VERSION."""
SAME_BYTES = """
import hashlib, sys
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.source import SoundworldSource
state = hashlib.sha256()
for locator in sys.argv[1:]:
    state.update(SoundworldSource(locator, SoundworldOptions()).render(5).target.tobytes())
print(state.hexdigest())
"""


def levels(clip):
    """Whole decibels of int16-rounded sound in 60 blocks of 50 ms × 8 octaves.

    Samples differ in the last bit between processors, since their vector units round sines
    differently; levels do not.
    """
    blocks = np.rint(clip.astype(np.float64) * 32767).reshape(60, 800) / 32767
    power = np.abs(np.fft.rfft(blocks, axis=1)[:, 1:]) ** 2 / 800**2
    octaves = np.add.reduceat(power, [0, 3, 6, 12, 25, 50, 100, 200], axis=1)
    return np.maximum(FLOOR_DB, np.rint(10 * np.log10(octaves + 1e-20))).astype(np.int8)


@pytest.mark.parametrize("locator", SCENES)
def test_rows_sound_as_ever(locator):
    source, state = SoundworldSource(locator, SoundworldOptions()), hashlib.sha256()
    for index in (1, 2, 7):
        state.update(levels(source.render(index).target).tobytes())
    assert state.hexdigest()[:32] == PINNED[locator]


def test_another_process_renders_the_same_bytes():
    command = [sys.executable, "-c", SAME_BYTES, *SCENES]
    state = hashlib.sha256()
    for locator in SCENES:
        state.update(SoundworldSource(locator, SoundworldOptions()).render(5).target.tobytes())
    again = subprocess.check_output(command, text=True)
    assert again.strip() == state.hexdigest()


@pytest.mark.parametrize("locator", SCENES)
def test_the_snr_on_record_is_the_one_rendered(locator):
    source = SoundworldSource(locator, SoundworldOptions())
    low, high = source.options.snr_db
    assert (low, high) == (5, 18)
    for index in range(20):
        plan, made, truth = source.plan(index), source.render(index), source.row(index).truth
        if plan.melody is None:
            spans = [(event.onset, event.onset + event.length) for event in plan.events]
        else:
            first, last = plan.melody.notes[0], plan.melody.notes[-1]
            spans = [(first.onset, last.onset + last.length)] * len(made.stems)
        bed = np.mean(np.square(made.background, dtype=np.float64))
        told = list(truth["snr_db"]) * (len(made.stems) // len(truth["snr_db"]))
        for (start, end), stem, snr_db in zip(spans, made.stems, told, strict=True):
            power = np.mean(np.square(stem[start:end], dtype=np.float64))
            assert 10 * np.log10(power / bed) == pytest.approx(snr_db, abs=0.05)
            assert low <= snr_db <= high
            assert not stem[:start].any()
            assert not stem[end:].any()


@pytest.mark.parametrize("label", EVENT_LABELS)
def test_an_event_starts_and_ends_without_a_click(label):
    for seed in range(6):
        made, plan = render_labelled(label, seed)
        (event,), (stem,) = plan.events, made.stems
        ends = np.abs(stem[[event.onset, event.onset + event.length - 1]])
        assert ends.max() < 0.01 * np.abs(stem).max()
        loudest = np.abs(stem[event.onset : event.onset + event.length]).max()
        assert loudest > 2 * np.sqrt(np.mean(made.background**2))


def test_a_timbre_swap_keeps_onsets_pitch_and_envelope():
    source = SoundworldSource("style_transfer", SoundworldOptions())
    for index in range(12):
        plan = source.plan(index)
        old, new = source.render(index).stems
        assert plan.melody.instrument != plan.melody.other_instrument
        envelopes = [np.sqrt(np.mean(stem.reshape(-1, 800) ** 2, axis=1)) for stem in (old, new)]
        assert np.corrcoef(envelopes)[0, 1] > 0.98
        for note in plan.melody.notes:
            pitches = []
            for stem in (old, new):
                part = stem[note.onset : note.onset + note.length]
                spectrum = np.abs(np.fft.rfft(part * np.hanning(part.size), 65536))
                bin_hz = 440 * 2 ** ((note.midi - 69) / 12) * 65536 / plan.rate
                near = slice(round(bin_hz * 0.9), round(bin_hz * 1.1))
                pitches.append(near.start + int(spectrum[near].argmax()))
            assert abs(pitches[0] - pitches[1]) <= 3


def test_the_kinds_are_told_apart_by_their_sound():
    mel = LogMel(sample_rate_hz=16000, fft_size=1024, hop=256, mels=64)
    draws, trained_on = 24, 16

    def features(label, seed):
        bands = mel(torch.from_numpy(render_labelled(label, seed)[0].mixture))
        movement = bands.diff(dim=-1).abs().mean(-1)
        return torch.cat([bands.mean(-1), bands.quantile(0.98, -1), bands.std(-1), 3 * movement])

    clips = torch.stack([features(name, i) for name in EVENT_LABELS for i in range(draws)]).double()
    clips = clips.view(len(EVENT_LABELS), draws, -1)
    train, fresh = clips[:, :trained_on], clips[:, trained_on:]
    mean, scale = train.mean((0, 1)), train.std((0, 1)) + 1e-6
    train, fresh = (train - mean) / scale, (fresh - mean) / scale
    centroids = train.mean(1)
    within = torch.cov((train - centroids[:, None]).flatten(0, 1).T)
    metric = torch.linalg.inv(within + 0.3 * torch.eye(within.shape[0], dtype=torch.double))
    away = fresh[:, :, None] - centroids
    nearest = torch.einsum("lfcd,de,lfce->lfc", away, metric, away).argmin(-1)
    right = (nearest == torch.arange(len(EVENT_LABELS))[:, None]).double()
    assert right.mean() >= 0.75
    assert right.mean(1).min() >= 3 / 8
