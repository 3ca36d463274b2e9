"""What a reader of the table of editing has to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...core.geometry import Geometry
from .row_files import Text
from .table import Made

LSD = (
    "LSD is lsd.v1 at 44.1 kHz with a floor of -100 dBFS, and of -80 and -120 dBFS beside it: the "
    "floor decides the number. The paper's definition is not known; these numbers do not stand "
    "beside its own."
)
TEXTS = {
    "captions": "SDEdit, inversions and FlowEdit are told what the answer holds, which `own` is "
    "not: it is told what to change.",
    "instruction": "SDEdit, inversions and FlowEdit got the instruction as the target's text.",
}
SETTINGS = (
    "Starts, steps and scales of the training-free methods are defaults, calibrated on nothing."
)
CONTROLS = (
    "Controls: `copy` is the source, `silence` nothing, `codec` the source encoded and decoded, "
    "`oracle` the answer encoded and decoded, which no model of this codec can pass."
)
INTERVALS = (
    "In brackets: 95 %, by bootstrap over rows within each kind of edit; of FAD by leaving out one "
    "tenth of the clips after another."
)


def notes_on(
    made: Mapping[str, Mapping[str, Made]],
    missing: Mapping[str, str],
    text: Text,
    geometry: Geometry,
) -> list[str]:
    """Return the notes of a table.

    Args:
        made: method to kind of edit to what was measured.
        missing: metric to why it was not measured.
        text: what describes the target.
        geometry: of the model, which the rows were brought to.
    """
    return [
        _rows(made),
        f"Rows are cut to {geometry.clip_seconds:g} s around the edit and brought to "
        f"{geometry.sample_rate_hz} Hz, {geometry.channels} channel(s), as the model makes them.",
        LSD,
        INTERVALS,
        CONTROLS,
        TEXTS[text],
        SETTINGS,
        *_left_out(made),
        *(f"{name} was not measured. {reason}" for name, reason in missing.items()),
    ]


def _rows(made: Mapping[str, Mapping[str, Made]]) -> str:
    first: Mapping[str, Made] = next(iter(made.values()), {})
    counts = [
        f"{task.replace('_', ' ')} {max((cell.n for cell in one.results.values()), default=0)}"
        for task, one in first.items()
    ]
    return f"n: {', '.join(counts)}; FAD's reference is the targets of the same rows."


def _left_out(made: Mapping[str, Mapping[str, Made]]) -> Sequence[str]:
    """Return a line for each metric and reason why rows have no value, with how many of which."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for by_task in made.values():
        for task, one in by_task.items():
            for metric, reasons in one.left_out.items():
                for reason, count in reasons.items():
                    known = found.setdefault((metric, reason), {})
                    known[task] = max(known.get(task, 0), count)
    return [
        f"`{metric}` has no value for "
        + ", ".join(f"{count} rows of {task.replace('_', ' ')}" for task, count in tasks.items())
        + f": {reason.rstrip('.')}."
        for (metric, reason), tasks in found.items()
    ]
