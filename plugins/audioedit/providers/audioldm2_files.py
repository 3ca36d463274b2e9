"""AudioLDM2 as files, in a folder or on the hub: checked without reading a weight, or loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ....core.errors import PluginError
from ....core.models.hub_network import Fetching, check_header, hub_loading

if TYPE_CHECKING:
    from .audioldm2 import AudioLdm2

WHO = "Editor 'diffusers_editor'"
INDEX = "model_index.json"
HOLDS = f"{INDEX} and a folder for each part, as diffusers saves it"
ADVICE = ", set `download: true`, or set `model` to its folder."
INSTALL = "pip install 'audio-omni[diffusers]'"


class Source(Fetching, Protocol):
    """Options that say which one, and where it is to run.

    Attributes:
        model: folder as diffusers saves it, or name on the hub.
        device: ``"cpu"`` or ``"cuda"``.
    """

    @property
    def model(self) -> str:  # noqa: D102
        ...

    @property
    def device(self) -> str:  # noqa: D102
        ...


def check_audioldm2(source: Source) -> None:
    """Raise unless every part of the model is there, whole as far as headers tell; none is loaded.

    Raises:
        PluginError: without diffusers; says what to install.
        ConfigError: if a part is not here, or the device; says what to do.
    """
    from ....core.training.run_facts import pick_device

    pipeline = _pipeline_class()
    pick_device(source.device)
    with _loading(source) as where:
        check_parts(source.model, pipeline, where)


def check_parts(model: str, pipeline: Any, where: Mapping[str, Any]) -> None:
    """Raise unless every part that a pipeline's index names is there; none is loaded.

    Args:
        model: folder, or name on the hub.
        pipeline: its class, which finds the folder of a name.
        where: revision and whether it may be fetched, see `hub_loading`.

    Raises:
        OSError: names the part.
    """
    folder = Path(model)
    if not folder.is_dir():
        folder = Path(pipeline.download(model, **where, use_safetensors=True))
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    for part, kind in sorted(index.items()):
        if isinstance(kind, list) and kind[0] is not None:
            _check_part(folder / part)


def load_audioldm2(source: Source) -> AudioLdm2:
    """Return the model that options name, on its device.

    Raises:
        PluginError: without diffusers; says what to install.
        ConfigError: if the weights are not here; says how to get them.
    """
    from .audioldm2 import AudioLdm2

    pipeline = _pipeline_class()
    with _loading(source) as where:
        pipe = pipeline.from_pretrained(source.model, **where, use_safetensors=True)
    return AudioLdm2(pipe.to(source.device), source.device)


def _check_part(folder: Path) -> None:
    if not folder.is_dir():
        raise OSError(f"{folder.parent.name} lacks its part {folder.name}")
    files = sorted(folder.glob("*.safetensors"))
    if not files and (folder / "config.json").is_file():  # a scheduler or tokenizer has none
        raise OSError(f"{folder.parent.name}/{folder.name} has no *.safetensors")
    for file in files:
        check_header(file)


def _pipeline_class() -> Any:
    try:
        from diffusers import AudioLDM2Pipeline
    except ImportError:
        raise PluginError(
            f"Editing with AudioLDM2 needs diffusers, which is not installed: {INSTALL}."
        ) from None
    return AudioLDM2Pipeline


def _loading(source: Source) -> AbstractContextManager[dict[str, Any]]:
    return hub_loading(WHO, source.model, source, advice=ADVICE, holds=HOLDS)
