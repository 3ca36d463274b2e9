"""Word error rate as seed-tts-eval counts it, utterance by utterance.

Source: Anastassiou et al. 2024, "Seed-TTS", sec. 3.1, and its published evaluation.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...core.bootstrap import bootstrap_interval
from ...core.errors import DataError
from .student import Interval

Language = Literal["en", "zh"]
Unit = Literal["words", "characters"]
HIGH_RATE = 0.5
"""Utterances above are counted: one that the recogniser lost can score 400 %."""

CHINESE_PUNCTUATION = (
    "\uff02\uff03\uff04\uff05\uff06\uff07\uff08\uff09\uff0a\uff0b\uff0c\uff0d\uff0f\uff1a\uff1b"
    "\uff1c\uff1d\uff1e\uff20\uff3b\uff3c\uff3d\uff3e\uff3f\uff40\uff5b\uff5c\uff5d\uff5e\uff5f"
    "\uff60\uff62\uff63\uff64\u3000\u3001\u3003\u3008\u3009\u300a\u300b\u300c\u300d\u300e\u300f"
    "\u3010\u3011\u3014\u3015\u3016\u3017\u3018\u3019\u301a\u301b\u301c\u301d\u301e\u301f\u3030"
    "\u303e\u303f\u2013\u2014\u2018\u2019\u201b\u201c\u201d\u201e\u201f\u2026\u2027\ufe4f\ufe51"
    "\ufe54\u00b7\uff0e\uff01\uff1f\uff61\u3002"
)
REMOVED = CHINESE_PUNCTUATION + string.punctuation.replace("'", "")
"""Characters that vanish from both texts: a typographic apostrophe does, the ASCII one stays."""

_REMOVAL = str.maketrans("", "", REMOVED)


@dataclass(frozen=True)
class Utterance:
    """What was said and what was heard, normalised, and the fewest edits between them.

    Attributes:
        reference: normalised words that were to be said.
        hypothesis: normalised words that were heard.
        errors: substitutions, deletions and insertions together; how they split is not unique.
        words: of the reference, at least 1; or its characters, spaces included.
    """

    reference: str
    hypothesis: str
    errors: int
    words: int

    @property
    def rate(self) -> float:
        """Return errors over words; above 1 where much was inserted."""
        return self.errors / self.words


@dataclass(frozen=True)
class WordErrorRate:
    """Error rates as shares of 1; percent is for whoever prints them.

    Attributes:
        value: unweighted mean over utterances, seed-tts-eval's number.
        interval: 95 %, by bootstrap over utterances; `None` for one.
        median: over utterances.
        corpus: errors of all utterances over words of all.
        share_high: utterances with a rate above 0.5.
        utterances: in the order given.
    """

    value: float
    interval: Interval | None
    median: float
    corpus: float
    share_high: float
    utterances: tuple[Utterance, ...]

    @property
    def per_utterance(self) -> NDArray[np.float64]:
        """Return the rates, (N,)."""
        return np.array([utterance.rate for utterance in self.utterances])


def normalise_words(text: str, language: Language) -> str:
    """Return a text as seed-tts-eval compares it.

    Punctuation vanishes without a space in its place ("twenty-one" is "twentyone"), each two
    spaces become one once; English is put in lower case, Chinese is spaced into characters.
    """
    plain = text.translate(_REMOVAL).replace("  ", " ")
    return " ".join(plain) if language == "zh" else plain.lower()


def count_errors(
    reference: str, hypothesis: str, normalise: Callable[[str], str], unit: Unit = "words"
) -> Utterance:
    """Return the errors of one utterance, in words or in characters.

    Raises:
        DataError: if nothing is left of the reference, or jiwer is not installed.
    """
    try:
        import jiwer
    except ImportError as failure:
        raise DataError(
            "Word error rates need jiwer, which is not installed. pip install 'audio-omni[eval]'."
        ) from failure
    wanted, heard = normalise(reference), normalise(hypothesis)
    if not wanted.strip():
        raise DataError(
            f"The reference {reference!r} has no word left once it is normalised; expected at "
            "least one. Leave the utterance out, or give it its words."
        )
    count = jiwer.process_words if unit == "words" else jiwer.process_characters
    found = count(wanted, heard)
    errors = found.substitutions + found.deletions + found.insertions
    return Utterance(wanted, heard, errors, errors - found.insertions + found.hits)


def word_error_rate(
    references: Sequence[str],
    hypotheses: Sequence[str],
    *,
    language: Language = "en",
    normalise: Callable[[str], str] | None = None,
    limit: float | None = None,
) -> WordErrorRate:
    """Return the word error rate of what was heard.

    Args:
        references: what was to be said, one for each utterance.
        hypotheses: what a recogniser heard, in the same order; may be empty strings.
        language: decides the normalisation.
        normalise: another normalisation, like Whisper's; then ``language`` is not used.
        limit: greatest rate of one utterance in mean and median; the field's numbers have none.

    Raises:
        DataError: for unequal or no utterances, or a reference without words.
    """
    if len(references) != len(hypotheses) or not references:
        raise DataError(
            f"Got {len(references)} references and {len(hypotheses)} hypotheses; expected one "
            "hypothesis for each reference, and at least one."
        )
    rule = normalise or (lambda text: normalise_words(text, language))
    utterances = tuple(
        count_errors(reference, hypothesis, rule)
        for reference, hypothesis in zip(references, hypotheses, strict=True)
    )
    rates = np.array([utterance.rate for utterance in utterances])
    limited = rates if limit is None else np.minimum(rates, limit)
    errors = sum(utterance.errors for utterance in utterances)
    return WordErrorRate(
        value=float(limited.mean()),
        interval=bootstrap_interval(limited),
        median=float(np.median(limited)),
        corpus=errors / sum(utterance.words for utterance in utterances),
        share_high=float((rates > HIGH_RATE).mean()),
        utterances=utterances,
    )
