"""Loads a network of transformers for an embedder: from a folder or the hub's cache, offline.

Networks come as safetensors only, and nothing is fetched unless the options say so.
"""

from __future__ import annotations

import abc
import functools
import os
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from ...core.data.content import content_digest
from ...core.models.hub_network import hub_loading
from .config import HubConfig
from .frozen import FrozenEmbedder
from .weights import FOLDER_VARIABLE

HOW_IT_IS_FETCHED = frozenset({"revision", "download"})
"""Options that decide no number: the digest of the weights says what came of them."""

ADVICE = (
    " or the option `download: true`; or put such a folder at {folder}/{name}, or name it with the "
    "option `weights`. If it holds a pytorch_model.bin only: `audio-omni metrics convert "
    "FOLDER/pytorch_model.bin -o FOLDER/model.safetensors`."
)


class HubEmbedder(FrozenEmbedder, abc.ABC):
    """A network of transformers with what prepares its inputs.

    Class attributes:
        usual: name on the hub of the network that papers measure with.
    """

    config: HubConfig
    usual: ClassVar[str]

    def __init__(self, config: BaseModel | None = None) -> None:
        """Load the network and what prepares its inputs.

        Raises:
            ConfigError: if they are not on this machine (and may not be fetched) or are damaged;
                says what to fetch and where to put it.
        """
        super().__init__(config)
        self.source = self._find()
        is_there = Path(self.source).exists()
        who, fetched = f"Embedder '{self.name}'", self.usual if is_there else None
        advice = ADVICE.format(folder=FOLDER_VARIABLE, name=self.name)
        with hub_loading(who, self.source, self.config, advice=advice, fetched=fetched) as where:
            self.network: Any = self.place(self.load(self.source, where))

    @abc.abstractmethod
    def load(self, source: str, where: dict[str, Any]) -> Any:
        """Return the network, and keep what prepares its inputs.

        Args:
            source: folder, or name on the hub.
            where: arguments for every ``from_pretrained``.
        """

    @functools.cached_property
    def weights(self) -> str:
        """Return a digest of the weights; reading a large network takes seconds."""
        return content_digest(dict(self.network.state_dict()))

    def fingerprint(self) -> dict[str, Any]:
        """Return network, weights and the options that decide numbers."""
        found = super().fingerprint()
        options = {k: v for k, v in found["options"].items() if k not in HOW_IT_IS_FETCHED}
        return {**found, "options": options}

    def _find(self) -> str:
        folder = os.environ.get(FOLDER_VARIABLE)
        if self.config.weights is not None:
            return self.config.weights
        if folder and (own := Path(folder) / self.name).is_dir():
            return str(own)
        return self.usual


def load_network(kind: Any, source: str, where: dict[str, Any]) -> Any:
    """Return a network of a class of transformers, float32, of safetensors only."""
    import torch

    return kind.from_pretrained(source, **where, dtype=torch.float32, use_safetensors=True)
