"""Whether the files of a pipeline of diffusers are whole, told without loading it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ....core.models.hub_network import check_header

INDEX = "model_index.json"


def check_pipeline(pipeline: Any, name: str, where: Mapping[str, Any]) -> None:
    """Raise unless every part of a pipeline is there, whole as far as headers tell.

    No weight is read. Call it in a block of `hub_loading`.

    Args:
        pipeline: class of diffusers.
        name: folder as diffusers saves it, or name on the hub.
        where: further arguments of ``from_pretrained``.

    Raises:
        OSError, ValueError: names the part.
    """
    folder = Path(name)
    if not folder.is_dir():
        folder = Path(pipeline.download(name, **where, use_safetensors=True))
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    for part, kind in sorted(index.items()):
        if isinstance(kind, list) and kind[0] is not None:
            _check_part(folder / part)


def _check_part(folder: Path) -> None:
    if not folder.is_dir():
        raise OSError(f"{folder.parent.name} lacks its part {folder.name}")
    files = sorted(folder.glob("*.safetensors"))
    if not files and (folder / "config.json").is_file():  # a scheduler or tokenizer has none
        raise OSError(f"{folder.parent.name}/{folder.name} has no *.safetensors")
    for file in files:
        check_header(file)
