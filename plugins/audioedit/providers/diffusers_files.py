"""Models of the library diffusers as files, in a folder or on the hub: checked, hashed, opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ....core.errors import PluginError
from ....core.models.hub_network import Fetching, check_header, hub_loading

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


@dataclass(frozen=True)
class DiffusersModel:
    """A model that the library has a pipeline for.

    Attributes:
        editor: provider that asks for it, for messages.
        called: the model, for messages.
        pipeline: name of its class.
    """

    editor: str
    called: str
    pipeline: str

    def pipeline_class(self) -> Any:
        """Return its class.

        Raises:
            PluginError: without diffusers; says what to install.
        """
        try:
            import diffusers

            return getattr(diffusers, self.pipeline)
        except ImportError:
            raise PluginError(
                f"Editing with {self.called} needs diffusers, which is not installed: {INSTALL}."
            ) from None

    def loading(self, source: Source) -> AbstractContextManager[dict[str, Any]]:
        """Yield what `from_pretrained` is given besides the name; tells what is missing.

        Raises:
            ConfigError: in the block, if the weights are not here; says how to get them.
        """
        who = f"Editor '{self.editor}'"
        return hub_loading(who, source.model, source, advice=ADVICE, holds=HOLDS)

    def check(self, source: Source) -> None:
        """Raise unless every part is there, whole as far as headers tell; none is loaded.

        Raises:
            PluginError: without diffusers; says what to install.
            ConfigError: if a part is not here, or the device; says what to do.
        """
        from ....core.training.run_facts import pick_device

        self.pipeline_class()
        pick_device(source.device)
        with self.loading(source) as where:
            for part in self._parts(source, where):
                _check_part(part)

    def sha256(self, source: Source) -> str:
        """Return one hash of the weights of all parts; reads all of them. No path changes it.

        Raises:
            PluginError: without diffusers; says what to install.
            ConfigError: if a part is not here; says how to get it.
        """
        lines = []
        with self.loading(source) as where:
            for part in self._parts(source, where):
                for path in sorted(part.glob("*.safetensors")):
                    with path.open("rb") as file:
                        digest = hashlib.file_digest(file, "sha256").hexdigest()
                    lines.append(f"{part.name}/{path.name} {digest}\n")
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def _parts(self, source: Source, where: Mapping[str, Any]) -> list[Path]:
        """Return the folders of the parts that the index names; some of them hold no weights."""
        folder = Path(source.model)
        if not folder.is_dir():
            fetched = self.pipeline_class().download(source.model, **where, use_safetensors=True)
            folder = Path(fetched)
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        chosen = [p for p, kind in index.items() if isinstance(kind, list) and kind[0] is not None]
        return [folder / part for part in sorted(chosen)]


def _check_part(folder: Path) -> None:
    if not folder.is_dir():
        raise OSError(f"{folder.parent.name} lacks its part {folder.name}")
    files = sorted(folder.glob("*.safetensors"))
    if not files and (folder / "config.json").is_file():  # a scheduler or tokenizer has none
        raise OSError(f"{folder.parent.name}/{folder.name} has no *.safetensors")
    for file in files:
        check_header(file)
