"""How many of the words that an edit is about are heard wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from ...core.embedder import Heard
from ...core.errors import RequestError, UndefinedError
from ..statistics.words import Utterance
from .network_config import EditedWordsErrorRateConfig
from .word_error_rate import WordErrorRate


class Change(NamedTuple):
    """Words that differ: places ``start … end`` of the new text, and how many old ones went."""

    start: int
    end: int
    removed: int

    @property
    def words(self) -> int:
        """Return how many words can be wrong: the new ones, or the old where there are more."""
        return max(self.end - self.start, self.removed)


class EditedWordsErrorRate(WordErrorRate):
    """`WordErrorRate` of the words that an edit is about, all others left out.

    What is heard is aligned with ``transcript``, the words of the result. Of the places at which
    that differs from ``source_transcript`` count the words that are wrong or missing, and those
    that are heard in between: a word that was to go and is still there is an error. They are
    divided by the words put in, or by those taken out where there are more of them, and limited
    to 1: a place is right or wrong.

    Counted as ours; the field has no rule for single words.
    """

    name = "edited_words_error_rate"
    config_model = EditedWordsErrorRateConfig
    config: EditedWordsErrorRateConfig

    def _counted(self, heard: Heard) -> Utterance:
        """Count errors at the places of one row's edit.

        Raises:
            RequestError: if the row lacks a text, or it has no word.
            UndefinedError: if both texts are alike.
        """
        whole = super()._counted(heard)
        said = heard.fields.get("source_transcript")
        if not isinstance(said, str) or not said.strip():
            raise RequestError(
                f"Metric '{self.name}' reads field 'source_transcript' of a row, and row "
                f"'{heard.id}' has {said!r}. Measure rows of speech editing that have it."
            )
        old = self._normaliser()(said).split()
        changes = changed_words(old, whole.reference.split())
        if not changes:
            raise UndefinedError(
                f"Metric '{self.name}' got a row, '{heard.id}', whose texts do not differ once "
                "they are normalised. Leave it out.",
                "no word is edited",
            )
        errors = errors_within(changes, whole.reference, whole.hypothesis)
        words = sum(change.words for change in changes)
        return Utterance(whole.reference, whole.hypothesis, min(errors, words), words)


def changed_words(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """Return where two texts differ, in words of the new one."""
    matcher = SequenceMatcher(a=list(old), b=list(new), autojunk=False)
    return [
        Change(first, last, gone_to - gone_from)
        for kind, gone_from, gone_to, first, last in matcher.get_opcodes()
        if kind != "equal"
    ]


def errors_within(changes: Sequence[Change], wanted: str, heard: str) -> int:
    """Return the errors at some places of a text, in the fewest edits that explain what is heard.

    A word that is heard beside them counts if it stands between the words next to a place.
    """
    import jiwer

    errors = 0
    for chunk in jiwer.process_words(wanted, heard).alignments[0]:
        first, last = chunk.ref_start_idx, chunk.ref_end_idx
        for change in changes:
            if chunk.type == "insert" and change.start <= first <= change.end:
                errors += chunk.hyp_end_idx - chunk.hyp_start_idx
            elif chunk.type in {"substitute", "delete"}:
                errors += max(0, min(last, change.end) - max(first, change.start))
    return errors
