"""Phrases and parts of clips in the scorer's space. Shapes: N samples, B phrases, D width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..providers.contract import Scorer, Signal, StylePhrase
from ..providers.lemmas import lemmas
from ..providers.table_style_words import TABLE, read_table
from ..seeds import stream
from ..stages.workshop import Workshop
from .index import real_config

Vector = NDArray[np.float64]
FRAMES = ("the sound of {indefinite}", "{indefinite} can be heard", "{label}")
"""A phrase is embedded in three frames; the mean is less sensitive to wording."""
MARGIN_S = 0.1


class PhraseSpace:
    """Embeds phrases once each, and the active parts of clips."""

    def __init__(self, scorer: Scorer, sample_rate_hz: int, dataset: str) -> None:
        """Keep the scorer, the rate of clips, and the data set's key for random streams."""
        self.scorer = scorer
        self.sample_rate_hz = sample_rate_hz
        self.dataset = dataset
        self._known: dict[tuple[str, str], Vector] = {}
        self._ordered: dict[str, list[StylePhrase]] = {}

    def phrase(self, phrase: Mapping[str, Any]) -> Vector:
        """Return the unit vector (D,) of a phrase with ``label`` and ``indefinite``."""
        key = (str(phrase["label"]), str(phrase["indefinite"]))
        if key not in self._known:
            words = {"label": key[0], "indefinite": key[1]}
            texts = [frame.format(**words) for frame in FRAMES]
            self._known[key] = unit(self.scorer.embed_text(texts).mean(axis=0))
        return self._known[key]

    def negatives(self, phrase: Mapping[str, Any], count: int) -> NDArray[np.float64]:
        """Return (count, D) of phrases of other families that share no word with this one.

        They are a function of the phrase, the number and the data set's name.
        """
        own = lemmas(str(phrase["label"]))
        apart = (p for p in self._strangers(str(phrase["family"])) if not own & lemmas(p.label))
        chosen = islice(apart, count)
        return np.array([
            self.phrase(p.model_dump(include={"label", "indefinite"})) for p in chosen
        ])  # fmt: skip

    def _strangers(self, family: str) -> list[StylePhrase]:
        """Return all phrases of other families, in an order of the family's own."""
        if family not in self._ordered:
            pool = [r.phrase for r in read_table(TABLE) if r.phrase.family != family]
            order = stream(self.dataset, "real", family, "negatives").permutation(len(pool))
            self._ordered[family] = [pool[k] for k in order]
        return self._ordered[family]

    def sounds(self, clips: Sequence[Signal]) -> NDArray[np.float64]:
        """Return unit vectors (B, D) of clips (N,)."""
        return self.scorer.embed_audio(clips, self.sample_rate_hz)

    def active(self, samples: Signal, spans: Sequence[Sequence[float]]) -> Signal:
        """Return the parts of a clip where it sounds, joined; the whole of it if none is known."""
        rate, total = self.sample_rate_hz, len(samples)
        mask = np.zeros(total, bool)
        for start, end in spans:
            first = max(0, round((start - MARGIN_S) * rate))
            mask[first : round((end + MARGIN_S) * rate)] = True
        return samples[mask] if mask.any() else samples


def phrase_space(workshop: Workshop) -> PhraseSpace:
    """Return the space of a data set's scorer, built the first time."""
    config = workshop.config
    return workshop.once(
        "phrase space", lambda: PhraseSpace(scorer_of(workshop), config.sample_rate_hz, config.key)
    )


def scorer_of(workshop: Workshop) -> Scorer:
    """Return the scorer of the branch."""
    scorer: Scorer = workshop.provider("scorer", real_config(workshop).scorer)
    return scorer


def unit(vector: Vector) -> Vector:
    """Return a vector of length 1."""
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
