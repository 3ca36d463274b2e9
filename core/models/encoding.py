"""The second stage of an example's path: everything frozen, whose results can be kept.

Shapes: C channels, N samples, D latent width, T latent frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor

from ..conditioning import Conditioner
from ..data.content import content_digest
from ..data.feature_cache import FeatureCache
from ..data.records import EncodedExample, PreparedExample
from ..errors import ContractError
from ..stopwatch import section
from .parts import ModelParts

TOGETHER = 16
"""Clips in one call of the codec, whose encoder takes some 0.9 GiB a clip at release size."""


def encode_examples(
    parts: ModelParts,
    examples: Sequence[PreparedExample],
    caches: Mapping[str, FeatureCache],
) -> list[EncodedExample]:
    """Run the codec's encoder and the conditioners' frozen networks; see `AudioOmniModel.encode`.

    Raises:
        ContractError: if a conditioner does not make one feature of each payload.
    """
    parts.check_whole()
    latents = _encode_targets(parts, examples)
    features: list[dict[str, Any]] = [{} for _ in examples]
    for name, _ in parts.named_conditioners():
        given = [i for i, e in enumerate(examples) if e.prepared[name] is not None]
        own = _features(parts, name, [examples[i] for i in given], caches.get(name))
        found = dict(zip(given, own, strict=True))
        for i in range(len(examples)):
            features[i][name] = found.get(i)
    return [
        EncodedExample(
            task=example.task,
            key=example.key,
            samples=example.samples,
            latent=latent,
            features=feature,
            skip=example.skip,
        )
        for example, latent, feature in zip(examples, latents, features, strict=True)
    ]


def _encode_targets(parts: ModelParts, examples: Sequence[PreparedExample]) -> list[Tensor | None]:
    """Return latents (D, T) of clips (C, N); equal lengths go together, none is ever padded.

    A latent that an example brings is passed on.
    """
    waveforms = [example.waveform for example in examples]
    by_length: dict[int, list[int]] = {}
    for i, waveform in enumerate(waveforms):
        if waveform is not None:
            by_length.setdefault(int(waveform.shape[-1]), []).append(i)
    latents: list[Tensor | None] = [example.latent for example in examples]
    together = [
        indices[first : first + TOGETHER]
        for indices in by_length.values()
        for first in range(0, len(indices), TOGETHER)
    ]
    for indices in together:
        batch = torch.stack([waveforms[i] for i in indices]).to(parts.device)  # type: ignore[misc]
        with section("codec"), parts.visiting(parts.codec):
            encoded = parts.codec.encode(batch).float().cpu()
        for i, latent in zip(indices, encoded, strict=True):
            latents[i] = latent
    return latents


def _features(
    parts: ModelParts, name: str, given: Sequence[PreparedExample], cache: FeatureCache | None
) -> list[Any]:
    """Return one feature per example that has the payload; a cache is asked first."""
    prepared = [example.prepared[name] for example in given]
    compute = partial(_encode_frozen, parts, name)
    if not prepared:
        return []
    if cache is None:
        return compute(prepared)
    keys = [e.digests.get(name) or content_digest(e.prepared[name]) for e in given]
    return cache.features(prepared, keys, compute)


def _encode_frozen(parts: ModelParts, name: str, prepared: list[Any]) -> list[Any]:
    """Return one feature per payload; a conditioner never sees an empty list.

    A batch changes the last bits of its items. On a CPU payloads go one by one: a feature is
    then the same whatever is beside it, and whatever is cached.
    """
    conditioner = cast("Conditioner[Any]", parts.conditioners[name])
    alone = parts.device.type == "cpu"
    with section("frozen conditioners"), parts.naming(name), parts.visiting(conditioner):
        batches = [[payload] for payload in prepared] if alone else [prepared]
        encoded = [feature for batch in batches for feature in conditioner.encode_frozen(batch)]
    if len(encoded) != len(prepared):
        raise ContractError(
            f"Conditioner '{name}' ({parts.origins[name]}) made {len(encoded)} features of "
            f"{len(prepared)} payloads in encode_frozen(); expected a list with one each, in "
            "their order."
        )
    return encoded
