"""Which settings of training-free methods to use: all of a grid are measured, and one is chosen.

Of each method the setting is chosen that is nearest to its text, by CLAP, of those that are no
further from the answer, by LSD, than edit-friendly inversion (ZETA's idea) with its defaults is.
Starts are those with as much noise as 40 to 120 of 200 steps of AudioLDM's schedule have.
"""

from __future__ import annotations

from collections.abc import Mapping

from .statistics import Cell

SDEDIT, ZETA = "sdedit", "edit_friendly_inversion"
STARTS = (0.44, 0.55, 0.64, 0.73, 0.82)
SCALES = (3, 6, 9, 12)
DEFAULT = f"{ZETA},t_start=0.73,guidance_scale=6"
"""The setting whose LSD the chosen ones do not exceed."""

CONTROLS = ("copy", "oracle")
CLAP, LSD = "CLAP", "mean LSD"
"""Columns of the table by which it is chosen."""


def sweep_methods() -> tuple[str, ...]:
    """Return the methods of a sweep: SDEdit by start, ZETA by start and scale, and two controls."""
    return (
        *(f"{SDEDIT},t_start={t:g}" for t in STARTS),
        *(f"{ZETA},t_start={t:g},guidance_scale={s:g}" for t in STARTS for s in SCALES),
        *CONTROLS,
    )


def chosen_note(rows: Mapping[str, Mapping[str, Cell]]) -> str:
    """Return a sentence on the settings that a sweep chooses, or on why it chooses none.

    Args:
        rows: method to column to number, as in the table.
    """
    measured = {m: cells for m, cells in rows.items() if CLAP in cells and LSD in cells}
    if DEFAULT not in measured:
        return f"Nothing is chosen: {CLAP} and {LSD} of {DEFAULT} were not both measured."
    most = measured[DEFAULT][LSD].value
    told = [_best(method, measured, most) for method in (SDEDIT, ZETA)]
    return f"Chosen by CLAP at an LSD of {most:.2f} or less, that of {DEFAULT}: {'; '.join(told)}."


def _best(method: str, rows: Mapping[str, Mapping[str, Cell]], most: float) -> str:
    """Return the setting with the largest CLAP; the smaller LSD decides between equal ones."""
    own = {m: c for m, c in rows.items() if m.split(",")[0] == method and c[LSD].value <= most}
    if not own:
        return f"no setting of {method}"
    best = max(own, key=lambda m: (own[m][CLAP].value, -own[m][LSD].value))
    return f"`{best}` (CLAP {own[best][CLAP].value:.3f}, LSD {own[best][LSD].value:.2f})"
