"""Plans pairs for speech editing: one word out, in, or another in its place (spec section 7.3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

import numpy as np

from ..seeds import fraction, stream
from .aligning import Timed
from .config import OPERATIONS, EditingConfig, Operation
from .conversion import Planned
from .new_words import NEW_WORDS
from .other_words import OtherWords
from .records import PlannedPair, pair_id
from .utterances import Rejection
from .word_changes import changes, pace_of, regions

LEAST_WORDS = 3
"""A sentence of fewer keeps too little of itself."""
LEAST_NEW_S = 0.05
"""What is made anew lasts longer; shorter, no task takes it."""
DIGITS = 6
"""Of times in seconds: finer than a sample, so that no part ends behind its recording."""


def plan_edits(timed: Iterable[Timed], config: EditingConfig) -> Planned:
    """Return a pair for each recording, the operations in turn; a function of both alone.

    Args:
        timed: recordings with the times of their words, in any order.
        config: what is done to words.
    """
    found = sorted(timed, key=lambda one: one[0].id)
    editor = _Editor(found, config)
    made: Counter[Operation] = Counter(
        {name: 0 for name in OPERATIONS if name in config.operations}
    )
    pairs: list[PlannedPair] = []
    rejected: list[Rejection] = []
    for heard, times in _in_turn(found, config):
        if config.pairs is not None and len(pairs) == config.pairs:
            break
        rng = stream(config.key, "speech_editing", heard.id, "edit")
        for operation in sorted(made, key=lambda name: made[name]):
            pair = editor.edited((heard, times), operation, rng)
            if pair is not None:
                pairs.append(pair)
                made[operation] += 1
                break
        else:
            rejected.append(Rejection(heard.id, "no_edit", f"{len(times)} words"))
    ordered = tuple(sorted(pairs, key=lambda pair: pair.id))
    return Planned(ordered, tuple(rejected), {str(name): n for name, n in made.items()})


def _paces(timed: Sequence[Timed]) -> dict[str, float]:
    """Return speaker → seconds per syllable, pauses left out, over all recordings."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for heard, times in timed:
        if times:
            found[heard.told.speaker].append(pace_of(times))
    return {speaker: fmean(paces) for speaker, paces in found.items()}


def _in_turn(timed: Sequence[Timed], config: EditingConfig) -> list[Timed]:
    """Return recordings so that speakers take turns; the seed decides within each."""

    def drawn(*of: str) -> float:
        return fraction(config.key, "speech_editing", *of)

    by_speaker: defaultdict[str, list[Timed]] = defaultdict(list)
    for one in timed:
        by_speaker[one[0].told.speaker].append(one)
    placed = []
    for speaker, own in by_speaker.items():
        order = sorted(own, key=lambda one: (drawn("order", one[0].id), one[0].id))
        placed += [((n, drawn("speaker", speaker), one[0].id), one) for n, one in enumerate(order)]
    return [one for _, one in sorted(placed, key=lambda entry: entry[0])]


class _Editor:
    """Makes pairs of recordings; knows all words, and how fast everyone speaks."""

    def __init__(self, timed: Sequence[Timed], config: EditingConfig) -> None:
        self.config = config
        self.words = OtherWords(heard.told.text for heard, _ in timed)
        self.paces = _paces(timed)

    def edited(
        self, timed: Timed, operation: Operation, rng: np.random.Generator
    ) -> PlannedPair | None:
        """Return a pair of one operation at a drawn place, the next one where it cannot be."""
        old = [word.text for word in timed[1]]
        if len(old) < LEAST_WORDS:
            return None
        for place in rng.permutation(len(old) + (operation == "insert")):
            new = NEW_WORDS[operation](old, int(place), rng, self.words)
            pair = None if new is None else self._pair(timed, new, operation)
            if pair is not None:
                return pair
        return None

    def _pair(self, timed: Timed, new: Sequence[str], operation: Operation) -> PlannedPair | None:
        """Return the pair of some new words; `None` unless they are one part that leaves others."""
        heard, times = timed
        old, config = [word.text for word in times], self.config
        found = changes(old, new)
        parts = regions(
            found,
            times,
            new,
            seconds=heard.seconds,
            seconds_per_syllable=self.paces[heard.told.speaker],
            pace=config.pace,
            widen_s=config.widen_s,
            merge_s=config.merge_s,
        )
        if len(parts) != 1 or parts[0].new_s < LEAST_NEW_S:
            return None
        (part,) = parts
        replaced, longest = part.end_s - part.start_s, config.longest_seconds or np.inf
        if not 0 < replaced < heard.seconds:
            return None
        if max(heard.seconds, heard.seconds - replaced + part.new_s) > longest:
            return None
        facts = {
            "transcript": " ".join(new),
            "source_transcript": " ".join(old),
            "reference_transcript": " ".join(old),
            "start_seconds": round(part.start_s, DIGITS),
            "end_seconds": round(part.end_s, DIGITS),
            "new_seconds": round(part.new_s, DIGITS),
            "operation": operation,
            "edited_words": [word for c in found for word in new[c.new_start : c.new_end]],
            "removed_words": [word for c in found for word in old[c.start : c.end]],
            "source_words": [
                {
                    "word": word.text,
                    "start_s": round(word.start_s, DIGITS),
                    "end_s": round(word.end_s, DIGITS),
                }
                for word in times
            ],
            "speaker": heard.told.speaker,
            "language": heard.told.language,
        }
        return PlannedPair(
            id=pair_id("speech_editing", [heard.sha256], facts),
            task="speech_editing",
            recordings={"source": heard.id},
            facts=facts,
        )
