"""Whether a background sounds like a sound, whatever its words say (spec section 4.2).

Shapes: B backgrounds, P phrases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.errors import DataError
from ..records import ToolUse
from ..seeds import stream
from ..stages.outcomes import Item

PERCENTILE = 90
"""Of cosines of random backgrounds with random phrases: above, a background has the sound."""

PAIRS = 10_000
"""Pairs that the percentile is of; all of them where there are no more."""

Phrase = tuple[str, str]
"""A sound in words: bare ("dog barking"), and with its article ("a dog barking")."""


@dataclass(frozen=True, eq=False)
class ConflictGuard:
    """Cosines of every background with every phrase, and from where they are a conflict.

    Attributes:
        cosines: background → (P,).
        places: phrase → its place.
        threshold: τ, good for the weights that ``tool`` names and for this data alone.
        tool: the scorer.
    """

    cosines: Mapping[str, NDArray[np.float64]]
    places: Mapping[Phrase, int]
    threshold: float
    tool: ToolUse

    def hears(self, background: str) -> bool:
        """Tell whether a background was measured."""
        return background in self.cosines

    def likeness(self, background: str, phrases: Sequence[Phrase]) -> float:
        """Return the largest cosine of a background with some phrases."""
        measured = self.cosines[background]
        return float(max(measured[self.places[phrase]] for phrase in phrases))

    def conflicts(self, background: str, phrases: Sequence[Phrase]) -> bool:
        """Tell whether a background sounds like one of some phrases."""
        return self.likeness(background, phrases) > self.threshold


def build_guard(ingredients: Sequence[Item], scored: Sequence[Item], dataset: str) -> ConflictGuard:
    """Return the guard of a data set.

    Args:
        ingredients: all that are usable; the sounds among them are the phrases.
        scored: what the stage ``conflict_scores`` made, see `conflict_item`.
        dataset: key of the data set, which the random pairs are a function of.

    Raises:
        DataError: if no background was measured.
    """
    if not scored:
        raise DataError(
            "No background was measured by synthesis.conflict_scorer, so none can be told from "
            "the sounds. Run the stage conflict_scores again, or leave conflict_scorer out."
        )
    cosines = {i.data["background"]: np.array(i.data["cosines"], np.float64) for i in scored}
    return ConflictGuard(
        cosines,
        {phrase: place for place, phrase in enumerate(phrases_of(ingredients))},
        percentile(np.array([cosines[name] for name in sorted(cosines)]), dataset),
        ToolUse.model_validate(scored[0].data["tool"]),
    )


def conflict_item(background: Item, cosines: Sequence[float], tool: ToolUse) -> Item:
    """Return what is kept of a background: its cosines with all phrases, and what measured them."""
    data = {
        "background": background.id,
        "cosines": [round(float(cosine), 6) for cosine in cosines],
        "tool": tool.model_dump(mode="json"),
    }
    return Item(f"conflict:{background.id}", background.root, data)


def percentile(cosines: NDArray[np.float64], dataset: str) -> float:
    """Return τ: the 90th percentile of cosines (B, P) of random pairs, to six digits."""
    values = cosines.ravel()
    if values.size > PAIRS:
        rng = stream(dataset, "synth", "conflicts", "pairs")
        values = values[rng.integers(values.size, size=PAIRS)]
    return round(float(np.percentile(values, PERCENTILE)), 6)


def phrases_of(ingredients: Sequence[Item]) -> list[Phrase]:
    """Return the phrases of all sounds, each once, in order."""
    events = (item.data for item in ingredients if item.data["role"] == "event")
    return sorted({phrase_of(facts) for facts in events})


def phrase_of(facts: Mapping[str, Any]) -> Phrase:
    """Return the phrase of a sound."""
    words = facts["words"]
    return str(words["bare"]), str(words["indefinite"])
