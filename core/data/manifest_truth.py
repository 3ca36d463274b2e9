"""What a manifest's row knows about its clip, as measures read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import DataError
from .manifest_options import ManifestOptions

EVENTS = "events"
TRUTHS = (EVENTS, "span", "label", "mood", "speaker", "source_speaker", "skill", "words", "phones")
"""Fields that are facts for measures."""


def truth_of(fields: Mapping[str, Any], options: ManifestOptions, where: str) -> dict[str, Any]:
    """Return the facts of a row.

    With option ``event_onset``, its ``events`` get ``onset_s`` and ``length_s`` in seconds, and a
    ``label``: their own, or that of the row.

    Raises:
        DataError: if an event does not tell its onset by that name; opens with ``where``.
    """
    truth = {name: fields[name] for name in TRUTHS if fields.get(name) is not None}
    if EVENTS in truth and options.event_onset is not None:
        label = {name: truth[name] for name in ("label",) if name in truth}
        given = {**label, "length_s": options.event_seconds}
        truth[EVENTS] = [
            {**given, **_event(event, options.event_onset, where)}
            for event in _listed(truth[EVENTS], where)
        ]
    return truth


def _event(event: Any, name: str, where: str) -> dict[str, Any]:
    onset = event.get(name) if isinstance(event, Mapping) else None
    if isinstance(onset, bool) or not isinstance(onset, int | float):
        raise DataError(
            f"{where}, field '{EVENTS}': {event!r:.200} has no number in '{name}'; expected its "
            "onset in seconds. Correct the row, or the option event_onset."
        )
    return {**event, "onset_s": float(onset)}


def _listed(events: Any, where: str) -> list[Any]:
    if not isinstance(events, list):
        raise DataError(f"{where}, field '{EVENTS}': got {events!r:.200}; expected a list.")
    return events
