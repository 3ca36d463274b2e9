"""Adds to audio-omni a task, a conditioner and a metric about levels; imports nothing heavy."""
import audio_omni as ao
from pydantic import Field

class LevelRequest(ao.Request):
    prompt: str = Field(min_length=1, description="What to hear.")
    level_dbfs: float = Field(le=0, description="RMS level of the result, dB of full scale.")

@ao.hookimpl
def register_tasks():
    return [ao.TaskSpec(name="text_to_audio_at_level", summary="Sound from words, at a level.",
        factory="audio_omni_loudness.parts:TextToAudioAtLevel", request=LevelRequest,
        fills=("prompt", "loudness_dbfs"), default_metrics=("level_error",))]

@ao.hookimpl
def register_conditioners():
    return [ao.ConditionerSpec(name="loudness", summary="A level as one prefix token.",
        factory="audio_omni_loudness.parts:Loudness",
        reads="loudness_dbfs", injection=ao.Injection.CONCAT)]

@ao.hookimpl
def register_metrics():
    return [ao.MetricSpec(name="level_error", summary="Distance in level.", unit="dB",
        factory="audio_omni_loudness.parts:LevelError", direction=ao.Direction.LOWER)]
