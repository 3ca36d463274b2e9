"""Whole models of ours, tiny and random."""

import torch
from audio_omni.core.config import parse_config
from audio_omni.core.execution import ExecutionConfig
from audio_omni.core.flow.config import SamplingConfig
from audio_omni.core.models.build import build_model
from audio_omni.core.models.config import ModelConfig
from audio_omni.core.models.presets import expand_preset
from audio_omni.core.training.restore import ready_pipeline


def micro_pipeline(host):
    """Return the micro model, ready to make sound; what begins at zero is drawn."""
    values = expand_preset({"preset": "micro"})
    model = build_model(parse_config(ModelConfig, values, where="micro"), host)
    for parameter in model.dit.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05, generator=torch.Generator())
    execution = parse_config(ExecutionConfig, {}, where="Execution")
    sampling = SamplingConfig()
    return ready_pipeline(model, torch.device("cpu"), execution, catalog=host, sampling=sampling)
