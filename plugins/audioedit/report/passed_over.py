"""Backgrounds that have a sound of their scene already, by words and by ear, as HTML."""

from __future__ import annotations

from html import escape

from ..conflicts_heard import HeardConflicts


def html(conflicts: tuple[int, int] | None, heard: HeardConflicts | None) -> str:
    """Return the share of backgrounds that were passed over.

    Args:
        conflicts: those whose words name a sound, of all that were drawn.
        heard: those that sound like one, where a scorer listened.
    """
    if conflicts is None or not conflicts[1]:
        return ""
    met, drawn = conflicts
    said = (
        f"<p>Of {drawn:,} backgrounds that were drawn, {met:,} ({_share(met, drawn)}) were passed "
        "over: by their words they have a sound of their scene already."
    )
    return f"{said}</p>" if heard is None else f"{said} {_by_ear(heard)}</p>"


def _by_ear(heard: HeardConflicts) -> str:
    weights = f", weights {heard.weights_sha256[:12]}…" if heard.weights_sha256 else ""
    return (
        f"Another {heard.met:,} ({_share(heard.met, heard.drawn)}) were passed over by ear: their "
        f"cosine with one of its sounds is above τ = {heard.threshold:.3f}, percentile "
        f"{heard.percentile} of random pairs ({escape(heard.scorer)}{weights})."
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
