"""What a conditioner's frozen stage keeps, so that its features can be cached."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from ...core.conditioning import Conditioner
from ...core.data.content import content_digest
from ...core.data.feature_cache import FeatureCache
from .base import PluginContract, expect
from .compare import difference


class FrozenStageContract(PluginContract):
    """Tests of `prepare`, `encode_frozen` and `frozen_digest`; part of `ConditionerContract`."""

    def payloads(self) -> Sequence[Any]:
        """Return two unlike payloads."""
        raise NotImplementedError

    def build(self, seed: int = 0) -> Conditioner[Any]:
        """Return the conditioner in evaluation mode."""
        raise NotImplementedError

    def test_frozen_weights_are_declared(self) -> None:
        """The spec says whether there are frozen networks, and equal builds have one digest."""
        conditioner = self.build()
        digest = conditioner.frozen_digest()
        if not self.spec.frozen:
            expect(
                digest is None and not conditioner.frozen_networks(),
                f"'{self.name}' has frozen networks; its spec must say frozen=True.",
            )
        expect(digest == self.build().frozen_digest(), "Two equal builds have two digests.")

    def test_frozen_digest_knows_every_weight(self) -> None:
        """Another value anywhere in a frozen network gives another digest."""
        conditioner = self.build()
        digest = conditioner.frozen_digest()
        if digest is None:
            return
        for network in conditioner.frozen_networks().values():
            for name, weight in network.named_parameters():
                before = _change_one_value(weight)
                changed = conditioner.frozen_digest() != digest
                weight.data.copy_(before)
                expect(changed, f"frozen_digest() does not notice a change of '{name}'.")
        expect(conditioner.frozen_digest() == digest, "frozen_digest() changes by itself.")

    def test_features_are_the_same_from_the_cache(self) -> None:
        """What is prepared can be told apart, and what is encoded survives on disk, bit for bit."""
        conditioner = self.build()
        if conditioner.frozen_digest() is None or not self.spec.cacheable:
            return
        prepared, again = ([conditioner.prepare(p) for p in self.payloads()] for _ in "ab")
        keys = [content_digest(payload) for payload in prepared]
        expect(len(set(keys)) == len(keys), "Two unlike payloads are prepared to one content.")
        expect(keys == [content_digest(p) for p in again], "prepare() gave two contents.")
        with TemporaryDirectory() as folder, torch.no_grad():
            encoded = conditioner.encode_frozen(prepared)
            for _ in ("computed", "read"):
                cache = FeatureCache(Path(folder))
                kept = cache.features(prepared, keys, conditioner.encode_frozen)
                cache.flush()
                found = difference(encoded, kept, path="features", atol=0.0)
                expect(not found, f"Features differ when they come from the cache: {found}")


def _change_one_value(weight: Tensor) -> Tensor:
    """Change one value that a sample of the weights would miss; return what was there before."""
    before = weight.detach().clone()
    flat = weight.data.view(-1)
    flat[flat.numel() // 3] += 1
    return before
