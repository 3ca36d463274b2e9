"""The sentences that a task puts around a request; free of torch.

A task has wording of its own. A model that was trained on other sentences brings those, in a JSON
file of `TaskWording` by task name that its config names (``model.wording``).
"""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Literal

from pydantic import Field

from .config import Config, parse_config
from .errors import ConfigError


class TaskWording(Config):
    """What the language model reads around the words of a request."""

    system: str | None = Field(default=None, description="Who the model is, what it should make.")
    user: str = Field(
        default="{prompt}", description="What is asked: a `str.format` template over the request."
    )
    verbatim: bool = Field(
        default=False,
        description="Take words as typed, with the spaces at their ends and their full stops.",
    )
    voice_join: Literal["sentence", "full_stop"] = Field(
        default="sentence",
        description="How a voice prompt's words and the new ones are joined (text_to_speech): "
        "as sentences, or always by a full stop.",
    )

    def fill(self, **words: str | None) -> str:
        """Return the user's part with its fields filled; an absent word is an empty one.

        Unless ``verbatim``, words lose the spaces at their ends, and a final full stop where the
        template goes on behind them.

        Raises:
            ConfigError: if the template has a field that the request lacks.
        """
        given = {name: word or "" for name, word in words.items()}
        try:
            if not self.verbatim:
                given = {name: self._trimmed(name, word) for name, word in given.items()}
            return self.user.format(**given)
        except (KeyError, IndexError, ValueError) as failure:
            raise ConfigError(
                f"The wording {self.user!r} cannot be filled ({failure}); its fields can be "
                f"{', '.join(sorted(given)) or 'none'}. Correct the model's wording file."
            ) from None

    def _trimmed(self, name: str, word: str) -> str:
        last = list(string.Formatter().parse(self.user))[-1:]
        ends_template = bool(last) and last[0][1] == name
        return word.strip() if ends_template else word.strip().rstrip(".")


def load_wording(path: Path | None) -> dict[str, TaskWording]:
    """Return the wording of a model by task name; empty when it has none of its own.

    Raises:
        ConfigError: if the file is missing or is not a JSON mapping of wordings; names the field.
    """
    if path is None:
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        items = dict(values).items()
    except (OSError, ValueError, TypeError) as failure:
        raise ConfigError(
            f"The wording file {path} cannot be read ({failure}); expected a JSON mapping from a "
            "task's name to its sentences. Import the model again."
        ) from None
    return {
        task: parse_config(TaskWording, entry, where=f"Wording of '{task}' in {path}")
        for task, entry in items
    }
