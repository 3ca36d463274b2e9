"""How long clips are as they are measured, and pairs whose halves are unlike."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.errors import RequestError
from .clip_set import NAMED
from .config import TOLERANCE_SAMPLES, Policies
from .screening import Facts

FactsOfPair = tuple[str, Facts, Facts]
"""The id of a row, and the facts of its generated clip and of its reference."""


def frames_of(facts: Facts, policies: Policies) -> int:
    """Return the samples of a clip at the rate that it is measured at."""
    rate = policies.sample_rate_hz or facts.rate_hz
    return -(-facts.frames * rate // facts.rate_hz)


def seconds_of(facts: Facts, policies: Policies) -> float:
    """Return the duration of a clip as it is measured, before pairs are cut to be alike."""
    seconds = frames_of(facts, policies) / (policies.sample_rate_hz or facts.rate_hz)
    return min(seconds, policies.cut_seconds or seconds)


def refuse_rates(pairs: Sequence[FactsOfPair]) -> None:
    """Refuse pairs of unlike sample rates.

    Raises:
        RequestError: lists the first ones.
    """
    unlike = [
        f"'{id_}' ({made.rate_hz} against {wanted.rate_hz} Hz)"
        for id_, made, wanted in pairs
        if made.rate_hz != wanted.rate_hz
    ]
    if unlike:
        raise RequestError(
            f"{len(unlike)} of {len(pairs)} pairs have unlike sample rates: {_first(unlike)}; "
            "expected one rate in each pair. Say at which rate all are measured, for example "
            "--sample-rate 16000."
        )


def refuse_durations(pairs: Sequence[FactsOfPair], policies: Policies) -> None:
    """Refuse pairs of unlike durations, as they would be measured.

    Raises:
        RequestError: lists the first ones.
    """
    unlike = []
    for id_, made, wanted in pairs:
        have, want = seconds_of(made, policies), seconds_of(wanted, policies)
        rate = policies.sample_rate_hz or min(made.rate_hz, wanted.rate_hz)
        if abs(have - want) * rate > TOLERANCE_SAMPLES:
            unlike.append(f"'{id_}' ({have:.3f} against {want:.3f} s)")
    if unlike:
        raise RequestError(
            f"{len(unlike)} of {len(pairs)} pairs have unlike durations: {_first(unlike)}; "
            "expected equal ones. Say what is to become of them: --durations shorter cuts both, "
            "--durations as_is leaves them, --cut SECONDS cuts all clips."
        )


def _first(texts: list[str]) -> str:
    rest = len(texts) - NAMED
    return ", ".join(texts[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
