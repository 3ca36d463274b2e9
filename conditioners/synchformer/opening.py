"""Opens the extractor that a config names: from a file, local, or without weights."""

from __future__ import annotations

import torch

from ...core.errors import ConfigError
from ...core.frozen import are_left_out
from ...core.models.synchformer.extractor import ExtractorSizes
from ...core.models.synchformer.segments import FPS, SEGMENT_FRAMES
from .config import SynchformerConfig
from .frozen import FrozenExtractor, empty_extractor, load_extractor
from .local import build_local_extractor, local_sizes
from .segments import frame_count


def open_extractor(config: SynchformerConfig) -> tuple[FrozenExtractor, ...]:
    """Return the extractor of a config on the CPU, or nothing where none is named.

    While modules are built on the meta device, as a model that is only counted is, it has shapes
    and no weights; those of a file that is named are left out where frozen networks are.

    Raises:
        CheckpointError: if the weights are missing, damaged, or of other sizes.
        ConfigError: if the extractor makes other features than the projections read.
    """
    if config.weights is not None and not are_left_out():
        check_features(config)
        return (load_extractor(config.weights, extractor_sizes(config)),)
    if torch.empty(0).is_meta:
        return (empty_extractor(extractor_sizes(config)),)
    if config.local is not None:
        check_features(config)
        return (build_local_extractor(config.local),)
    return ()


def extractor_sizes(config: SynchformerConfig) -> ExtractorSizes:
    """Return the sizes of the extractor, whether it is local or not."""
    if config.local is not None:
        return local_sizes(config.local)
    return ExtractorSizes(
        patch=config.patch,
        width=config.vit_width,
        depth=config.vit_depth,
        heads=config.vit_heads,
    )


def check_features(config: SynchformerConfig) -> None:
    """Raise ConfigError unless the extractor makes the features that the projections read."""
    frames = frame_count(config.seconds)
    if frames < SEGMENT_FRAMES:
        raise ConfigError(
            f"Conditioner 'synchformer': got {config.seconds:g} s of video, {frames} frames; "
            f"expected at least {SEGMENT_FRAMES / FPS:g} s. Raise `seconds`."
        )
    if config.made != config.read:
        made, read = config.made, config.read
        raise ConfigError(
            f"Conditioner 'synchformer': {config.seconds:g} s of video make {made[0]} features of "
            f"width {made[1]}; got input_tokens = {read[0]} and input_width = {read[1]}. Set them "
            "to these numbers, or leave them out."
        )
