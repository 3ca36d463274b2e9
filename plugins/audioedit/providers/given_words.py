"""An aligner that hears nothing: it believes the word times that come with a recording."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from ....core.config import Config
from ....core.errors import DataError
from .contract import Aligner, Clip, Refusal, SpokenWord
from .word_times import read_word_times, words_of


class GivenWordsConfig(Config):
    """Where a row has its words."""

    field: str = Field(
        default="words",
        min_length=1,
        description="Field with the words: a list of them with start_s and end_s, or the path of "
        "a file (.ctm, .TextGrid, .json).",
    )
    folder: str | None = Field(
        default=None, description="What such paths are relative to; left out: the manifest's."
    )


class GivenWords(Aligner):
    """Word times of an aligner that ran before, such as the Montreal Forced Aligner's."""

    config = GivenWordsConfig
    options: GivenWordsConfig
    licence = (
        "Apache-2.0 (this package), https://www.apache.org/licenses/LICENSE-2.0; times: that of "
        "whoever made them"
    )

    def align(self, clip: Clip, words: Sequence[str]) -> tuple[SpokenWord, ...] | Refusal:
        """Return the given times under the words as the transcript writes them; or a refusal."""
        told: Any = clip.facts.get(self.options.field)
        if told in (None, "", []):
            return Refusal("no_word_times", f"field '{self.options.field}' has none")
        try:
            given = self._read(told, clip)
        except (DataError, ValueError) as failure:
            return Refusal("no_word_times", str(failure))
        if [folded(word.text) for word in given] != [folded(word) for word in words]:
            said = " ".join(word.text for word in given)
            return Refusal("other_words", f"the times are of {said!r:.200}")
        return tuple(
            SpokenWord(text, word.start_s, word.end_s)
            for text, word in zip(words, given, strict=True)
        )

    def _read(self, told: Any, clip: Clip) -> tuple[SpokenWord, ...]:
        if isinstance(told, str):
            folder = self.options.folder or str(clip.facts.get("folder") or "")
            return read_word_times(Path(folder) / told, clip.id)
        if not isinstance(told, list):
            raise DataError(f"got {told!r:.100}; expected a list of words, or a path")
        return words_of(told)


def folded(word: str) -> str:
    """Return a word as aligners compare it: letters, digits and inner apostrophes, lower case."""
    plain = unicodedata.normalize("NFKC", word).casefold().replace("\u2019", "'")
    return "".join(c for c in plain if c.isalnum() or c == "'").strip("'")
