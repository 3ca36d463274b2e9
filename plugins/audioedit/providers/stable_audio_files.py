"""Stable Audio Open as files, in a folder or on the hub: checked unread, or loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.errors import PluginError
from ....core.models.hub_network import hub_loading
from .audioldm2_files import ADVICE, HOLDS, INSTALL, Source, check_part, parts_of, parts_sha256

if TYPE_CHECKING:
    from .stable_audio import StableAudio

WHO = "Editor 'stable_audio_editor'"


PARTS = ("vae", "text_encoder", "projection_model", "tokenizer", "transformer")
"""Of the pipeline; its scheduler is not used, and the published one needs a package more."""


def check_stable_audio(source: Source) -> None:
    """Raise unless every part of the model is there, whole as far as headers tell; none is loaded.

    Raises:
        PluginError: without diffusers; says what to install.
        ConfigError: if a part is not here, or the device; says what to do.
    """
    from ....core.training.run_facts import pick_device

    pipeline = _pipeline_class()
    pick_device(source.device)
    with hub_loading(WHO, source.model, source, advice=ADVICE, holds=HOLDS) as where:
        for part in parts_of(source.model, pipeline, where):
            check_part(part)


def stable_audio_sha256(source: Source) -> str:
    """Return one hash of the weights of all parts; reads all of them. No path changes it.

    Raises:
        PluginError: without diffusers; says what to install.
        ConfigError: if a part is not here; says how to get it.
    """
    pipeline = _pipeline_class()
    with hub_loading(WHO, source.model, source, advice=ADVICE, holds=HOLDS) as where:
        return parts_sha256(parts_of(source.model, pipeline, where))


def load_stable_audio(source: Source) -> StableAudio:
    """Return the model that options name, on its device.

    Raises:
        PluginError: without diffusers; says what to install.
        ConfigError: if the weights are not here; says how to get them.
    """
    from .stable_audio import StableAudio

    pipeline, classes = _pipeline_class(), _part_classes()
    with hub_loading(WHO, source.model, source, advice=ADVICE, holds=HOLDS) as where:
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


def _pipeline_class() -> Any:
    try:
        from diffusers import StableAudioPipeline
    except ImportError:
        raise PluginError(
            f"Editing with Stable Audio Open needs diffusers, which is not installed: {INSTALL}."
        ) from None
    return StableAudioPipeline
