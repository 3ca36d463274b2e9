"""What a pair may be used for: no more than the most restrictive of its ingredients allows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .records import LicenceFacts

UNKNOWN = "unknown"
_FREE = ("CC0-1.0", "Public-Domain", "Unlicense", "0BSD")
_PERMISSIVE = ("MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib")
_ADDRESS = re.compile(r"(?:HTTPS?://)?(?:WWW\.)?CREATIVECOMMONS\.ORG/LICEN[SC]ES/([A-Z-]+)(.*)")
_SPELLED = {
    "CREATIVE-COMMONS": "CC",
    "ATTRIBUTION": "BY",
    "NON-COMMERCIAL": "NC",
    "NONCOMMERCIAL": "NC",
    "SHARE-ALIKE": "SA",
    "SHAREALIKE": "SA",
    "NO-DERIVATIVES": "ND",
    "NODERIVATIVES": "ND",
    "NODERIVS": "ND",
}


@dataclass(frozen=True)
class Terms:
    """What one licence asks for.

    Attributes:
        name: SPDX-like; ``"unknown"`` where there is none.
        rank: 0 free … 5 unknown; the larger, the more restrictive.
        commercial: whether it is known and allows commercial use.
        notes: what to mind.
    """

    name: str
    rank: int
    commercial: bool
    notes: tuple[str, ...] = ()


def licence_facts(licences: Sequence[str | None]) -> LicenceFacts:
    """Return what a pair of these ingredients may be used for.

    Args:
        licences: of the ingredients, SPDX-like; several in one text joined by AND. `None`, an
            empty text and no ingredient at all are unknown.

    Returns:
        All licences, the most restrictive first; commercial use only where every one is known to
        allow it.
    """
    names = [name for text in licences for name in split_licences(text)] or [UNKNOWN]
    found = sorted({terms_of(name) for name in names}, key=lambda t: (-t.rank, t.name))
    notes = dict.fromkeys(note for terms in found for note in terms.notes)
    return LicenceFacts(
        effective=" AND ".join(terms.name for terms in found),
        commercial_ok=all(terms.commercial for terms in found),
        notes="; ".join(notes),
    )


def allows(
    facts: LicenceFacts, commercial_only: bool, licences: Sequence[str] | None = None
) -> bool:
    """Tell whether a pair may be used as asked.

    Args:
        facts: of the pair.
        commercial_only: whether commercial use has to be open.
        licences: names, in any usual spelling, that all of the pair's have to be among; `None`
            for any.
    """
    if commercial_only and not facts.commercial_ok:
        return False
    if licences is None:
        return True
    known = {terms_of(name).name for name in licences}
    return {terms_of(name).name for name in split_licences(facts.effective)} <= known


def split_licences(text: str | None) -> list[str]:
    """Return the licences that a text joins by AND; the unknown one for nothing."""
    parts = re.split(r"\s+AND\s+", (text or "").replace("(", " ").replace(")", " "))
    return [part.strip() for part in parts if part.strip()] or [UNKNOWN]


def terms_of(name: str) -> Terms:
    """Return what a licence asks for; of a choice (OR), its least restrictive part.

    Anything that is not a Creative Commons licence, public domain, or a permissive licence of
    software is kept by its name and allows nothing.
    """
    options = re.split(r"\s+OR\s+", name)
    if len(options) > 1:
        return min(map(terms_of, options), key=lambda t: t.rank)
    folded = _spdx(name)
    if folded == UNKNOWN.upper():
        return Terms(UNKNOWN, 5, False, ("an ingredient's licence is not known",))
    for known in _FREE:
        if folded == known.upper():
            return Terms(known, 0, True)
    for known in _PERMISSIVE:
        if folded == known.upper():
            return Terms(known, 1, True, ("its notice has to be kept",))
    return _creative_commons(folded) or Terms(
        name, 5, False, (f"what {name!r} allows is not known here",)
    )


def _creative_commons(folded: str) -> Terms | None:
    """Return the terms of a Creative Commons licence; `None` if any part of the name is odd."""
    match = re.fullmatch(
        r"(?:CC-)?(BY(?:-(?:NC|SA|ND))*)(?:-(\d\.\d)(?:-(?:[A-Z]{2}|IGO))?)?", folded
    )
    if match is None:
        return None
    terms, version = match.groups()
    name = f"CC-{terms}-{version}" if version else f"CC-{terms}"
    credit = ("attribution",)
    share = (*credit, "share alike: under the same licence") if "SA" in terms else credit
    if "ND" in terms:
        return Terms(name, 4, False, ("no derivatives: a mixture may not be passed on", *credit))
    if "NC" in terms:
        return Terms(name, 3, False, ("no commercial use", *share))
    return Terms(name, 2 if "SA" in terms else 1, True, share)


def _spdx(name: str) -> str:
    """Return a name in capitals, with the usual ways to write it made one."""
    text = re.sub(r"[\s_]+", "-", name.strip().upper())
    if "PUBLICDOMAIN/ZERO" in text or text in ("CC0", "CC-ZERO", "CC0-1.0-UNIVERSAL"):
        return "CC0-1.0"
    if address := _ADDRESS.fullmatch(text):
        version = re.search(r"\d\.\d", address[2])
        return f"CC-{address[1].strip('-')}" + (f"-{version[0]}" if version else "")
    for long, short in _SPELLED.items():
        text = text.replace(long, short)
    return text
