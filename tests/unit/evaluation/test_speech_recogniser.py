import pytest
import torch
from audio_omni.core.errors import CheckpointError, ConfigError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.hearing import padded
from audio_omni.evaluation.metrics.character_error_rate import (
    CharacterErrorRate,
    CharacterErrorRateInside,
)
from audio_omni.evaluation.metrics.config import CharacterErrorRateConfig
from audio_omni.evaluation.speech_recogniser import HEARING, SpeechRecogniser
from audio_omni.evaluation.spelling import edit_distance
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.source import SoundworldSource, render_speech

RATE = 16000
FAR = 50_000
"""First row to learn from: no other test listens to those."""


def said(text, speaker="david", seed=0):
    return Waveform(torch.from_numpy(render_speech(text, speaker, seed)[0])[None], RATE)


@pytest.fixture(scope="module")
def trained():
    source = SoundworldSource("speech", SoundworldOptions())
    rows = [source.row(FAR + i) for i in range(240)]
    texts = [row.fields["transcript"] for row in rows]
    return SpeechRecogniser.fit([row.audio() for row in rows], texts, seed=0, epochs=6)


def rate(trained, clip, metric=CharacterErrorRate, config=None, truth=None, **fields):
    measured = Measured(generated=clip, fields=fields, truth=truth or {})
    return metric(config, recogniser=trained).score(measured)


def test_spells_sentences_it_never_met(trained):
    """A minute's training gets under 1 %; this fixture takes seconds."""
    source = SoundworldSource("speech", SoundworldOptions()).held_out()
    rows = [source.row(i) for i in range(30)]
    rates = [rate(trained, row.audio(), **row.fields) for row in rows]
    others = [rate(trained, rows[i - 1].audio(), **row.fields) for i, row in enumerate(rows)]
    assert sum(rates) / len(rates) < 0.15
    assert sum(others) / len(others) > 0.7


def test_level_and_sample_rate_do_not_matter(trained):
    import torchaudio

    clip = said("the old farmer sings")
    heard = trained.transcribe(clip)
    quiet = Waveform(clip.samples * 0.01, RATE)
    assert trained.transcribe(quiet) == heard
    samples = torchaudio.functional.resample(clip.samples, RATE, 44100)
    resampled = trained.transcribe(Waveform(samples, 44100))
    assert edit_distance(resampled, heard) <= 1


def test_silence_says_nothing(trained):
    assert trained.transcribe(Waveform(torch.zeros(1, RATE), RATE)) == ""


def test_a_clip_is_heard_the_same_beside_a_longer_one(trained):
    features = HEARING.features([said("a cab"), said("a bad old cab")])
    together, lengths = trained(*padded(features))
    alone, length = trained(*padded(features[:1]))
    assert lengths[0] == length[0]
    torch.testing.assert_close(together[:1, :, : length[0]], alone, atol=1e-4, rtol=1e-4)


def test_the_same_seed_gives_the_same_weights():
    lines = ["bad cab", "a bed", "feed me"]
    clips = [said(line) for line in lines]
    state = torch.random.get_rng_state()
    first, again, other = (
        SpeechRecogniser.fit(clips, lines, seed=seed, epochs=1) for seed in (3, 3, 4)
    )
    assert torch.equal(state, torch.random.get_rng_state())
    assert first.digest == again.digest != other.digest
    assert CharacterErrorRate.train_recogniser(clips, lines, seed=3).digest != first.digest


def test_saves_and_loads(trained, tmp_path):
    path = tmp_path / "ear.safetensors"
    trained.save(path)
    loaded = SpeechRecogniser.load(path)
    assert loaded.digest == trained.digest
    assert loaded.transcribe(said("come today")) == trained.transcribe(said("come today"))
    path.write_bytes(b"\x80\x04 a pickle")
    with pytest.raises(CheckpointError, match="Cannot read SpeechRecogniser"):
        SpeechRecogniser.load(path)


@pytest.mark.parametrize("transcripts", [["a"], ["a", "?!"]])
def test_refuses_transcripts_that_do_not_fit(transcripts):
    with pytest.raises(ConfigError, match="one with letters for every clip"):
        SpeechRecogniser.fit([said("a"), said("b")], transcripts, seed=0)


