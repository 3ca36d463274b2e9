from typing import ClassVar

import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import Prompt
from audio_omni.plugins.testing import ConditionerContract


class TestT5(ConditionerContract):
    plugin = "audio_omni.conditioners.t5.plugin"
    name = "t5"
    options: ClassVar = {"local": {"width": 32, "layers": 1}}

    def payloads(self):
        return [Prompt("rain"), Prompt("a dog barks twice", "You are a sound designer.")]


class TestClap(TestT5):
    plugin = "audio_omni.conditioners.clap.plugin"
    name = "clap"


class TestClapOfTokens(TestClap):
    options: ClassVar = {**TestT5.options, "tokens": "sequence"}


class TestClapWithAudio(TestClap):
    def payloads(self):
        generator = torch.Generator().manual_seed(0)
        audio = Waveform(0.1 * torch.randn(1, 8000, generator=generator), 16000)
        return [Prompt("rain", audio=audio), Prompt("a dog barks")]
