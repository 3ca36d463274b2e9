"""Stable Audio Open as files, in a folder or on the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .diffusers_files import DiffusersModel, Source

if TYPE_CHECKING:
    from .stable_audio import StableAudio

STABLE_AUDIO = DiffusersModel("stable_audio_editor", "Stable Audio Open", "StableAudioPipeline")
PARTS = ("vae", "text_encoder", "projection_model", "tokenizer", "transformer")
"""Of the pipeline; its scheduler is not used, and the published one needs a package more."""


def load_stable_audio(source: Source) -> StableAudio:
    """Return the model that options name, on its device.

    Raises:
        PluginError: without diffusers; says what to install.
        ConfigError: if the weights are not here; says how to get them.
    """
    from .stable_audio import StableAudio

    pipeline, classes = STABLE_AUDIO.pipeline_class(), _part_classes()
    with STABLE_AUDIO.loading(source) as where:
        safe: dict[str, Any] = {**where, "use_safetensors": True}
        parts = {
            name: kind.from_pretrained(
                source.model, subfolder=name, **(where if name == "tokenizer" else safe)
            )
            for name, kind in classes.items()
        }
    pipe = pipeline(**parts, scheduler=None)
    return StableAudio(pipe.to(source.device), source.device)


def _part_classes() -> dict[str, Any]:
    from diffusers import AutoencoderOobleck, StableAudioDiTModel
    from diffusers.pipelines.stable_audio.modeling_stable_audio import StableAudioProjectionModel
    from transformers import AutoTokenizer, T5EncoderModel

    found = AutoencoderOobleck, T5EncoderModel, StableAudioProjectionModel, AutoTokenizer
    return dict(zip(PARTS, (*found, StableAudioDiTModel), strict=True))
