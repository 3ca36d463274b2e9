"""Kinds of videos: ``sync``, ``sync_full_hash``, ``synchformer`` and ``video_transform``.

Shapes: B batch, T frames, H × W pixels, S segments, D width.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ....core.media.frames import stretch
from ....core.models.synchformer import extractor
from .comparison import Comparison
from .files import Golden
from .hashfill import unit
from .parts import build_conditioner
from .recipe import hashed_input
from .subject import Subject
from .weights import load_formula, load_stored

NAME = "synchformer"
PREFIX = "conditioner.conditioners.sync_feature."
EXTRACTOR_PREFIX = "vfeat_extractor."
RELEASE_WIDTH = 768
RELEASE_SIZES = "release"
SIZES = {
    "PATCH_SIZE": "patch",
    "EMBED_DIM": "width",
    "DEPTH": "depth",
    "NUM_HEADS": "heads",
}
BLOCK = 8
PIXELS = 224


def check_sync(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare the tokens of a batch; an item of zeros is one without a video."""
    conditioner = build_conditioner(
        subject.catalog,
        NAME,
        golden.setting("output_dim"),
        input_width=golden.setting("input_dim"),
        input_tokens=golden.setting("seq"),
        tokens=golden.setting("output_len"),
    )
    load_stored(conditioner, golden, PREFIX)
    condition = conditioner(present(golden.input("common", "sync")))
    comparison.case("batch", {"embed": condition.tokens, "mask": condition.mask})


def check_sync_full(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare every k-th token at the release's size, with and without a video."""
    conditioner = build_conditioner(subject.catalog, NAME, RELEASE_WIDTH)
    load_formula(conditioner, PREFIX, golden.setting("hash_seed"))
    features = hashed_input(golden, "sync")
    stride = golden.setting("embed_token_stride")
    for name, sync in (("zero", [None] * len(features)), ("hash", list(features))):
        comparison.case(name, {"embed_strided": conditioner(sync).tokens[:, ::stride]})


def check_synchformer(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare the features of the test video."""
    vit = golden.setting("vit")
    changed = {} if vit == RELEASE_SIZES else {SIZES[name]: size for name, size in vit.items()}
    network = extractor.build_extractor(extractor.ExtractorSizes(**changed))
    if golden.setting("hashed"):
        load_formula(network, EXTRACTOR_PREFIX, golden.setting("seed"))
    else:
        load_stored(network, golden, EXTRACTOR_PREFIX)
    frames = test_video(golden.setting("T"), golden.setting("seed"), PIXELS, PIXELS)
    features = extractor.extract(network, frames, segments_per_batch=2)
    comparison.case("video", {"features": features[None]})


def check_video_transform(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare frames as they are stretched, and as the extractor sees them."""
    frames = golden.input("frames", "uint8")
    stretched = stretch(frames, (PIXELS, PIXELS))
    seen = extractor.scaled(stretched)
    # Every k-th row and column is stored; their number tells k.
    k = math.ceil(PIXELS / golden.tensor("out/resized/uint8").shape[-1])
    comparison.case("resized", {"uint8": stretched[..., ::k, ::k]})
    comparison.case("sync_input", {"strided": seen[..., ::k, ::k]})


def present(features: Tensor) -> list[Tensor | None]:
    """Return the items (T, D) of a batch; `None` for zeros, the release's word for absence."""
    return [item if bool(item.any()) else None for item in features]


def test_video(frames: int, seed: int, height: int, width: int) -> Tensor:
    """Return the goldens' test video (T, 3, H, W) uint8: blocks of noise and a moving ramp."""
    blocks = unit("video", (frames, 3, math.ceil(height / BLOCK), math.ceil(width / BLOCK)), seed)
    noise = blocks.repeat_interleave(BLOCK, 2).repeat_interleave(BLOCK, 3)[..., :height, :width]
    ramp = (2 * torch.arange(width) + 7 * torch.arange(frames)[:, None]) % 256
    video = 60 * noise + 64 + ramp[:, None, None] / 2
    return video.clamp(0, 255).to(torch.uint8)