def test_refuses_more_letters_than_a_clip_has_time_for():
    """Ten steps of 32 ms hold ten letters, but not five pairs of equal ones."""
    clip = Waveform(torch.ones(1, 19 * 256), RATE)
    with pytest.raises(ConfigError, match=r"clip 0 of 0\.32 s, in which 'aabbccddee' was said"):
        SpeechRecogniser.fit([clip], ["aabbccddee"], seed=0)
    SpeechRecogniser.fit([clip], ["abcdeabcde"], seed=0, epochs=1)


def test_refuses_audio_it_cannot_hear(trained):
    with pytest.raises(RequestError, match="non-finite"):
        trained.transcribe(Waveform(torch.full((1, RATE), float("nan")), RATE))
    with pytest.raises(RequestError, match="half an analysis window"):
        trained.transcribe(Waveform(torch.zeros(1, 100), RATE))


class Ear:
    """Hears what it was told to hear."""

    digest = "ear"

    def __init__(self, text=""):
        self.text = text

    def transcribe(self, waveform):
        self.heard = waveform
        return self.text


def test_rate_counts_letters_and_is_limited():
    clip = Waveform(torch.zeros(1, RATE), RATE)
    assert rate(Ear("abcd"), clip, transcript="ABCD!") == 0.0
    assert rate(Ear("abcd"), clip, transcript="abca") == 0.25
    assert rate(Ear("abcdabcd"), clip, transcript="a") == 1.0
    unlimited = CharacterErrorRateConfig(limit=None)
    assert rate(Ear("abcdabcd"), clip, config=unlimited, transcript="a") == 7.0


@pytest.mark.parametrize("transcript", [None, "", "42", ["a"]])
def test_a_row_without_letters_is_refused(transcript):
    with pytest.raises(RequestError, match=r"needs fields\['transcript'\]"):
        rate(Ear(), said("a"), transcript=transcript)


def test_without_a_recogniser_it_says_how_to_get_one():
    with pytest.raises(RequestError, match="train_recogniser"):
        rate(None, said("a"), transcript="a")


SPAN = [[0.5, 0.8]]
WORDS = [
    {"word": "bad", "onset_s": 0.1, "length_s": 0.3},
    {"word": "cab", "onset_s": 0.5, "length_s": 0.3},
    {"word": "deed", "onset_s": 0.9, "length_s": 0.4},
]


def test_inside_the_span_only_its_sound_and_its_words_count():
    ear = Ear("cab")
    clip = Waveform(torch.arange(2 * RATE)[None] / RATE, RATE)
    truth = {"words": WORDS, "span": SPAN}
    assert rate(ear, clip, CharacterErrorRateInside, truth=truth, transcript="bad cab deed") == 0.0
    assert ear.heard.samples[0, 0] == pytest.approx(0.48)
    assert ear.heard.seconds == pytest.approx(0.34)
    assert ear.heard.conversions == ("cut to the edited spans",)
    assert rate(Ear("bad"), clip, CharacterErrorRateInside, truth=truth) == pytest.approx(2 / 3)


def test_edited_words_of_the_world_are_heard_inside(trained):
    source = SoundworldSource("speech_editing", SoundworldOptions()).held_out()
    rows = [source.row(i) for i in range(12)]
    rates = {
        name: [
            rate(trained, load(), CharacterErrorRateInside, truth=row.truth, **row.fields)
            for row in rows
            for load in (row.audio if name == "target" else row.media["source_audio"],)
        ]
        for name in ("target", "source")
    }
    assert sum(rates["target"]) / 12 < 0.3
    assert sum(rates["source"]) / 12 > sum(rates["target"]) / 12 + 0.3


@pytest.mark.parametrize(
    ("words", "span", "message"),
    [
        (WORDS, [[0.41, 0.45]], "found none of 3 words in the edited spans"),
        (None, SPAN, r"needs truth\['words'\]"),
        (WORDS, None, r"needs truth\['span'\]"),
        ([{**WORDS[1], "onset_s": 5.1}], [[5.0, 6.0]], "expected spans within it"),
    ],
)
def test_a_span_without_words_or_outside_the_clip_is_refused(words, span, message):
    clip, truth = Waveform(torch.zeros(1, RATE), RATE), {"words": words, "span": span}
    with pytest.raises(RequestError, match=message):
        rate(Ear("cab"), clip, CharacterErrorRateInside, truth=truth)
