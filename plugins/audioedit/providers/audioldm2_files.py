"""AudioLDM2 as files, in a folder or on the hub: checked without reading a weight, or loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
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
        for part in parts_of(source.model, pipeline, where):
            check_part(part)


def audioldm2_sha256(source: Source) -> str:
    """Return one hash of the weights of all parts; reads all of them. No path changes it.

    Raises:
        PluginError: without diffusers; says what to install.
        ConfigError: if a part is not here; says how to get it.
    """
    pipeline = _pipeline_class()
    with _loading(source) as where:
        return parts_sha256(parts_of(source.model, pipeline, where))


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


def parts_of(model: str, pipeline: Any, where: Mapping[str, Any]) -> list[Path]:
    """Return the folders of the parts that a pipeline's index names; some hold no weights.

    Args:
        model: folder, or name on the hub.
        pipeline: its class, which finds the folder of a name.
        where: revision and whether it may be fetched, see `hub_loading`.
    """
    folder = Path(model)
    if not folder.is_dir():
        folder = Path(pipeline.download(model, **where, use_safetensors=True))
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    chosen = [p for p, kind in index.items() if isinstance(kind, list) and kind[0] is not None]
    return [folder / part for part in sorted(chosen)]


def parts_sha256(parts: Iterable[Path]) -> str:
    """Return one hash of the weights of all parts; reads all of them. No path changes it."""
    lines = []
    for part in parts:
        for path in sorted(part.glob("*.safetensors")):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append(f"{part.name}/{path.name} {digest}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def check_part(folder: Path) -> None:
    """Raise unless a part is there, whole as far as headers tell.

    Raises:
        OSError: names the part.
    """
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
