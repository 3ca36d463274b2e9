"""Why a plan cannot be rendered well."""

from __future__ import annotations

REASONS = {
    "too_hot": "the scene would have to be turned down by more than 12 dB",
    "event_silent": "nothing is left of an event after it was warped",
    "transient_lost": "the warper kept less than 40 % of an event's energy",
    "gain_explosion": "an event would need more than 30 dB of gain",
    "warp_failed": "the warper failed",
    "inaudible": "the event cannot be heard in its scene",
    "background_quiet": "the part of the background has no loudness",
    "background_gain": "the background would need more than 20 dB of gain",
}


class Unusable(Exception):
    """A plan that cannot be rendered well; another draw may."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """Keep the code of `REASONS`."""
        super().__init__(detail or REASONS[reason])
        self.reason = reason
