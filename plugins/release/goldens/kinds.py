"""Every kind of golden file: how it is checked, and how near our numbers must lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .comparison import EXACT, Comparison
from .dit import check_dit, check_dit_full
from .files import Golden
from .mel import check_mel, check_mel_full
from .omni import check_omni, check_thinker
from .pipeline import check_pipeline
from .prompts import check_prompts
from .sampler import check_sampler
from .subject import Subject
from .synchformer import check_sync, check_sync_full, check_synchformer, check_video_transform
from .transcript import check_release_tokens, check_transcript, check_transcript_full
from .vae import check_vae, check_vae_full

TINY, FULL_WIDTH = 2e-5, 1e-4
"""Tolerances of a small network, and of one at the release's size."""


@dataclass(frozen=True)
class Kind:
    """How one kind of file is checked.

    Attributes:
        check: runs our modules and compares.
        tolerance: for outputs without one of their own.
        tensors: whether a safetensors file belongs to it.
    """

    check: Callable[[Golden, Comparison, Subject], None]
    tolerance: float
    tensors: bool = True


KINDS = {
    "dit": Kind(check_dit, TINY),
    "dit_full_width_hash": Kind(check_dit_full, FULL_WIDTH),
    "sampler": Kind(check_sampler, 1e-3),
    "vae": Kind(check_vae, TINY),
    "vae_full_hash": Kind(check_vae_full, FULL_WIDTH),
    "transcript": Kind(check_transcript, TINY),
    "transcript_full_hash": Kind(check_transcript_full, FULL_WIDTH),
    "token_ids_release_vocab": Kind(check_release_tokens, EXACT, tensors=False),
    "mel": Kind(check_mel, 1e-4),
    "mel_full_hash": Kind(check_mel_full, FULL_WIDTH),
    "sync": Kind(check_sync, TINY),
    "sync_full_hash": Kind(check_sync_full, FULL_WIDTH),
    "synchformer": Kind(check_synchformer, 1e-4),
    "video_transform": Kind(check_video_transform, 1e-5),
    "omni": Kind(check_omni, TINY),
    "thinker": Kind(check_thinker, 1e-5),
    "pipeline": Kind(check_pipeline, 1e-3),
    "prompts": Kind(check_prompts, EXACT, tensors=False),
}
