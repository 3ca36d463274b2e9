from typing import ClassVar

import pytest
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.models.synchformer.extractor import ExtractorSizes, build_extractor
from audio_omni.core.payloads import Prompt, ReferenceAudio, Transcript
from audio_omni.plugins.testing import ConditionerContract
from safetensors.torch import save_file


def noise(samples, seed, rate=16000, channels=1):
    generator = torch.Generator().manual_seed(seed)
    return Waveform(0.1 * torch.randn(channels, samples, generator=generator), rate)


class TestMel(ConditionerContract):
    plugin = "audio_omni.conditioners.mel.plugin"
    name = "mel"
    options: ClassVar = {"sample_rate_hz": 16000, "mels": 32}

    def payloads(self):
        return [ReferenceAudio(noise(4000, 0)), ReferenceAudio(noise(9000, 1, 22050, 2))]


class TestMelOfSpeech(TestMel):
    def payloads(self):
        return [
            ReferenceAudio(noise(4000, 0), "speech", blanked=((0.1, 0.15),)),
            ReferenceAudio(noise(4000, 1), "voice", seconds=0.5),
        ]


class TestMllm(ConditionerContract):
    plugin = "audio_omni.conditioners.mllm.plugin"
    name = "mllm"
    options: ClassVar = {"local": {"width": 32}}

    def payloads(self):
        return [Prompt("rain"), Prompt("a dog barks twice", "You are a sound designer.")]


class TestMllmWithMedia(TestMllm):
    def payloads(self):
        video = torch.arange(4 * 3 * 56 * 56).reshape(4, 3, 56, 56).to(torch.uint8)
        return [Prompt("what", audio=noise(8000, 0)), Prompt("what", video=video, video_fps=4.0)]


class TestMllmWhitened(TestMllm):
    options: ClassVar = {"local": {"width": 32}, "whiten": True}


class TestMllmQuery(TestMllm):
    options: ClassVar = {"local": {"width": 32}, "features": "query", "queries": 4}


class TestMllmMetaquery(TestMllm):
    options: ClassVar = {"local": {"width": 32}, "features": "metaquery", "queries": 4}


class TestMllmMetaqueryWithMedia(TestMllmWithMedia):
    options: ClassVar = TestMllmMetaquery.options


class TestMelWindow(ConditionerContract):
    plugin = "audio_omni.conditioners.mel.plugin"
    name = "mel_window"
    options: ClassVar = {"sample_rate_hz": 16000, "mels": 32, "frames": 40, "tokens": 8}

    def payloads(self):
        return [ReferenceAudio(noise(4000, 0)), ReferenceAudio(noise(9000, 1, 22050, 2))]


class TestMelWindowOfSilence(TestMelWindow):
    options: ClassVar = {**TestMelWindow.options, "absent": "silence"}


class TestMelWindowOfSpeech(TestMelWindow):
    def payloads(self):
        return TestMelOfSpeech.payloads(self)


class TestTranscript(ConditionerContract):
    plugin = "audio_omni.conditioners.transcript.plugin"
    name = "transcript"
    options: ClassVar = {"text_width": 16, "blocks": 2, "positions": 40, "tokens": 8}

    def payloads(self):
        return [Transcript("Hello there."), Transcript("你好")]


class TestTranscriptWithATokenForEveryPosition(TestTranscript):
    options: ClassVar = {**TestTranscript.options, "tokens": 40}


class TestMllmWindow(TestMllm):
    name = "mllm_window"
    options: ClassVar = {"local": {"width": 32}, "rounding": "none"}


class TestMllmWindowRounded(TestMllm):
    name = "mllm_window"
    options: ClassVar = {"local": {"width": 32}, "tokens": 16}
    tolerance = 0.03  # one unit of bfloat16, where float32 lies near the middle of two


class TestMllmWindowWithMedia(TestMllmWithMedia):
    name = "mllm_window"
    options: ClassVar = {"local": {"width": 32}, "rounding": "none", "tokens": 24}


class TestSynchformer(ConditionerContract):
    plugin = "audio_omni.conditioners.synchformer.plugin"
    name = "synchformer"
    options: ClassVar = {
        "patch": 56,
        "vit_width": 16,
        "vit_depth": 1,
        "vit_heads": 2,
        "seconds": 1.0,
        "input_width": 16,
        "input_tokens": 16,
        "tokens": 6,
    }

    @pytest.fixture(autouse=True)
    def extractor(self, tmp_path):
        sizes = ExtractorSizes(patch=56, width=16, depth=1, heads=2)
        path = tmp_path / "synchformer.safetensors"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            save_file(build_extractor(sizes).state_dict(), path)
        self.options = {**type(self).options, "weights": str(path)}

    def payloads(self):
        generator = torch.Generator().manual_seed(0)
        shape = (25, 3, 224, 224)
        return [torch.randint(0, 256, shape, generator=generator).to(torch.uint8) for _ in "ab"]
