"""Recordings that no pair is made of: consent and licence, broken files, poor sound."""

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import spoken_corpus
import torch
from audio_omni.plugins.audioedit.voice.config import VoiceConfig
from audio_omni.plugins.audioedit.voice.reasons import REASONS
from audio_omni.plugins.audioedit.voice.screening import screen
from audio_omni.plugins.audioedit.voice.utterances import Utterance
from torchaudio.functional import resample

RATE = spoken_corpus.RATE
SAMPLES, _ = spoken_corpus.utterance("anna", spoken_corpus.SENTENCES[0])
GOOD = Utterance(
    "a", "a.wav", spoken_corpus.SENTENCES[0], "anna", licence="CC-BY-4.0", voice_consent=True
)


def outcome(tmp_path, samples=SAMPLES, rate=RATE, told=GOOD, **options):
    """The recording as it was heard, or the reason why it is rejected."""
    if samples is not None:
        soundfile.write(tmp_path / told.path, samples, rate, subtype="FLOAT")
    kept, rejected = screen([told], tmp_path, VoiceConfig(**options))
    if kept:
        assert not rejected
        return kept[0]
    (rejection,) = rejected
    assert rejection.reason in REASONS
    assert str(tmp_path) not in rejection.detail
    return rejection.reason


def test_a_good_recording_is_measured(tmp_path):
    heard = outcome(tmp_path)
    assert heard.seconds == pytest.approx(len(SAMPLES) / RATE)
    assert heard.seconds - 0.2 < heard.speech_seconds <= heard.seconds
    assert heard.snr_db == pytest.approx(41, abs=3)
    assert (heard.rate_hz, heard.channels) == (RATE, 1)
    assert heard.occupied_hz >= 7500


@pytest.mark.parametrize(
    ("consent", "given", "expected"),
    [(None, False, "no_consent"), (False, True, "no_consent"), (None, True, None)],
)
def test_without_consent_nothing_is_even_opened(tmp_path, consent, given, expected):
    told = replace(GOOD, voice_consent=consent)
    if expected:
        assert outcome(tmp_path, None, told=told, voice_consent=given) == expected
    else:
        assert outcome(tmp_path, told=told, voice_consent=given).id == "a"


def test_who_says_no_once_is_left_out_of_all(tmp_path):
    soundfile.write(tmp_path / "a.wav", SAMPLES, RATE)
    told = [GOOD, replace(GOOD, id="b", voice_consent=False), replace(GOOD, id="c", speaker="x")]
    kept, rejected = screen(told, tmp_path, VoiceConfig(voice_consent=True))
    assert [one.id for one in kept] == ["c"]
    assert {(one.id, one.reason) for one in rejected} == {("a", "no_consent"), ("b", "no_consent")}


@pytest.mark.parametrize(
    "path", ["a\u0000.wav", "x" * 5000, ".", "../gone.wav", "a.wav/b", "\ud800.wav"]
)
def test_odd_paths_are_no_recordings(tmp_path, path):
    soundfile.write(tmp_path / "a.wav", SAMPLES, RATE)
    kept, (rejection,) = screen([replace(GOOD, path=path)], tmp_path, VoiceConfig())
    assert kept == []
    assert rejection.reason in {"missing", "undecodable"}
    assert str(tmp_path) not in rejection.detail


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        (None, "licence_unknown"),
        ("all rights reserved", "licence_unknown"),
        ("CC0-1.0 AND whatever", "licence_unknown"),
        ("CC-BY-ND-4.0", "licence_forbids"),
        ("CC0-1.0 AND CC-BY-NC-ND-4.0", "licence_forbids"),
    ],
)
def test_a_licence_that_does_not_allow_it_is_none(tmp_path, licence, expected):
    assert outcome(tmp_path, None, told=replace(GOOD, licence=licence)) == expected


def test_a_licence_for_research_alone_will_do(tmp_path):
    assert outcome(tmp_path, told=replace(GOOD, licence="CC BY-NC-SA 4.0")).id == "a"


