import pytest
import torch
from audio_omni.core.errors import CheckpointError, ConfigError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.event_classifier import HEARING, EventClassifier
from audio_omni.evaluation.hearing import padded
from audio_omni.evaluation.metrics.event_heard import (
    EventHeard,
    EventHeardTop1,
    InstrumentHeard,
    MoodHeard,
    SpeakerHeard,
)

RATE = 16000
TONES = {"high": 4000.0, "low": 400.0, "middle": 1500.0}


def scene(labels, seed):
    generator = torch.Generator().manual_seed(seed)
    samples = torch.randn(1, RATE, generator=generator) * 0.01
    t = torch.arange(RATE // 4) / RATE
    for label in labels:
        onset = int(torch.randint(RATE * 3 // 4, (1,), generator=generator))
        level = 0.1 + 0.2 * float(torch.rand(1, generator=generator))
        samples[0, onset : onset + RATE // 4] += level * torch.sin(2 * torch.pi * TONES[label] * t)
    return Waveform(samples, RATE)


def scenes(first_seed, count):
    names = sorted(TONES)
    labels = [[names[i % 3]] if i % 2 else [names[i % 3], names[(i + 1) % 3]] for i in range(count)]
    return [scene(item, first_seed + i) for i, item in enumerate(labels)], labels


@pytest.fixture(scope="module")
def trained():
    return EventClassifier.fit(*scenes(0, 150), seed=0)


def test_hears_events_of_scenes_it_never_met(trained):
    clips, labels = scenes(10_000, 40)
    assert trained.accuracy(clips, labels) > 0.85
    assert trained.accuracy(clips, labels, top=1) > 0.85


def test_probabilities_carry_the_labels(trained):
    chances = trained.predict(scene(["low"], 77))
    assert tuple(chances) == trained.labels == ("high", "low", "middle")
    assert max(chances, key=chances.get) == "low"
    assert all(0 <= value <= 1 for value in chances.values())


def test_predicts_clips_of_other_rate_and_length(trained):
    t = torch.arange(44100) / 44100
    tone = 0.2 * torch.sin(2 * torch.pi * TONES["low"] * t)
    other = Waveform(torch.stack([tone, tone]) + 0.001, 44100)
    chances = trained.predict(other)
    assert max(chances, key=chances.get) == "low"


def test_the_seed_decides_the_weights_and_nothing_global_does():
    clips, labels = scenes(0, 12)
    torch.manual_seed(1)
    first = EventClassifier.fit(clips, labels, seed=3, epochs=2)
    state = torch.random.get_rng_state()
    second = EventClassifier.fit(clips, labels, seed=3, epochs=2)
    assert torch.equal(state, torch.random.get_rng_state())
    assert first.digest == second.digest
    assert first.digest != EventClassifier.fit(clips, labels, seed=4, epochs=2).digest


def test_saves_and_loads(trained, tmp_path):
    trained.save(tmp_path / "ear.safetensors")
    loaded = EventClassifier.load(tmp_path / "ear.safetensors")
    assert loaded.digest == trained.digest
    clip = scene(["high"], 5)
    assert loaded.predict(clip) == trained.predict(clip)


def test_refuses_what_it_did_not_save(tmp_path):
    path = tmp_path / "ear.safetensors"
    path.write_bytes(b"\x80\x04 a pickle")
    with pytest.raises(CheckpointError, match="Cannot read EventClassifier"):
        EventClassifier.load(path)
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(CheckpointError, match="has format None"):
        EventClassifier.load(path)


def test_refuses_labels_that_do_not_fit():
    clips, labels = scenes(0, 4)
    with pytest.raises(ConfigError, match="4 clips with 3 labels"):
        EventClassifier.fit(clips, labels[:3], seed=0)
    with pytest.raises(ConfigError, match="of 1 kinds"):
        EventClassifier.fit(clips, ["low"] * 4, seed=0)


def test_learns_from_clips_of_any_length():
    clips, labels = scenes(0, 120)
    clips = [Waveform(c.samples[:, : RATE - 50 * (i % 100)], RATE) for i, c in enumerate(clips)]
    uneven = EventClassifier.fit(clips, labels, seed=0)
    assert uneven.accuracy(*scenes(10_000, 30)) > 0.8


def test_a_clip_is_heard_the_same_beside_a_longer_one(trained):
    short, long = HEARING.features([scene(["low"], 1), scene(["high"], 2)])
    short = short[:, :20]
    together, alone = trained(*padded([short, long])), trained(*padded([short]))
    torch.testing.assert_close(together[:1], alone, atol=1e-5, rtol=1e-5)


def test_refuses_audio_it_cannot_hear(trained):
    with pytest.raises(RequestError, match="non-finite"):
        trained.predict(Waveform(torch.full((1, RATE), float("nan")), RATE))
    with pytest.raises(RequestError, match="half an analysis window"):
        trained.predict(Waveform(torch.zeros(1, 100), RATE))


def heard(metric, trained, made, **truth):
    return metric(classifier=trained).score(Measured(generated=scene(made, 9), truth=truth))


def test_event_heard_counts_the_asked_among_as_many_as_there_are(trained):
    both = [{"label": "low", "onset_s": 0.1}, {"label": "high"}, {"label": "low"}]
    assert heard(EventHeard, trained, ["low", "high"], events=both) == 1.0
    assert heard(EventHeard, trained, ["low", "middle"], events=both) == 0.5
    assert heard(EventHeard, trained, ["low", "high"], events=both, label="high") == 1.0
    assert heard(EventHeard, trained, ["low"], label="high") == 0.0
    assert heard(EventHeardTop1, trained, ["low"], events=both) == 1.0
    assert heard(EventHeardTop1, trained, ["middle"], events=both) == 0.0


def test_event_heard_says_what_it_lacks(trained):
    clip = Measured(generated=scene(["low"], 9), truth={"label": "low"})
    with pytest.raises(RequestError, match="has no classifier"):
        EventHeard().score(clip)
    with pytest.raises(RequestError, match=r"needs truth\['label'\]"):
        heard(EventHeard, trained, ["low"])
    with pytest.raises(RequestError, match="asked for owl"):
        heard(EventHeard, trained, ["low"], label="owl")


def test_fingerprint_names_the_classifier(trained):
    metric = EventHeard(classifier=trained)
    metric.update(Measured(generated=scene(["low"], 9), truth={"label": "low"}))
    assert metric.compute().fingerprint["classifier"] == trained.digest


def test_the_metric_trains_its_classifier():
    clips, labels = scenes(0, 12)
    first = EventHeard.train_classifier(clips, labels, seed=3)
    assert first.digest == EventClassifier.fit(clips, labels, seed=3).digest


@pytest.mark.parametrize(
    ("metric", "fact"),
    [(InstrumentHeard, "label"), (MoodHeard, "mood"), (SpeakerHeard, "speaker")],
)
def test_other_facts_are_heard_likewise(metric, fact, trained):
    events = [{"label": "high"}]
    assert heard(metric, trained, ["low"], events=events, **{fact: "low"}) == 1.0
    assert heard(metric, trained, ["middle"], events=events, **{fact: "low"}) == 0.0
    with pytest.raises(RequestError, match=rf"needs truth\['{fact}'\]"):
        heard(metric, trained, ["low"], events=events)
