"""AudioLDM2 as files, in a folder or on the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .diffusers_files import DiffusersModel, Source

if TYPE_CHECKING:
    from .audioldm2 import AudioLdm2

AUDIOLDM2 = DiffusersModel("diffusers_editor", "AudioLDM2", "AudioLDM2Pipeline")


def load_audioldm2(source: Source) -> AudioLdm2:
    """Return the model that options name, on its device.

    Raises:
        PluginError: without diffusers; says what to install.
        ConfigError: if the weights are not here; says how to get them.
    """
    from .audioldm2 import AudioLdm2

    pipeline = AUDIOLDM2.pipeline_class()
    with AUDIOLDM2.loading(source) as where:
        pipe = pipeline.from_pretrained(source.model, **where, use_safetensors=True)
    return AudioLdm2(pipe.to(source.device), source.device)
