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
from ...core.errors import ConfigError
from .config import HubConfig
from .frozen import FrozenEmbedder
from .weights import FOLDER_VARIABLE

HOW_IT_IS_FETCHED = frozenset({"revision", "download"})
"""Options that decide no number: the digest of the weights says what came of them."""


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
        _hide_progress_bars()
        try:
            self.network: Any = self.place(self.load(self.source, self._where()))
        except (OSError, ValueError) as failure:
            raise ConfigError(self._not_available(failure)) from failure

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

    def _where(self) -> dict[str, Any]:
        offline = Path(self.source).is_dir() or not self.config.download
        return {"revision": self.config.revision, "local_files_only": offline}

    def _not_available(self, failure: Exception) -> str:
        reason = (str(failure).strip().splitlines() or [type(failure).__name__])[0]
        name = self.usual if Path(self.source).exists() else self.source
        return (
            f"Embedder '{self.name}': the network '{self.source}' cannot be loaded ({reason}). "
            "Expected a folder with config.json, *.safetensors and the files of what prepares its "
            f"inputs, or a network in the hub's cache. Fetch it with `hf download {name}` or the "
            f"option `download: true`; or put such a folder at {FOLDER_VARIABLE}/{self.name}, or "
            "name it with the option `weights`. If it holds a pytorch_model.bin only: `audio-omni "
            "metrics convert FOLDER/pytorch_model.bin -o FOLDER/model.safetensors`."
        )


def load_network(kind: Any, source: str, where: dict[str, Any]) -> Any:
    """Return a network of a class of transformers, float32, of safetensors only."""
    import torch

    return kind.from_pretrained(source, **where, dtype=torch.float32, use_safetensors=True)


def _hide_progress_bars() -> None:
    """Keep transformers from drawing bars on the standard error of whoever uses this library."""
    from transformers.utils import logging

    logging.disable_progress_bar()
