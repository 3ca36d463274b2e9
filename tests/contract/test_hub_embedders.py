"""Embedders of transformers keep the contract, with tiny networks of the same classes."""

import pytest
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.plugins.testing import EmbedderContract
from tiny_networks import folders


def noise(seed, seconds, rate=16000, channels=1):
    generator = torch.Generator().manual_seed(seed)
    samples = 0.1 * torch.randn(channels, round(rate * seconds), generator=generator)
    return Waveform(samples, rate)


class OfFolder(EmbedderContract):
    plugin = "audio_omni.evaluation.embedders.plugin"

    @pytest.fixture(autouse=True)
    def _folder(self, folder):
        self.folder = folder

    @property
    def config(self):
        return self.spec.config(weights=str(self.folder), device="cpu", batch_size=2)

    def clips(self):
        return [noise(0, 1.0), noise(1, 0.5), noise(2, 1.0, 44100, 2), noise(3, 12.0)]


class TestClap(OfFolder):
    name = "clap"

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory):
        return folders.save_clap(tmp_path_factory.mktemp("clap"))


class TestFusedClap(OfFolder):
    name = "clap"

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory):
        return folders.save_clap(tmp_path_factory.mktemp("fused"), fuses=True)


class TestWhisper(OfFolder):
    name = "whisper"

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory):
        return folders.save_whisper(tmp_path_factory.mktemp("whisper"))


class TestWavlmSpeaker(OfFolder):
    name = "wavlm_speaker"

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory):
        return folders.save_wavlm(tmp_path_factory.mktemp("wavlm"))
