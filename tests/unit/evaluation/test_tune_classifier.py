import pytest
import torch
from audio_omni.core.errors import CheckpointError, ConfigError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.metrics.event_heard import MoodHeard
from audio_omni.evaluation.tune_classifier import LAGS, TuneClassifier, interval_features
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.source import SoundworldSource

RATE = 16000


def tune(*notes, beat_s=0.5, tonic=60):
    t = torch.arange(round(beat_s * RATE)) / RATE
    fade = torch.exp(-t / 0.3)
    parts = [fade * torch.sin(2 * torch.pi * 440 * 2 ** ((tonic + n - 69) / 12) * t) for n in notes]
    return Waveform(0.3 * torch.cat(parts)[None], RATE)


def heard(clip):
    whole, opening = interval_features(clip).reshape(2, LAGS, 12)
    return whole, opening


def test_lags_tell_the_beat_and_intervals_the_step():
    """Half a beat later a note still sounds, a whole beat later it is a major third higher."""
    whole, _ = heard(tune(0, 4, 8, 0, beat_s=0.512))
    assert int(whole[3].argmax()) == 0
    assert int(whole[8].argmax()) == 4


def test_the_opening_is_heard_on_its_own():
    _, opening = heard(tune(0, 7, 9, 9, 9, 9, beat_s=0.64))
    assert int(opening[10].argmax()) == 7


def test_the_key_matters_less_than_the_mode():
    major, elsewhere = (interval_features(tune(0, 4, 7, 5, tonic=n)) for n in (60, 63))
    minor = interval_features(tune(0, 3, 7, 5))
    assert float((major - elsewhere).norm()) < 0.5 * float((major - minor).norm())


@pytest.fixture(scope="module")
def rows():
    source = SoundworldSource("scenes", SoundworldOptions())
    return [source.row(50_000 + i) for i in range(240)]


@pytest.fixture(scope="module")
def trained(rows):
    moods = [row.truth["mood"] for row in rows]
    return MoodHeard.train_classifier([row.audio() for row in rows], moods, seed=0)


def test_hears_the_mood_of_tunes_it_never_met(trained):
    """Of four; thousands of tunes to learn from get nearly all."""
    held_out = SoundworldSource("scenes", SoundworldOptions()).held_out()
    metric = MoodHeard(classifier=trained)
    for i in range(60):
        row = held_out.row(i)
        metric.update(Measured(row.audio(), truth=row.truth))
    assert metric.compute().value > 0.7


def test_probabilities_carry_the_labels(trained, rows):
    chances = trained.predict(rows[0].audio())
    assert tuple(chances) == trained.labels == ("calm", "happy", "sad", "tense")
    assert sum(chances.values()) == pytest.approx(1)


def test_the_same_seed_gives_the_same_weights(rows):
    clips, moods = [row.audio() for row in rows[:8]], [row.truth["mood"] for row in rows[:8]]
    state = torch.random.get_rng_state()
    first, again, other = (TuneClassifier.fit(clips, moods, seed, epochs=1) for seed in (3, 3, 4))
    assert torch.equal(state, torch.random.get_rng_state())
    assert first.digest == again.digest != other.digest


def test_saves_and_loads(trained, rows, tmp_path):
    path = tmp_path / "ear.safetensors"
    trained.save(path)
    loaded = TuneClassifier.load(path)
    assert loaded.digest == trained.digest
    assert loaded.predict(rows[1].audio()) == trained.predict(rows[1].audio())
    path.write_bytes(b"\x80\x04 a pickle")
    with pytest.raises(CheckpointError, match="Cannot read TuneClassifier"):
        TuneClassifier.load(path)


def test_refuses_labels_that_do_not_fit():
    with pytest.raises(ConfigError, match="2 clips with 1 labels"):
        TuneClassifier.fit([tune(0), tune(1)], ["sad"], seed=0)
    with pytest.raises(ConfigError, match="of 1 kinds"):
        TuneClassifier.fit([tune(0), tune(1)], ["sad", "sad"], seed=0)


def test_short_and_silent_clips_are_heard_or_refused(trained):
    short = Waveform(tune(0).samples[:, :4096], RATE)
    assert bool(torch.isfinite(interval_features(short)).all())
    silent = Waveform(torch.zeros(1, RATE), RATE)
    assert sum(trained.predict(silent).values()) == pytest.approx(1)
    with pytest.raises(RequestError, match="more than 2048"):
        trained.predict(Waveform(torch.zeros(1, 2048), RATE))
    with pytest.raises(RequestError, match="non-finite"):
        trained.predict(Waveform(torch.full((1, RATE), float("nan")), RATE))
