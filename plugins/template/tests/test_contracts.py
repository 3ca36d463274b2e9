"""The public contracts, kept by this plugin's task, conditioner and metric."""

import torch
from audio_omni import Measured, Row, Waveform
from audio_omni.plugins.testing import ConditionerContract, MetricContract, TaskContract

PLUGIN = "audio_omni_loudness"


def noise(scale: float) -> Waveform:
    generator = torch.Generator().manual_seed(0)
    return Waveform(scale * torch.randn(1, 1600, generator=generator), 16000)


class TestTask(TaskContract):
    plugin = PLUGIN
    name = "text_to_audio_at_level"

    def row(self) -> Row:
        return Row(id="row-0", fields={"caption": "rain on a roof"}, audio=lambda: noise(0.1))

    def test_level_of_a_row_is_measured(self) -> None:
        request = self.build().request_from_row(self.row())
        assert abs(request.level_dbfs + 20) < 0.5


class TestConditioner(ConditionerContract):
    plugin = PLUGIN
    name = "loudness"

    def payloads(self) -> list[float]:
        return [-20.0, -3.0]


class TestMetric(MetricContract):
    plugin = PLUGIN
    name = "level_error"

    def clips(self) -> list[Measured]:
        return [Measured(noise(0.1 * gain), reference=noise(0.1)) for gain in (0.5, 2.0, 3.0, 0.2)]

    def test_halving_costs_six_decibels(self) -> None:
        assert abs(self.measure(self.clips()[:1]).value - 6.02) < 0.01
