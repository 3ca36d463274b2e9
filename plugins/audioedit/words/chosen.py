"""The wordings that a configuration asks for, and the words of sounds in its languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ....core.data.uri import expand
from ....core.errors import ConfigError, DataError
from ..config import AudioEditConfig, WordsConfig
from ..records import Words
from ..stages.workshop import Workshop
from .captions import scene_caption
from .language import ENGLISH, Language
from .languages import builtin_language, builtin_languages, read_language
from .more import joined, read_more
from .wordings import More, Wordings

_TOLD = 20
Named = tuple[Words, Sequence[str]]
"""A sound's English words, and what it may be filed under."""


def wordings_of(workshop: Workshop) -> Wordings:
    """Return what a data set's edits are worded with, read once.

    Raises:
        ConfigError: if a file cannot be used, or a wording of it was not reviewed.
        DataError: for a language that there is none of.
    """
    return workshop.once("wordings", lambda: read_wordings(workshop.config))


def read_wordings(config: AudioEditConfig) -> Wordings:
    """Return the wordings of a configuration; raises as `wordings_of`."""
    chosen = config.words or WordsConfig()
    languages = read_languages(chosen.files)
    more = read_more_files(chosen.more, languages)
    spoken = [languages.get(lang) or builtin_language(lang) for lang in config.languages]
    if unspoken := sorted(more.keys() - set(config.languages)):
        raise ConfigError(
            f"words.more has wordings in {', '.join(unspoken)}; languages is "
            f"{', '.join(config.languages)}. Add the language, or leave the file out."
        )
    return Wordings(spoken, more)


def read_languages(files: Iterable[str]) -> dict[str, Language]:
    """Return the languages that ship, and those of files in their place.

    Raises:
        ConfigError: if a file cannot be used, or two are of one language.
    """
    own: dict[str, Language] = {}
    for file in files:
        language = read_language(path_of(file, "words.files"))
        if language.lang in own:
            raise ConfigError(f"Two of words.files are of '{language.lang}'; join them to one.")
        own[language.lang] = language
    return {lang: builtin_language(lang) for lang in builtin_languages()} | own


def wording_settings(workshop: Workshop) -> Mapping[str, Any]:
    """Return what words change of a stage's key; nothing for the English that ships."""
    config = workshop.config
    if config.words is None and config.languages == (ENGLISH,):
        return {}
    captions = (config.words or WordsConfig()).captions
    return {"wordings": wordings_of(workshop).sha256, "captions": captions}


def read_more_files(files: Iterable[str], languages: Mapping[str, Language]) -> More:
    """Return the accepted wordings of files, by language and edit.

    Raises:
        ConfigError: if a file cannot be used, or a wording of it was not reviewed.
    """
    return joined([read_more(path_of(file, "words.more"), languages) for file in files])


class Spoken:
    """What the sounds of a data set are called in one of its languages."""

    def __init__(self, workshop: Workshop, lang: str) -> None:
        """Keep the language of wordings, and that of captions.

        Raises:
            DataError: for a language that there is none of.
        """
        self.language = wordings_of(workshop).language(lang)
        chosen = workshop.config.words or WordsConfig()
        self.captions = self.language if chosen.captions == "own" else builtin_language(ENGLISH)

    def words(self, named: Named) -> Words:
        """Return a sound's words; raises DataError if it has none."""
        return self.language.words_of(*named)

    def phrase(self, named: Named) -> str:
        """Return a sound as captions name it; raises DataError if it has no words."""
        return self.captions.words_of(*named).indefinite

    def caption(self, background: str | Named | None, sounds: Sequence[Named]) -> str:
        """Return a scene in plain words; a background that is a text is in English.

        Raises:
            DataError: for a sound without words.
        """
        behind = self.phrase(background) if isinstance(background, tuple) else background
        return scene_caption(behind, [self.phrase(one) for one in sounds], self.captions.captions)

    def wordless(self, named: Iterable[Named], *, captions_only: bool = False) -> list[str]:
        """Return the sounds without words, by what they are called first."""
        found: dict[str, None] = {}
        for one in named:
            try:
                if not captions_only:
                    self.words(one)
                self.phrase(one)
            except DataError:
                found[one[1][0] if one[1] else one[0].bare] = None
        return list(found)


def check_words(workshop: Workshop, events: Sequence[Named], backgrounds: Sequence[Named]) -> None:
    """Raise DataError unless all sounds have words in all languages; names those without."""
    for lang in workshop.config.languages:
        spoken = Spoken(workshop, lang)
        if not spoken.language.is_named_here:
            continue
        missing = spoken.wordless(events)
        behind = spoken.wordless(backgrounds, captions_only=True)
        lacking = sorted({*missing, *behind})
        if lacking:
            told = ", ".join(lacking[:_TOLD])
            told += f" and {len(lacking) - _TOLD} more" if len(lacking) > _TOLD else ""
            hint = "" if missing else " Or set words.captions to en: these are backgrounds alone."
            raise DataError(
                f"No words in '{lang}' for {told}. Give them under 'classes' of a file in "
                f"words.files, or leave those recordings out.{hint}"
            )


def path_of(file: str, where: str) -> Path:
    """Return where a file is that a configuration names; variables are replaced."""
    return Path(expand(file, where)).expanduser()
