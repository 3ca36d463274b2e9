"""Audiobox Aesthetics: how a part sounds, by itself."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .worker_judge import WorkerJudge, WorkerJudgeConfig


class AestheticsConfig(WorkerJudgeConfig):
    """Options of the judge `audiobox_aesthetics`."""

    model: str = Field(
        default="facebook/audiobox-aesthetics",
        min_length=1,
        description="Name on the hub, or a folder with config.json and model.safetensors.",
    )


class AestheticsJudge(WorkerJudge):
    """Hears the part alone, neither clip nor phrase; trained on people's ratings from 1 to 10.

    A longer clip than 10 s is heard in windows of that length, whose scores are averaged by how
    much of each the clip fills. Never run here with the published weights.

    Source: Tjandra et al. 2025, "Meta Audiobox Aesthetics: Unified Automatic Quality Assessment
    for Speech, Music, and Sound".
    """

    config = AestheticsConfig
    options: AestheticsConfig
    licence = (
        "CC-BY-4.0 (code and weights): https://github.com/facebookresearch/audiobox-aesthetics"
    )
    needs = ("audiobox_aesthetics",)
    axes: ClassVar = {
        "CE": "content that is enjoyed",
        "CU": "content that is useful",
        "PC": "a complex production: many sounds at once",
        "PQ": "a production of quality: clear, without faults",
    }
    called = "audiobox_aesthetics"
    model_name = "Audiobox Aesthetics"
    sample_rate_hz = 16000