def test_only_speakers_of_the_test_split_are_heard(tmp_path):
    assert outcome(tmp_path, None, told=replace(GOOD, split="train")) == "other_split"
    assert outcome(tmp_path, told=replace(GOOD, split="test"), test_share=1e-9).id == "a"
    assert outcome(tmp_path, None, test_share=1e-9) == "other_split"


def test_a_drawn_split_belongs_to_the_speaker(tmp_path):
    soundfile.write(tmp_path / "a.wav", SAMPLES, RATE)
    told = [
        replace(GOOD, id=f"{speaker}-{i}", speaker=f"s{speaker}")
        for speaker in range(40)
        for i in range(3)
    ]
    _, rejected = screen(told, tmp_path, VoiceConfig(test_share=0.5))
    others = [one.id.split("-")[0] for one in rejected if one.reason == "other_split"]
    counts = {speaker: others.count(speaker) for speaker in others}
    assert set(counts.values()) == {3}
    assert 10 <= len(counts) <= 30


def faulty():
    nan, late = SAMPLES.copy(), SAMPLES.copy()
    nan[5] = np.nan
    loud = np.clip(SAMPLES * 40, -1, 1)
    few = late.copy()
    few[100:103] = 1.0
    phone = resample(resample(torch.from_numpy(SAMPLES), RATE, 8000), 8000, RATE).numpy()
    noise = np.random.default_rng(0).normal(0, 0.03, len(SAMPLES)).astype(np.float32)
    return {
        "not_finite": (nan, RATE),
        "silent": (SAMPLES * 1e-5, RATE),
        "clipped": (loud, RATE),
        "clipped a little": (few, RATE),
        "dc_offset": (SAMPLES * 0.5 + 0.1, RATE),
        "too_short": (SAMPLES[: RATE // 2], RATE),
        "too_long": (np.tile(SAMPLES, 9), RATE),
        "low_rate": (SAMPLES[::2], 8000),
        "narrow_band": (phone, RATE),
        "noisy": (SAMPLES + noise, RATE),
    }


@pytest.mark.parametrize("name", list(faulty()))
def test_poor_sound_is_rejected_with_its_reason(tmp_path, name):
    samples, rate = faulty()[name]
    assert outcome(tmp_path, samples.astype(np.float32), rate) == name.removesuffix(" a little")


def test_files_that_cannot_be_read_are_rejected(tmp_path):
    assert outcome(tmp_path, None) == "missing"
    (tmp_path / "a.wav").write_bytes(b"")
    assert outcome(tmp_path, None) == "undecodable"
    (tmp_path / "a.wav").write_bytes(b"no sound at all" * 99)
    assert outcome(tmp_path, None) == "undecodable"
    soundfile.write(tmp_path / "a.wav", SAMPLES, RATE)
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(whole[: len(whole) // 2])
    assert outcome(tmp_path, None) == "undecodable"


def test_channels_that_cancel_leave_the_louder_one(tmp_path):
    heard = outcome(tmp_path, np.stack([SAMPLES, -SAMPLES * 0.99], axis=1))
    assert heard.channels == 2
    assert heard.sha256 == outcome(tmp_path).sha256


def test_a_wrong_suffix_does_not_matter(tmp_path):
    told = replace(GOOD, path="a.flac")
    soundfile.write(tmp_path / "x.wav", SAMPLES, RATE, subtype="FLOAT")
    (tmp_path / "x.wav").rename(tmp_path / "a.flac")
    assert outcome(tmp_path, None, told=told).sha256 == outcome(tmp_path).sha256


@pytest.mark.parametrize(("other", "left"), [("anna", ["a"]), ("boris", [])])
def test_copies_count_once_and_not_at_all_if_they_are_of_two_speakers(tmp_path, other, left):
    for name in "ab":
        soundfile.write(tmp_path / f"{name}.wav", SAMPLES, RATE)
    told = [GOOD, replace(GOOD, id="b", path="b.wav", speaker=other)]
    kept, rejected = screen(told[::-1], tmp_path, VoiceConfig())
    assert [one.id for one in kept] == left
    assert {one.reason for one in rejected} == {"duplicate_recording"}
    assert json.dumps([one.detail for one in rejected])
