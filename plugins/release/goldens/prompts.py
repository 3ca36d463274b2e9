"""Kind ``prompts``: hashes of what the language model reads, and how transcripts are joined.

The sentences are not ours to ship: they are checked in the user's copy of the release. How a
voice prompt's words and new ones are joined needs no sentences.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ....core.errors import DataError
from ....core.wording import TaskWording
from ..prompts import FIELDS, TASKS, chat_string, release_wording
from .comparison import Comparison
from .files import Golden
from .subject import Subject

SPEECH = "text_to_speech"


def check_prompts(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare the rule of joining always, and hashes of all texts with the user's copy."""
    task = subject.catalog.tasks.load(SPEECH)(TaskWording(verbatim=True, voice_join="full_stop"))
    for case in golden.settings.get("tts_join", ()):
        what = f"join of {case['reference']!r} and {case['text']!r}"
        comparison.cases[what] = None
        comparison.equal(what, task.spoken(case["text"], case["reference"]), case["result"])
    if subject.assets is None:
        left = [name for name in ("constants", "prompts") if golden.settings.get(name)]
        if left:
            comparison.omitted.append(
                f"{' and '.join(left)}, which need the release's sentences (--assets)"
            )
        return
    constants = subject.assets.constants
    for name, case in golden.settings.get("constants", {}).items():
        comparison.cases[name] = None
        if name not in constants:
            comparison.problems.append(f"the assets have no constant {name}")
        else:
            _compare_text(comparison, name, constants[name], case)
    wording = release_wording(constants)
    for case in golden.settings.get("prompts", ()):
        task_name, words = _request(case)
        what = f"chat of {case['task']!r} with {words}"
        comparison.cases[what] = None
        text = chat_string(subject.catalog, wording, task_name, **words)
        _compare_text(comparison, what, text, case)


def _request(case: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Return our name of a case's task, and the words of the request by our names."""
    name = str(case["task"]).strip()  # as the release does
    if name not in TASKS:
        raise DataError(f"Got a prompt of task {name!r}; expected one of {', '.join(TASKS)}.")
    words = {ours: case[theirs] for theirs, ours in FIELDS.items() if theirs in case}
    return TASKS[name], {"prompt": case.get("text", ""), **words}


def _compare_text(comparison: Comparison, what: str, text: str, case: Mapping[str, Any]) -> None:
    found = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "characters": len(text)}
    wanted = {name: case[name] for name in found if name in case}
    comparison.equal(what, {name: found[name] for name in wanted}, wanted)
