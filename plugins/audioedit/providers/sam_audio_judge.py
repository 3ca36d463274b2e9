"""SAM-Audio's judge, which runs in SAM-Audio's environment and a process of its own."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .worker_judge import WorkerJudge, WorkerJudgeConfig


class SamAudioJudgeConfig(WorkerJudgeConfig):
    """Options of the judge `sam_audio_judge`."""

    python: str = Field(
        min_length=1, description="The Python of the environment that SAM-Audio is installed in."
    )
    model: str = Field(
        default="facebook/sam-audio-judge",
        min_length=1,
        description="Name on the hub (gated), or a folder.",
    )
    revision: str | None = Field(
        default=None,
        description="Commit or branch on the hub; left out: the branch that its class names.",
    )


class SamAudioJudge(WorkerJudge):
    """Hears the clip, the part and the phrase; trained on people's ratings from 1 to 5.

    It is called as SAM-Audio's model card says: `SAMAudioJudgeProcessor` takes texts, clips and
    parts at 48 kHz, `SAMAudioJudgeModel` gives four scores of each. A commit that has no such
    classes is refused, with what it has. Never run here with the published weights.

    Source: Wang et al. 2026, "SAM Audio Judge: A Unified Multimodal Framework for Perceptual
    Evaluation of Audio Separation".
    """

    config = SamAudioJudgeConfig
    options: SamAudioJudgeConfig
    licence = "SAM License (code and weights): https://github.com/facebookresearch/sam-audio"
    needs = ("gpu", "sam_audio")
    axes: ClassVar = {
        "overall": "the separation is good",
        "recall": "all of the sound is in the part",
        "precision": "nothing but the sound is in the part",
        "faithfulness": "the sound in the part is as it was in the clip",
    }
    called = "sam_audio_judge"
    model_name = "SAM-Audio's judge"
    sample_rate_hz = 48000
