"""A frozen Qwen2.5-Omni thinker with its processor, and the loading of a published one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...core.errors import ConfigError
from .config import MllmConfig

DIGEST_VALUES = 1024


@dataclass
class Thinker:
    """A language model that is never trained, kept out of every module's parameters.

    Attributes:
        model: a ``Qwen2_5OmniThinkerForConditionalGeneration`` in evaluation mode.
        processor: its ``Qwen2_5OmniProcessor``.
    """

    model: nn.Module
    processor: Any

    @property
    def width(self) -> int:
        """Return the width of the hidden states."""
        return int(self.model.config.text_config.hidden_size)  # type: ignore[union-attr, arg-type]

    @property
    def layers(self) -> int:
        """Return the number of decoder layers."""
        return int(self.model.config.text_config.num_hidden_layers)  # type: ignore[union-attr, arg-type]

    @torch.no_grad()
    def hidden_states(self, inputs: Mapping[str, Tensor], layer: int) -> Tensor:
        """Return a layer's states (B, T, D); the head over the vocabulary is never computed."""
        device = next(self.model.parameters()).device
        outputs = self.model.model(  # type: ignore[operator]
            **{name: tensor.to(device) for name, tensor in inputs.items()},
            use_cache=False,
            output_hidden_states=True,
        )
        states: Tensor = outputs.hidden_states[layer]
        return states

    def digest(self) -> str:
        """Return twelve hexadecimal digits over names, shapes and a sample of all weights."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.model.state_dict().items()):
            flat = tensor.detach().flatten()
            sample = flat[:: max(1, flat.numel() // DIGEST_VALUES)]
            digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
            digest.update(sample.float().cpu().numpy().tobytes())
        return digest.hexdigest()[:12]

    def __deepcopy__(self, memo: dict[int, Any]) -> Thinker:
        """Return the thinker itself: what never changes can be shared between copies."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle config and weights, since transformers hangs closures on a model that ran."""
        weights = {name: tensor.detach() for name, tensor in self.model.state_dict().items()}
        return _restore, (type(self.model), self.model.config, weights, self.processor)


def _restore(
    kind: type[nn.Module], config: Any, weights: dict[str, Tensor], processor: Any
) -> Thinker:
    with torch.random.fork_rng(devices=[]):
        model = kind(config)
    model.load_state_dict(weights, assign=True)
    return Thinker(freeze(model.to(next(iter(weights.values())).device)), processor)


def freeze(model: nn.Module) -> nn.Module:
    """Return the model in evaluation mode, without gradients."""
    return model.eval().requires_grad_(False)


def load_thinker(config: MllmConfig) -> Thinker:
    """Load a published thinker and its processor by hub name or folder; safetensors only.

    Raises:
        ConfigError: if it is not on this machine (and may not be fetched), or is damaged.
    """
    from transformers.models.qwen2_5_omni.modeling_qwen2_5_omni import (
        Qwen2_5OmniThinkerForConditionalGeneration,
    )
    from transformers.models.qwen2_5_omni.processing_qwen2_5_omni import Qwen2_5OmniProcessor

    name = str(config.model)
    offline = Path(name).is_dir() or not config.download
    where: dict[str, Any] = {"revision": config.revision, "local_files_only": offline}
    try:
        processor = Qwen2_5OmniProcessor.from_pretrained(name, **where)
        model = Qwen2_5OmniThinkerForConditionalGeneration.from_pretrained(
            name, **where, dtype=getattr(torch, config.dtype), use_safetensors=True
        )
    except (OSError, ValueError) as failure:
        raise ConfigError(_not_available(name, config, failure)) from failure
    return Thinker(freeze(model), processor)


def _not_available(name: str, config: MllmConfig, failure: Exception) -> str:
    reason = (str(failure).strip().splitlines() or [type(failure).__name__])[0]
    at = f" --revision {config.revision}" if config.revision else ""
    return (
        f"Conditioner 'mllm': the language model '{name}' cannot be loaded ({reason}). Expected a "
        "folder with config.json, *.safetensors and the processor's files, or a model in the hub "
        f"cache. Fetch it with `hf download {name}{at}`, set `download: true`, or set `model` to "
        "its folder; `local: {width: 128}` builds a small one that needs no download."
    )
