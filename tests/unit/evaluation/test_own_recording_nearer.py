import numpy as np
import pytest
import torch
from audio_omni.core.errors import RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.event_classifier import EventClassifier
from audio_omni.evaluation.metrics.own_recording_nearer import OwnRecordingNearer, OwnVoiceNearer
from audio_omni.evaluation.timbre import Timbre

RATE = 16000


def harmonic(rng, hz, seconds=1.0, begin_s=0.0):
    """Return a decaying tone with its harmonics, as an instrument plays it."""
    at = np.arange(int(seconds * RATE)) / RATE - begin_s
    partials = sum(np.sin(2 * np.pi * hz * k * at + rng.uniform(0, 6)) / k for k in range(1, 6))
    sound = 0.1 * partials * np.exp(-3 * at) * (at >= 0)
    return Waveform(torch.tensor(sound[None], dtype=torch.float32), RATE)


def rows(seed, kinds=4, takes=3):
    """Return takes of some kinds of tone, each beside another take of its kind."""
    rng = np.random.default_rng(seed)
    return [
        Measured(
            generated=harmonic(rng, hz * rng.uniform(0.98, 1.02), begin_s=rng.uniform(0, 0.3)),
            reference=harmonic(rng, hz * rng.uniform(0.98, 1.02)),
            truth={"label": f"{hz} Hz", "speaker": f"{hz}"},
        )
        for hz in (150 * 2**k for k in range(kinds))
        for _ in range(takes)
    ]


def value(metric, clips):
    for clip in clips:
        metric.update(clip)
    return metric.compute().value


def test_another_take_of_the_kind_is_nearer_than_other_kinds_wherever_it_begins():
    clips = rows(0)
    assert value(OwnRecordingNearer(recordings=clips), clips) > 0.9


def test_clips_that_know_nothing_of_their_rows_score_a_half():
    rng = np.random.default_rng(1)
    scores = []
    for seed in range(8):
        clips = rows(seed)
        order = rng.permutation(len(clips))
        mixed = [
            Measured(clips[j].generated, clip.reference, truth=clip.truth)
            for clip, j in zip(clips, order, strict=True)
        ]
        scores.append(value(OwnRecordingNearer(recordings=clips), mixed))
    assert abs(np.mean(scores) - 0.5) < 3 * np.std(scores) / np.sqrt(len(scores)) + 0.05


def test_a_recording_of_the_same_kind_is_no_other():
    clips = rows(0, kinds=2, takes=4)
    fingerprint = OwnRecordingNearer(recordings=clips).fingerprint()
    assert (fingerprint["recordings"], fingerprint["kinds"]) == (8, 2)
    with pytest.raises(RequestError, match="no recording of another kind than '150 Hz', of 4"):
        OwnRecordingNearer(recordings=clips[:4]).score(clips[0])


def test_rows_that_do_not_tell_are_refused_with_what_to_do():
    clips = rows(0)
    metric = OwnRecordingNearer(recordings=clips)
    untold = Measured(clips[0].generated, clips[0].reference)
    with pytest.raises(RequestError, match=r"truth\['label'\].*option 'kind_from'"):
        metric.score(untold)
    with pytest.raises(RequestError, match="own recording, and there is no reference"):
        metric.score(Measured(clips[0].generated, truth=clips[0].truth))


def test_voices_are_told_apart_by_a_classifier_of_other_voices():
    rng = np.random.default_rng(2)
    others = [(hz, harmonic(rng, hz)) for hz in (200, 350, 900) for _ in range(8)]
    classifier = OwnVoiceNearer.train_classifier(
        [clip for _, clip in others], [str(hz) for hz, _ in others], 0
    )
    assert isinstance(classifier, EventClassifier)
    clips = rows(3)
    metric = OwnVoiceNearer(recordings=clips, classifier=classifier)
    assert value(metric, clips) > 0.9
    assert metric.fingerprint()["describer"] == classifier.digest


def test_a_description_does_not_depend_on_level_or_on_when_a_sound_begins():
    rng = np.random.default_rng(0)
    clip = harmonic(rng, 300, seconds=1.0)
    quiet = Waveform(clip.samples * 0.1, RATE)
    late = Waveform(torch.nn.functional.pad(clip.samples, (RATE // 2, 0))[:, :RATE], RATE)
    timbre = Timbre()
    other = harmonic(rng, 700, seconds=1.0)
    bands = slice(0, 40)
    described = timbre.describe(clip)[bands]
    apart = (timbre.describe(other)[bands] - described).norm()
    assert torch.allclose(timbre.describe(quiet), timbre.describe(clip), atol=0.05)
    assert (timbre.describe(late)[bands] - described).norm() < 0.2 * apart
