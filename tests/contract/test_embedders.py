"""Every registered embedder keeps the contract, with weights that learned nothing."""

import pytest
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.evaluation.goldens.networks import seeded_cnn14, seeded_vggish
from audio_omni.plugins.testing import EmbedderContract

PLUGIN = "audio_omni.evaluation.embedders.plugin"
OPTIONS = {"device": "cpu", "batch_size": 2}


def noise(seed, seconds, rate=16000, channels=1):
    generator = torch.Generator().manual_seed(seed)
    samples = 0.1 * torch.randn(channels, round(rate * seconds), generator=generator)
    return Waveform(samples, rate)


class OfClips(EmbedderContract):
    plugin = PLUGIN

    def clips(self):
        return [noise(0, 1.0), noise(1, 0.2), noise(2, 1.0, 44100, 2)]


@pytest.fixture(scope="module")
def cnn14():
    return seeded_cnn14("16k", 1)


@pytest.mark.slow
class TestCnn14(OfClips):
    name = "cnn14_16k"
    options = OPTIONS

    @pytest.fixture(autouse=True)
    def _network(self, cnn14):
        self.network = cnn14

    def build(self):
        return self.implementation(self.config, network=self.network)


@pytest.fixture(scope="module")
def cnn14_32k():
    return seeded_cnn14("32k", 1)


@pytest.mark.slow
class TestCnn14At32k(OfClips):
    name = "cnn14_32k"
    options = OPTIONS

    @pytest.fixture(autouse=True)
    def _network(self, cnn14_32k):
        self.network = cnn14_32k

    def build(self):
        return self.implementation(self.config, network=self.network)


@pytest.fixture(scope="module")
def vggish():
    return seeded_vggish(1)


@pytest.mark.slow
class TestVggish(OfClips):
    name = "vggish"
    options = OPTIONS

    @pytest.fixture(autouse=True)
    def _network(self, vggish):
        self.network = vggish

    def build(self):
        return self.implementation(self.config, network=self.network)
