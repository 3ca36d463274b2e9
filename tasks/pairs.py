"""What a row of an edit must be: two clips, the second of them another than the first."""

from __future__ import annotations

import torch

from ..core.errors import DataError
from ..core.media.waveform import Waveform

LENGTH_TOLERANCE_SECONDS = 0.01
CROPPED = "cropped "
"""How the record of a cut begins. A part of a pair may lie beside its edit, and be equal."""


def refuse_equal(row_id: str | None, task: str, source: Waveform, target: Waveform) -> None:
    """Raise unless a row's target is another clip than its source, or a part of a longer one.

    Raises:
        DataError: if they are equal sample by sample; names the row.
    """
    if any(note.startswith(CROPPED) for note in target.conversions):
        return
    if torch.equal(source.samples, target.samples):
        raise DataError(
            f"Row '{row_id}': its target equals its source sample by sample, so task '{task}' "
            "would learn to do nothing. Expected the edited clip; correct or leave out the row."
        )
