"""What a checkpoint must hold for a model, and what of it is missing, unexpected or misshapen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from torch import Tensor

from ...core.errors import CheckpointError
from ...core.models.audio_omni import AudioOmniModel
from .layout import PREFIXES, THINKER
from .published_config import PROMPT

LISTED = 20


class Shaped(Protocol):
    """A tensor, or the description of one."""

    @property
    def shape(self) -> Sequence[int]:
        """Return the sizes of the dimensions."""
        ...


def expected_tensors(model: AudioOmniModel, *, with_thinker: bool) -> dict[str, dict[str, Tensor]]:
    """Return what each component holds, by the names of the published checkpoint.

    Args:
        model: the model, possibly on the meta device.
        with_thinker: whether the language model is part of the checkpoint.
    """
    expected = {name: dict(part.state_dict()) for name, part in model.components().items()}
    if with_thinker:
        conditioner: Any = model.conditioners[PROMPT]
        expected[THINKER] = conditioner.published_tensors()
    return expected


def check_tensors(
    expected: Mapping[str, Mapping[str, Shaped]],
    found: Mapping[str, Mapping[str, Shaped]],
    strange: Sequence[str],
    where: str,
) -> None:
    """Raise unless every component has exactly the tensors it should, in their shapes.

    Args:
        expected: component → name → tensor.
        found: the same of a checkpoint.
        strange: keys of the checkpoint that belong to no component.
        where: the file, for the message.

    Raises:
        CheckpointError: lists missing, unexpected and misshapen keys, by their published names.
    """
    missing, unexpected, misshapen = [], list(strange), []
    for component in expected.keys() | found.keys():
        prefix = PREFIXES.get(component, "")
        want, have = expected.get(component, {}), found.get(component, {})
        missing += [prefix + name for name in want.keys() - have.keys()]
        unexpected += [prefix + name for name in have.keys() - want.keys()]
        misshapen += [
            f"{prefix}{name} {tuple(have[name].shape)} instead of {tuple(want[name].shape)}"
            for name in want.keys() & have.keys()
            if tuple(have[name].shape) != tuple(want[name].shape)
        ]
    problems = [
        f"{len(keys)} {what}: {_listed(sorted(keys))}"
        for what, keys in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("of another shape", misshapen),
        )
        if keys
    ]
    if problems:
        raise CheckpointError(
            f"{where} does not fit its config; {'; '.join(problems)}. Are both files of the same "
            "model, and whole?"
        )


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + rest
