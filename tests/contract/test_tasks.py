from typing import ClassVar

import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.source import Row
from audio_omni.plugins.testing import TaskContract
from audio_omni.tasks.demo_clips import demo_video

PLUGIN = "audio_omni.tasks.plugin"


def clip(level=0.1, samples=8000):
    return Waveform(torch.full((1, samples), level), 16000)


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
        media = {"video": demo_video}
        return Row("row-1", {"caption": "a bar passes"}, audio=lambda: clip(0.2), media=media)


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


class TestVoiceConversion(TaskContract):
    plugin = PLUGIN
    name = "voice_conversion"

    def row(self):
        fields = {"transcript": "Good morning.", "voice_transcript": "Hello."}
        media = {"source_audio": clip, "voice_audio": lambda: clip(0.3, 5000)}
        return Row("row-1", fields, audio=lambda: clip(0.2), media=media)


class TestSpeechEditing(TaskContract):
    plugin = PLUGIN
    name = "speech_editing"

    def row(self):
        return Row("row-1", {"transcript": "Good morning."}, audio=lambda: clip(0.2))


class TestSpeechEditingOfPairs(TestSpeechEditing):
    def row(self):
        fields = {"transcript": "Good morning.", "start_seconds": 0.1, "end_seconds": 0.25}
        target = clip(0.2, 9000)
        return Row("row-1", fields, audio=lambda: target, media={"source_audio": clip})


class TestInContextGeneration(TaskContract):
    plugin = PLUGIN
    name = "in_context_generation"

    def row(self):
        fields = {"instruction": "Play a tune with this."}
        return Row("row-1", fields, audio=lambda: clip(0.2), media={"audio": clip})


class TestInstructionEditing(Edit):
    name = "instruction_editing"
    fields: ClassVar = {"instruction": "Take the dog out."}


class TestUnderstanding(TaskContract):
    plugin = PLUGIN
    name = "understanding"

    def row(self):
        fields = {"question": "What is heard?", "answer": "a dog", "choices": ["a dog", "rain"]}
        return Row("row-1", fields, audio=clip)


class TrainingFree(TaskContract):
    plugin = "audio_omni.tasks.training_free.plugin"

    def row(self):
        fields = {"source_caption": "rain and a dog", "target_caption": "rain"}
        return Row("row-1", fields, audio=lambda: clip(0.2), media={"source_audio": clip})


class TestSdEdit(TrainingFree):
    name = "sdedit"


class TestOdeInversion(TrainingFree):
    name = "ode_inversion"


class TestEditFriendlyInversion(TrainingFree):
    name = "edit_friendly_inversion"


class TestFlowEdit(TrainingFree):
    name = "flow_edit"


class TestCopy(TrainingFree):
    name = "copy"


class TestSilence(TrainingFree):
    name = "silence"


class TestCodec(TrainingFree):
    name = "codec"


class TestOracle(TrainingFree):
    name = "oracle"
