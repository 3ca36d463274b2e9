"""The published classes at a size that runs in milliseconds, seeded."""

import torch
from audio_omni.core.models.synchformer.extractor import ExtractorSizes
from audio_omni.evaluation.embedders.synchformer.audio_branch import AudioSizes
from audio_omni.evaluation.embedders.synchformer.embedder import SynchformerEmbedder
from audio_omni.evaluation.embedders.synchformer.network import Synchformer, SynchformerSizes

TINY = SynchformerSizes(
    video=ExtractorSizes(patch=16, width=24, depth=1, heads=2, pixels=32),
    audio=AudioSizes(width=24, depth=1, heads=2),
    width=24,
    depth=2,
    heads=2,
)


def drawn(shapes, seed=0):
    """Weights that keep the variance of what they read; norms do nothing."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(shape, generator=generator) * scale(name, shape) + is_norm(name)
        for name, shape in sorted(shapes.items())
    }


def scale(name, shape):
    if name.endswith(("_token", "_tok", "embed", "embeddings", "pos_emb")):
        return 0.5
    return 0.02 if len(shape) == 1 else float(torch.Size(shape[1:]).numel()) ** -0.5


def is_norm(name):
    parts = name.split(".")
    norms = ("norm", "ln1", "ln2", "ln_f")
    return float(parts[-1] == "weight" and any(mark in parts[-2] for mark in norms))


def tiny(seed=0, **options):
    return Synchformer(drawn(Synchformer.shapes(TINY), seed), TINY, **options)


class TinySynchformer(SynchformerEmbedder):
    """The embedder with a network of which nothing is published."""

    name = "tiny_synchformer"

    def __init__(self, config=None):
        super().__init__(config, network=tiny())
