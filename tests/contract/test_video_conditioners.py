from typing import ClassVar

import numpy as np
from audio_omni.core.media.video import VideoClip
from audio_omni.plugins.testing import ConditionerContract


def video(frames, seed):
    """Return a clip in memory of noise, 25 frames per second."""
    pixels = np.random.default_rng(seed).integers(0, 256, (frames, 32, 40, 3), np.uint8)
    return VideoClip.of_frames(pixels, 25.0)


class TestSynchformerLocal(ConditionerContract):
    plugin = "audio_omni.conditioners.synchformer.plugin"
    name = "synchformer"
    options: ClassVar = {
        "local": {"width": 16, "heads": 2, "patch": 32},
        "seconds": 1.0,
        "timeline": "seconds",
    }

    def payloads(self):
        return [video(25, 0), video(18, 1)]


class TestClip(ConditionerContract):
    plugin = "audio_omni.conditioners.clip.plugin"
    name = "clip"
    options: ClassVar = {"local": {"width": 32, "layers": 1}}

    def payloads(self):
        return [video(25, 0), video(18, 1)]


class TestVideoMae(TestClip):
    plugin = "audio_omni.conditioners.videomae.plugin"
    name = "videomae"


class TestVideoMaeOfPlaces(TestVideoMae):
    options: ClassVar = {**TestClip.options, "tokens": "places"}
