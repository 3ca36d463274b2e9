"""Wordings beside those that ship: a file that a model filled and a person reviewed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml
from pydantic import Field

from ....core.config import Config, parse_config
from ....core.errors import ConfigError
from ..blobs import write_whole
from ..config import Task
from .checking import fault_of
from .language import TASKS, Language
from .languages import read_yaml
from .template import Template

HEAD = """\
# Wordings that a model wrote, for a person to review. Read each line: would a user say it, does it
# ask for this edit and no other, is it true of any sound, of one and of many? Then set accepted to
# true or false; texts may be corrected. A file with a line that nobody set is refused.
"""
_LETTERS = 10


class Asked(Config):
    """One time that a model was asked."""

    task: Task = Field(description="The edit.")
    provider: str = Field(description="Who was asked.")
    model: str = Field(description="What answered, as it names itself.")
    date: str = Field(description="When, 2026-11-29.")
    prompt_sha256: str | None = Field(
        default=None, description="Of what was asked, without what fills its slots."
    )
    asked: int = Field(ge=0, description="Wordings that were asked for.")
    answered: int = Field(ge=0, description="Wordings that came.")
    rejected: dict[str, int] = Field(default_factory=dict, description="Reason → wordings.")


class MoreWording(Config):
    """One wording, and a person's verdict."""

    task: Task = Field(description="The edit.")
    text: str = Field(description="With slots in braces.")
    accepted: bool | None = Field(default=None, description="Set by a person.")


class MoreWordings(Config):
    """A file of wordings in one language."""

    lang: str = Field(description="Of all of them.")
    asked: tuple[Asked, ...] = Field(default=(), description="Where they come from.")
    wordings: tuple[MoreWording, ...] = Field(default=(), description="To review.")


def read_file(path: Path) -> MoreWordings:
    """Return what a file holds, reviewed or not.

    Raises:
        ConfigError: if it cannot be read, or is none; says where.
    """
    values = read_yaml(path, "file of wordings", "'audio-omni audioedit paraphrase' writes it,")
    return parse_config(MoreWordings, values, where=f"File of wordings {path.name}")


def write_file(path: Path, content: MoreWordings) -> None:
    """Write a file for a person to review; never half.

    Raises:
        StopRun: if the disk is full.
    """
    values = content.model_dump(mode="json")
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100)
    write_whole(path, (HEAD + text.replace("accepted: null", "accepted:")).encode())


def read_more(
    path: Path, languages: Mapping[str, Language]
) -> tuple[str, dict[Task, list[Template]]]:
    """Return a file's language and the wordings that a person accepted, by edit.

    Raises:
        ConfigError: if one was not reviewed, or does not hold what wordings must; names it.
    """
    content = read_file(path)
    open_ = [one.text for one in content.wordings if one.accepted is None]
    if open_:
        raise ConfigError(
            f"{path.name} has {len(open_)} of {len(content.wordings)} wordings that nobody "
            f"reviewed, such as '{open_[0]}'. Read them, and set accepted to true or false."
        )
    if content.lang not in languages:
        raise ConfigError(
            f"{path.name} is in '{content.lang}'; there are {', '.join(languages)}. Name that "
            "language's file in words.files."
        )
    language, found = languages[content.lang], dict[Task, list[Template]]()
    for one in content.wordings:
        if not one.accepted:
            continue
        known = [t.text for task in TASKS for t in found.get(task, ())]
        fault = fault_of(one.text, one.task, language, known)
        if fault is not None:
            raise ConfigError(
                f"{path.name}: '{one.text}' of {one.task} was accepted and cannot be used: "
                f"{fault}. Correct it, or set accepted to false."
            )
        found.setdefault(one.task, []).append(Template(template_id(one.task, one.text), one.text))
    return content.lang, found


def joined(
    files: Iterable[tuple[str, Mapping[Task, Sequence[Template]]]],
) -> dict[str, dict[Task, list[Template]]]:
    """Return the wordings of several files by language and edit, each once."""
    more: dict[str, dict[Task, list[Template]]] = {}
    for lang, tasks in files:
        for task, templates in tasks.items():
            there = more.setdefault(lang, {}).setdefault(task, [])
            known = {template.id for template in there}
            there += [template for template in templates if template.id not in known]
    return more


def template_id(task: Task, text: str) -> str:
    """Return the id of a wording: it is of the text alone, and no wording that ships has one."""
    return f"{task}-m{hashlib.sha256(text.encode()).hexdigest()[:_LETTERS]}"
