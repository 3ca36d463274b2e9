"""The whole model, and the path of an example through it in three stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ..conditioning import Conditioning, check_condition, route_conditions
from ..data.feature_cache import FeatureCache
from ..data.records import EncodedExample, PreparedExample
from ..payloads import Example
from .encoding import encode_examples
from .parts import ModelParts
from .preparing import prepare_example


class AudioOmniModel(ModelParts):
    """All parts of a model, and the path of an example through them.

    The path has three costs: `prepare` (data workers), `encode` (frozen networks, cacheable)
    and `conditioning` (trainable). Training and generation share all three.
    """

    def prepare(self, example: Example, key: str | None = None) -> PreparedExample:
        """Return the example with every payload prepared, and the target at the codec's rate.

        Args:
            example: a row or a request.
            key: identifies the row and its rendering in caches; `None` for a request.

        Raises:
            RequestError: if the example is longer than the model's clips, or a voice leaves no
                time for what it should say.
        """
        return prepare_example(self, example, key)

    @torch.no_grad()
    def encode(
        self,
        examples: Sequence[PreparedExample],
        caches: Mapping[str, FeatureCache] | None = None,
    ) -> list[EncodedExample]:
        """Run everything frozen: the codec's encoder and the conditioners' frozen networks.

        Args:
            examples: the batch.
            caches: where the features of some conditioners are looked up first, and kept.

        Raises:
            ContractError: if a conditioner does not make one feature of each payload.
        """
        return encode_examples(self, examples, caches or {})

    def conditioning(
        self,
        examples: Sequence[EncodedExample],
        generators: Sequence[torch.Generator] | None = None,
    ) -> Conditioning:
        """Return the routed conditions of a batch, on the model's device.

        Args:
            examples: the batch.
            generators: one for each item, for conditioners that draw random numbers.

        Raises:
            ContractError: if a conditioner's output is not what it declares.
        """
        routed = []
        for name, conditioner in self.named_conditioners():
            features = [to_device(e.features[name], self.device) for e in examples]
            with self.naming(name), self.visiting(conditioner):
                drawn = {"generators": generators} if conditioner.draws else {}
                condition = conditioner(features, **drawn)
            check_condition(
                name, self.origins[name], condition, len(examples), self.config.dit.condition_width
            )
            routed.append((self.routes[name], condition))
        return route_conditions(routed)


def to_device(value: Any, device: torch.device) -> Any:
    """Return nested tensors on another device; anything else as it is."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, Mapping):
        return {k: to_device(v, device) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(to_device(v, device) for v in value)
    return value
