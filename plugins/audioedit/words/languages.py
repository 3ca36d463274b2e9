"""The languages that ship, and those of a user's files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from ....core.config import parse_config
from ....core.errors import ConfigError, DataError, suggestion
from .language import TASKS, Language

_FOLDER = files(__package__)


@cache
def builtin_languages() -> tuple[str, ...]:
    """Return the languages that ship with wordings."""
    names = (file.name for file in _FOLDER.iterdir())
    found = (name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))
    return tuple(sorted(name for name in found if len(name) == 2))


@lru_cache(maxsize=8)
def builtin_language(lang: str) -> Language:
    """Return a language that ships.

    Raises:
        DataError: for one that does not; lists those that do.
    """
    known = builtin_languages()
    if lang not in known:
        raise DataError(
            f"There are no wordings in '{lang}'.{suggestion(lang, known)} Expected one of "
            f"{', '.join(known)}, or a language of a file in words.files."
        )
    return Language.model_validate(_builtin_values(lang))


def read_language(path: Path) -> Language:
    """Return the language of a file; what it leaves out is taken from the one that ships.

    Raises:
        ConfigError: if it cannot be read, or does not fit; says where. Or if it gives an id of a
            wording that ships to another wording.
    """
    values = read_yaml(path, "language file", "the built-in words/de.yaml")
    if not isinstance(values.get("lang"), str):
        raise ConfigError(f"The language file {path.name} has no 'lang'; expected one, like de.")
    ours = _builtin_values(values["lang"]) if values["lang"] in builtin_languages() else {}
    classes = {**(ours.get("classes") or {}), **(values.get("classes") or {})}
    where = f"Language file {path.name}"
    language = parse_config(Language, {**ours, **values, "classes": classes}, where=where)
    for task in TASKS:
        shipped = (ours.get(task) or {}).get("templates") or {}
        for id_, text in language.wordings(task).templates.items():
            if id_ in shipped and shipped[id_] != text:
                raise ConfigError(
                    f"{where}: '{id_}' is a wording that ships. Give yours another id."
                )
    return language


def read_yaml(path: Path, what: str, like: str) -> dict[str, Any]:
    """Return the mapping of a YAML file; raises ConfigError if there is none, and says why."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as failure:
        told = " ".join(str(failure).split())
        raise ConfigError(f"The {what} {path} cannot be read ({told}).") from None
    if not isinstance(values, dict):
        raise ConfigError(f"The {what} {path.name} holds no fields; expected some, as {like} has.")
    return values


@lru_cache(maxsize=8)
def _builtin_values(lang: str) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load((_FOLDER / f"{lang}.yaml").read_text("utf-8"))
    return loaded
