"""A Qwen2.5-Omni thinker with its processor. Shapes: B batch, T tokens, D width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

SIGNATURE = "signature"
"""Name of the tensor that tells trained weights of one local thinker from those of another."""


@dataclass
class Thinker:
    """A language model, kept out of every module's parameters: it is frozen while others train.

    Attributes:
        model: a ``Qwen2_5OmniThinkerForConditionalGeneration`` in evaluation mode.
        processor: its ``Qwen2_5OmniProcessor``; `None` for a model without weights (meta device).
        signature: of a local one, see `local_weights`; `None` for one that was published.
    """

    model: nn.Module
    processor: Any
    signature: Tensor | None = None

    @property
    def width(self) -> int:
        """Return the width of the hidden states."""
        return int(self.model.config.text_config.hidden_size)  # type: ignore[union-attr, arg-type]

    @property
    def layers(self) -> int:
        """Return the number of decoder layers."""
        return int(self.model.config.text_config.num_hidden_layers)  # type: ignore[union-attr, arg-type]

    def hidden_states(self, inputs: Mapping[str, Tensor], layer: int) -> Tensor:
        """Return a layer's states (B, T, D); the head over the vocabulary is never computed.

        Differentiable in ``inputs_embeds``, if they are among the inputs.
        """
        device = next(self.model.parameters()).device
        outputs = self.model.model(  # type: ignore[operator]
            **{name: tensor.to(device) for name, tensor in inputs.items()},
            use_cache=False,
            output_hidden_states=True,
        )
        states: Tensor = outputs.hidden_states[layer]
        return states

    def signed(self) -> nn.Module:
        """Return the model, its signature from now on among its tensors, as checkpoints keep it."""
        if self.signature is not None:
            self.model.register_buffer(SIGNATURE, self.signature)
        return self.model

    def __deepcopy__(self, memo: dict[int, Any]) -> Thinker:
        """Return the thinker itself: what never changes can be shared between copies."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle config and weights, since transformers hangs closures on a model that ran."""
        weights = {name: tensor.detach() for name, tensor in self.model.state_dict().items()}
        signature = self.signature
        return _restore, (type(self.model), self.model.config, weights, self.processor, signature)


def _restore(
    kind: type[nn.Module],
    config: Any,
    weights: dict[str, Tensor],
    processor: Any,
    signature: Tensor | None,
) -> Thinker:
    with torch.random.fork_rng(devices=[]):
        thinker = Thinker(kind(config), processor, signature)
    if SIGNATURE in weights:
        thinker.signed()
    thinker.model.load_state_dict(weights, assign=True)
    freeze(thinker.model.to(next(iter(weights.values())).device))
    return thinker


def freeze(model: nn.Module) -> nn.Module:
    """Return the model in evaluation mode, without gradients."""
    return model.eval().requires_grad_(False)
