"""Every registered metric keeps the contract."""

from dataclasses import replace

import pytest
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Answered, Measured
from audio_omni.evaluation.event_classifier import EventClassifier
from audio_omni.plugins.testing import MetricContract

RATE = 16000


def noise(seed, gain=0.1):
    generator = torch.Generator().manual_seed(seed)
    return Waveform(torch.randn(1, RATE // 2, generator=generator) * gain, RATE)


def burst(seed, onset_s):
    samples = noise(seed).samples.clone()
    samples[:, : int(onset_s * RATE)] *= 1e-3
    return Waveform(samples, RATE)


def tone(hz):
    seconds = torch.arange(RATE // 2) / RATE
    return Waveform(0.1 * torch.sin(2 * torch.pi * hz * seconds)[None], RATE)


class OfPairs(MetricContract):
    plugin = "audio_omni.evaluation.metrics.plugin"

    def clips(self):
        return [
            Measured(
                generated=noise(index, gain=0.05 * (index + 1)),
                reference=noise(index + 100),
                source=noise(index + 200),
                truth={"span": [[0.1, 0.3]]},
            )
            for index in range(4)
        ]


class TestLsd(OfPairs):
    name = "lsd"


class TestLsdInside(OfPairs):
    name = "lsd_inside"


class TestLsdOutside(OfPairs):
    name = "lsd_outside"


class TestLogMelDistance(OfPairs):
    name = "log_mel_distance"


class TestLogMelDistanceInside(OfPairs):
    name = "log_mel_distance_inside"


class TestLogMelDistanceOutside(OfPairs):
    name = "log_mel_distance_outside"


class TestMelCepstralDistortion(OfPairs):
    name = "mel_cepstral_distortion"


class TestSiSdr(OfPairs):
    name = "si_sdr"


class TestSiSdrOutside(OfPairs):
    name = "si_sdr_outside"


class TestLsdFloor80(OfPairs):
    name = "lsd_floor_80"


class TestLsdFloor120(OfPairs):
    name = "lsd_floor_120"


class TestLsdBelow11k(OfPairs):
    name = "lsd_below_11k"


class TestLoudnessChange(OfPairs):
    name = "loudness_change"


@pytest.fixture(scope="module")
def classifier():
    return EventClassifier.fit(
        [noise(i, 0.2 / (1 + 9 * (i % 2))) for i in range(8)], list("ab") * 4, 0
    )


class TestDurationRatio(OfPairs):
    name = "duration_ratio"

    def clips(self):
        """Sounds that begin later and later; those of the references at once."""
        return [
            replace(clip, generated=burst(index, 0.05 * (index + 1)))
            for index, clip in enumerate(super().clips())
        ]


class TestOutsideEqual(OfPairs):
    name = "outside_equal"

    def clips(self):
        part = {"start_seconds": 0.1, "end_seconds": 0.2, "new_seconds": 0.1}
        return [replace(clip, fields=part) for clip in super().clips()]


class OfEvents(MetricContract):
    plugin = "audio_omni.evaluation.metrics.plugin"
    identity_is_best = False

    @pytest.fixture(autouse=True)
    def _listen(self, classifier):
        self.classifier = classifier

    def build(self):
        return self.implementation(self.config, classifier=self.classifier)

    def clips(self):
        return [
            Measured(
                generated=noise(i, 0.2 / (1 + 9 * (i % 2))),
                truth=dict.fromkeys(("label", "mood", "speaker", "word"), label),
            )
            for i, label in enumerate("abba")
        ]


class TestEventHeard(OfEvents):
    name = "event_heard"


class TestEventHeardTop1(OfEvents):
    name = "event_heard_top1"


class TestInstrumentHeard(OfEvents):
    name = "instrument_heard"


class TestMoodHeard(OfEvents):
    name = "mood_heard"


class TestSpeakerHeard(OfEvents):
    name = "speaker_heard"


class TestWordHeard(OfEvents):
    name = "word_heard"


class OfRecordings(MetricContract):
    """Noises and tones, each with another take of its kind as reference; the last is no tone."""

    plugin = "audio_omni.evaluation.metrics.plugin"

    def build(self):
        return self.implementation(self.config, recordings=self.clips())

    def clips(self):
        return [
            Measured(
                generated=tone(440 + i) if i == 1 else noise(i),
                reference=noise(i + 100) if label == "noise" else tone(450 + i),
                truth={"label": label, "speaker": label},
            )
            for i, label in enumerate(["noise", "tone", "noise", "tone"])
        ]


class TestOwnRecordingNearer(OfRecordings):
    name = "own_recording_nearer"


class TestOwnVoiceNearer(OfRecordings):
    name = "own_voice_nearer"


class TestExactMatch(MetricContract):
    plugin = "audio_omni.evaluation.metrics.plugin"
    name = "exact_match"

    def clips(self):
        return [
            Answered("a dog", fields={"answer": answer}, truth={"skill": "sound"})
            for answer in ("dog", "a cat", "two", "the drum")
        ]

    def perfect(self):
        return [replace(clip, answer=clip.fields["answer"]) for clip in self.clips()]


class OfOnsets(MetricContract):
    plugin = "audio_omni.evaluation.metrics.plugin"
    identity_is_best = False

    def clips(self):
        return [
            Measured(
                generated=noise(i),
                truth={key: [{"onset_s": 0.1 * i}] for key in ("events", "notes")},
            )
            for i in range(4)
        ]


class TestOnsetError(OfOnsets):
    name = "onset_error"


class TestOnsetErrorAtRandom(OfOnsets):
    name = "onset_error_at_random"


class TestBeatError(OfOnsets):
    name = "beat_error"


class TestBeatErrorAtRandom(OfOnsets):
    name = "beat_error_at_random"


class OfRecordedOnsets(MetricContract):
    plugin = "audio_omni.evaluation.metrics.plugin"
    identity_is_best = False

    def clips(self):
        return [
            Measured(generated=burst(i, 0.1 + 0.05 * i), reference=burst(i + 10, 0.2))
            for i in range(4)
        ]


class TestReferenceOnsetError(OfRecordedOnsets):
    name = "reference_onset_error"
    identity_is_best = True


class TestReferenceOnsetErrorAtRandom(OfRecordedOnsets):
    name = "reference_onset_error_at_random"


class Ear:
    """Hears a level as a word."""

    digest = "ear"

    def transcribe(self, waveform):
        return "loud" if float(waveform.samples.abs().max()) > 0.5 else "soft voice"


class OfSpeech(MetricContract):
    plugin = "audio_omni.evaluation.metrics.plugin"
    identity_is_best = False

    def build(self):
        return self.implementation(self.config, recogniser=Ear())

    def clips(self):
        return [
            Measured(
                generated=noise(i, gain),
                fields={"transcript": "a loud voice"},
                truth={
                    "span": [[0.1, 0.3]],
                    "words": [{"word": "loud", "onset_s": 0.1, "length_s": 0.2}],
                },
            )
            for i, gain in enumerate((0.01, 0.02, 1.0, 2.0))
        ]


class TestCharacterErrorRate(OfSpeech):
    name = "character_error_rate"


class TestCharacterErrorRateInside(OfSpeech):
    name = "character_error_rate_inside"
