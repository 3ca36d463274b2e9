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
