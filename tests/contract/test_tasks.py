from typing import ClassVar

import pytest
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.source import Row
from audio_omni.plugins.testing import TaskContract
from audio_omni.tasks.watching import demo_video

PLUGIN = "audio_omni.tasks.plugin"


def clip(level=0.1):
    return Waveform(torch.full((1, 8000), level), 16000)


class Generation(TaskContract):
    plugin = PLUGIN

    def row(self):
        return Row("row-1", {"caption": "rain on a roof", "duration_s": 0.5}, audio=clip)


class Edit(TaskContract):
    plugin = PLUGIN
    fields: ClassVar = {"description": "a dog barking", "caption": "rain and a dog"}

    def row(self):
        return Row("row-1", self.fields, audio=lambda: clip(0.2), media={"source_audio": clip})


class TestTextToAudio(Generation):
    name = "text_to_audio"


class TestTextToMusic(Generation):
    name = "text_to_music"


class TestAdd(Edit):
    name = "add"


class TestRemove(Edit):
    name = "remove"


class TestExtract(Edit):
    name = "extract"


class TestStyleTransfer(Edit):
    name = "style_transfer"
    fields: ClassVar = {"source_category": "dog", "target_category": "bell"}


class Watching(TaskContract):
    plugin = PLUGIN

    def row(self):
        pytest.importorskip("av")
        fields = {"video": str(demo_video().path), "caption": "a bar passes"}
        return Row("row-1", fields, audio=lambda: clip(0.2))

    def build(self):
        pytest.importorskip("av")
        return super().build()


class TestVideoToAudio(Watching):
    name = "video_to_audio"


class TestVideoToMusic(Watching):
    name = "video_to_music"


class TestTextToSpeech(TaskContract):
    plugin = PLUGIN
    name = "text_to_speech"

    def row(self):
        fields = {"transcript": "Good morning.", "voice_transcript": "Hello."}
        return Row("row-1", fields, audio=lambda: clip(0.2), media={"voice_prompt": clip})


class TestUnderstanding(TaskContract):
    plugin = PLUGIN
    name = "understanding"

    def row(self):
        return Row("row-1", {"question": "What is heard?"}, audio=clip)
