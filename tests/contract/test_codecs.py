"""Every registered codec keeps the contract."""

from typing import ClassVar

from audio_omni.plugins.testing import CodecContract


class TestMel(CodecContract):
    plugin = "audio_omni.plugins.codecs.plugin"
    name = "mel"
    options: ClassVar = {"mels": 16, "fft_size": 256, "hop": 64}


class TestStereoMel(CodecContract):
    plugin = "audio_omni.plugins.codecs.plugin"
    name = "mel"
    options: ClassVar = {"mels": 16, "fft_size": 256, "hop": 64, "channels": 2}


class TestOobleck(CodecContract):
    plugin = "audio_omni.plugins.codecs.plugin"
    name = "oobleck"
    options: ClassVar = {"width": 4, "multipliers": (1, 2), "strides": (2, 4), "latent_dim": 3}


class TestOddMonoOobleck(CodecContract):
    plugin = "audio_omni.plugins.codecs.plugin"
    name = "oobleck"
    options: ClassVar = {
        "channels": 1,
        "width": 4,
        "multipliers": (2, 1, 1),
        "strides": (3, 1, 5),
        "latent_dim": 3,
        "decode_chunk_frames": 5,
    }
