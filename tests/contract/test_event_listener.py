"""A classifier of one's own clips as an embedder."""

import pytest
import torch
from audio_omni.core.errors import ConfigError
from audio_omni.core.media.waveform import Waveform
from audio_omni.evaluation.embedders.config import EventListenerConfig
from audio_omni.evaluation.embedders.event_listener import EventListener
from audio_omni.evaluation.event_classifier import EventClassifier
from audio_omni.plugins.testing import EmbedderContract


def noise(seed, seconds, gain=0.1, rate=16000, channels=1):
    generator = torch.Generator().manual_seed(seed)
    samples = gain * torch.randn(channels, round(rate * seconds), generator=generator)
    return Waveform(samples, rate)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    clips = [noise(i, 0.5, 0.2 / (1 + 9 * (i % 2))) for i in range(8)]
    path = tmp_path_factory.mktemp("own") / "loud.safetensors"
    EventClassifier.fit(clips, ["loud", "soft"] * 4, 0).save(path)
    return path


class TestEventListener(EmbedderContract):
    plugin = "audio_omni.evaluation.embedders.plugin"
    name = "event_listener"

    @pytest.fixture(autouse=True)
    def _weights(self, weights):
        self.path = weights

    def build(self):
        return self.implementation(EventListenerConfig(weights=self.path))

    def clips(self):
        return [noise(0, 1.0), noise(1, 0.2), noise(2, 1.0, 0.01, 44100, 2)]


def test_it_hears_what_the_classifier_hears(weights):
    listener = EventListener(EventListenerConfig(weights=weights))
    clip = noise(3, 0.7)
    (heard,) = listener.embed([listener.prepare(clip)])
    chances = torch.sigmoid(heard["logits"][0]).tolist()
    expected = EventClassifier.load(weights).predict(clip)
    assert dict(zip(listener.network.labels, chances, strict=True)) == pytest.approx(expected)
    assert listener.fingerprint()["labels"] == ["loud", "soft"]


def test_without_weights_it_says_how_to_make_some(tmp_path):
    for path in (None, tmp_path / "none.safetensors"):
        with pytest.raises(ConfigError, match=r"no weights at .*EventClassifier\.fit"):
            EventListener(EventListenerConfig(weights=path))
