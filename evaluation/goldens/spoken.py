"""Golden cases of words heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ..statistics.words import (
    REMOVED,
    Language,
    WordErrorRate,
    count_errors,
    normalise_words,
    word_error_rate,
)
from .cases import Case, Tolerance
from .comparison import EXACT, Comparison

RATES = ("jiwer4_wer", "wer")
WHISPER = "whisper"


def check_wer(case: Case, comparison: Comparison) -> None:
    """Compare normalised texts and rates, utterance by utterance and of all together."""
    language = str(case.input("language"))
    if language not in ("en", "zh"):
        comparison.problems.append(f"got the language '{language}', expected en or zh")
        return
    spoken = cast(Language, language)
    near = case.tolerance("wer", default=Tolerance(atol=1e-12))
    if case.has("punctuation_removed"):
        stored = set(str(case.input("punctuation_removed"))) - {"'"}
        comparison.same("punctuation_removed", sorted(REMOVED), sorted(stored))
    key = case.output_key("per_pair")
    if key is not None:
        comparison.seen(key)
        for number, entry in enumerate(case.outputs[key]):
            _compare_utterance(comparison, f"pair {number}", entry, spoken, near)
    pairs = [
        (str(reference), str(heard))
        for reference, heard in case.input("pairs")
        if "\t" not in reference and normalise_words(reference, spoken).strip()
    ]
    found = word_error_rate([r for r, _ in pairs], [h for _, h in pairs], language=spoken)
    _compare_all(comparison, found, near)


def _compare_utterance(
    comparison: Comparison, name: str, entry: Mapping[str, Any], language: Language, near: Tolerance
) -> None:
    def normalise(text: str) -> str:
        return normalise_words(text, language)

    reference = str(entry["reference"])
    if not normalise(reference).strip():
        comparison.omitted.append(f"{name}: a reference without words, which ours refuses")
        return
    found = count_errors(reference, str(entry["hypothesis"]), normalise)
    if "normalised_reference" in entry:
        wanted = (entry["normalised_reference"], entry["normalised_hypothesis"])
        comparison.same(f"{name}, normalised", (found.reference, found.hypothesis), wanted)
    for rate in RATES:
        if rate in entry:
            comparison.numbers(f"{name}, {rate}", found.rate, entry[rate], near)
    seed_tts = entry.get("seed_tts_eval_jiwer3")
    if isinstance(seed_tts, Mapping) and "wer" in seed_tts:
        comparison.numbers(f"{name}, seed_tts_eval", found.rate, seed_tts["wer"], near)
    # How errors split differs between alignments that are equally good.
    kinds = ("substitutions", "deletions", "insertions")
    if all(kind in entry for kind in kinds):
        total = sum(entry[kind] for kind in kinds)
        comparison.numbers(f"{name}, errors", found.errors, total, EXACT)
    if any(WHISPER in key for key in entry):
        comparison.omitted.append(f"{name}: Whisper's map of spellings lies with its weights")


def _compare_all(comparison: Comparison, found: WordErrorRate, near: Tolerance) -> None:
    percent = round(100.0 * found.value, 3)
    comparison.equal("seed_tts_eval_average_script", f"WER: {percent}%")
    comparison.near("pairs_in_that_average", len(found.utterances))
    comparison.near("corpus_level_wer", found.corpus, near)
    comparison.near("corpus_errors", sum(u.errors for u in found.utterances))
    comparison.near("corpus_reference_words", sum(u.words for u in found.utterances))
