"""The parts that the package names, imported on first use."""
from dataclasses import replace
import audio_omni as ao
import torch
from . import LevelRequest

def level_dbfs(waveform):  # RMS over all channels; silence is -100 dB
    return float(10 * waveform.samples.square().mean().clamp(1e-10, 1.0).log10())

class TextToAudioAtLevel(ao.Task[LevelRequest]):
    name, request_model = "text_to_audio_at_level", LevelRequest
    def build_example(self, request):
        slots = {"prompt": ao.Prompt(request.prompt), "loudness_dbfs": request.level_dbfs}
        return ao.Example(task=self.name, seconds=request.seconds, payloads=slots)
    def request_from_row(self, row):
        level = level_dbfs(row.audio()) if row.audio else None
        fields = {"prompt": row.fields.get("caption"), "level_dbfs": level}
        return super().request_from_row(replace(row, fields=fields))
    def demo_request(self):
        return LevelRequest(prompt="a dog barks", level_dbfs=-20)

class Loudness(ao.Conditioner[float]):
    def __init__(self, config, width):
        super().__init__(config, width)
        self.weights = torch.nn.Parameter(torch.randn(3, width))
    def forward(self, features):
        slope, bias, null = self.weights
        tokens = torch.stack([null if x is None else slope * x / 20 + bias for x in features])
        return ao.Condition(tokens[:, None], torch.ones_like(tokens[:, :1], dtype=torch.bool))

class LevelError(ao.Metric):
    name, unit, direction = "level_error", "dB", "lower"
    def score(self, clip):
        if clip.reference is None:
            raise ao.AudioOmniError(f"Metric '{self.name}' needs the reference clip; it got none.")
        return abs(level_dbfs(clip.generated) - level_dbfs(clip.reference))
