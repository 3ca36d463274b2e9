"""Weights for the modules under test: the stored ones, or those of the formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from ....core.errors import CheckpointError
from .files import Golden
from .hashfill import fill

LISTED = 5


def load_stored(module: nn.Module, golden: Golden, prefix: str) -> None:
    """Load a golden file's weights below ``prefix``, nothing missing and nothing left over.

    Raises:
        CheckpointError: lists what is missing, unexpected or of another shape.
    """
    load_strictly(module, golden.weights(prefix), f"{golden.name}.safetensors, w/{prefix}*")


def load_formula(module: nn.Module, prefix: str, seed: int) -> None:
    """Fill a module of the release's size in place; constants stay as they were built.

    Args:
        module: whose state has the published names below ``prefix``.
        prefix: what the full names of the published checkpoint begin with; part of the formula.
        seed: the ``hash_seed`` of a golden file.
    """
    for key, entry in module.state_dict(keep_vars=False).items():
        # One entry at a time, so that the values are never all in memory twice.
        for values in fill({prefix + key: entry.shape}, seed).values():
            entry.copy_(values)


def load_strictly(module: nn.Module, weights: Mapping[str, Tensor], where: str) -> None:
    """Load a whole state.

    Raises:
        CheckpointError: lists what is missing, unexpected or of another shape.
    """
    expected = module.state_dict()
    problems = []
    if missing := sorted(expected.keys() - weights.keys()):
        problems.append(f"missing: {_listed(missing)}")
    if unexpected := sorted(weights.keys() - expected.keys()):
        problems.append(f"unexpected: {_listed(unexpected)}")
    for key in sorted(expected.keys() & weights.keys()):
        if expected[key].shape != weights[key].shape:
            problems.append(
                f"{key} is {tuple(weights[key].shape)} instead of {tuple(expected[key].shape)}"
            )
    if problems:
        raise CheckpointError(
            f"The weights {where} do not fit {type(module).__name__}; {'; '.join(problems)}. "
            "Expected the published names and the sizes that the JSON gives."
        )
    module.load_state_dict(dict(weights))


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + rest
