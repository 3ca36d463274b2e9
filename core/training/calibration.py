"""What conditioners measure of a mixture before its first step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copy import deepcopy

from ..data.mixture import Mixture, Pick
from ..data.records import EncodedExample
from ..models.audio_omni import AudioOmniModel, to_device

ROWS = 512
"""Rows that are measured: a few dozen of a source with a small share."""
TOGETHER = 32

Read = Callable[[Sequence[Pick]], Sequence[EncodedExample]]
"""Returns the encoded examples of some picks; broken rows are left out."""


def calibrate(
    model: AudioOmniModel, mixture: Mixture, read: Read, *, filled: Collection[str] = ()
) -> None:
    """Show those conditioners that ask for it the features of the rows that come first.

    The mixture is not moved on: the run draws the same rows again. Components that were filled
    from another run keep what they measured there.
    """
    asking = [
        (name, conditioner)
        for name, conditioner in model.named_conditioners()
        if conditioner.calibrates and f"conditioner-{name}" not in filled
    ]
    if not asking:
        return
    ahead = deepcopy(mixture)
    encoded = [
        example for step in range(ROWS // TOGETHER) for example in read(ahead.plan(step, TOGETHER))
    ]
    for name, conditioner in asking:
        given = [example.features[name] for example in encoded]
        present = [to_device(feature, model.device) for feature in given if feature is not None]
        if present:
            with model.naming(name), model.visiting(conditioner):
                conditioner.calibrate(present)
