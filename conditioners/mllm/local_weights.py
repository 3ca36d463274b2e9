"""Trained weights of a local thinker, and the mark by which they are told from those of another.

Its vocabulary comes from the code, not from a file beside the weights: were the word lists to
change, every number would load and every word would mean another one. So trained weights carry a
digest of what no shape of a weight shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ...core.errors import CheckpointError
from ...core.training.checkpoint_files import check_tensors
from ...core.training.weights import component_shapes, load_component
from .config import LocalThinkerConfig
from .thinker import SIGNATURE, Thinker

COMPONENT = "thinker"
"""Its name in checkpoints of runs that train it."""

ADVICE = "Give the sizes under `local` that it was trained with."
UNSEEN = ("heads", "audio_hop_ms", "audio_level", "audio_mels")
"""Options that decide what weights mean, though not always their shapes."""


def signature(config: LocalThinkerConfig, vocabulary: Mapping[str, int]) -> Tensor:
    """Return a digest of options and vocabulary, (16,) uint8."""
    decisive = [{name: getattr(config, name) for name in UNSEEN}, sorted(vocabulary.items())]
    digest = hashlib.blake2b(json.dumps(decisive).encode(), digest_size=16).digest()
    return torch.tensor(list(digest), dtype=torch.uint8)


def load_trained(thinker: Thinker, path: Path) -> None:
    """Fill a thinker with trained weights, and sign it.

    Args:
        thinker: of the sizes that were trained, with its signature.
        path: folder of a run or checkpoint that trained a thinker, or a safetensors file.

    Raises:
        CheckpointError: if there are none, or they are those of other sizes, of another
            vocabulary, or of other ears.
    """
    who = _who(path)
    found = load_component(path, COMPONENT, who)
    expected = thinker.signed().state_dict()
    check_tensors(found, expected, who, ADVICE)
    _check_signature(found[SIGNATURE], expected[SIGNATURE], who)
    thinker.model.load_state_dict(found)


def check_trained(thinker: Thinker, config: LocalThinkerConfig) -> None:
    """Raise where `load_trained` would for a config's weights, as far as headers tell.

    Raises:
        CheckpointError: as `load_trained`.
    """
    if config.weights is None:
        return
    path = Path(config.weights)
    who = _who(path)
    found = component_shapes(path, COMPONENT, who)
    check_tensors(found, thinker.signed().state_dict(), who, ADVICE)


def _who(path: Path) -> str:
    return f"Conditioner 'mllm', local.weights {path}"


def _check_signature(found: Tensor, expected: Tensor, who: str) -> None:
    if not torch.equal(found, expected.to(found.device)):
        raise CheckpointError(
            f"{who} was trained with another vocabulary (by another version of audio-omni), or "
            f"with other values of {', '.join(UNSEEN)}. Give the options that it was trained "
            "with, or train it again."
        )
