"""Whether separated tracks can be told from recordings, as HTML (spec section 3.5)."""

from __future__ import annotations

from html import escape
from typing import Literal

from ..real.fingerprint import Fingerprint

Probe = Fingerprint | Literal["not_asked", "too_few"]
"""What the probe found; or that nobody asked, or that there was too little to tell."""

SAID = {
    "not_asked": "Not asked: no pair has a recording on one side and a separated track on the "
    "other, or real.swap_guard is off.",
    "too_few": "Too few recordings with a residual to tell: expected 20.",
}


def html(probe: Probe) -> str:
    """Return the accuracy of the probe, and the warning where it is high."""
    if not isinstance(probe, Fingerprint):
        return f"<p>{SAID[probe]}</p>"
    found = (
        f"<p>A linear probe on mean log-mel tells a separated track from a recording in "
        f"{probe.accuracy:.1%} of cases, of {probe.items:,} recordings and as many residuals "
        "(chance: 50 %).</p>"
    )
    warning = probe.warning
    return found + (f'<p class="warning"><strong>{escape(warning)}</strong></p>' if warning else "")
