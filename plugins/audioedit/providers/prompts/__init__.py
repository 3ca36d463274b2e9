"""What models are asked, as text files with a version in their names; their hash is in keys.

A wording is never changed: a new one is a new file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .....core.errors import ConfigError

_SLOT = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Prompt:
    """A wording with slots ``{{name}}``.

    Attributes:
        name: of the file, without its ending: ``label_v1``.
        text: the wording.
    """

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Return the hash of the wording."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def filled(self, **values: str) -> str:
        """Return the wording with its slots filled; values are not searched for slots again."""
        return _SLOT.sub(lambda slot: values[slot[1]], self.text).strip()


def read_prompt(name: str, file: str | None = None, *, slots: tuple[str, ...] = ()) -> Prompt:
    """Return a built-in prompt, or the one in a file.

    Args:
        name: of the built-in one.
        file: path of another wording, instead.
        slots: the slots that it may have.

    Raises:
        ConfigError: if the file cannot be read, or has a slot that nothing fills.
    """
    path = Path(file) if file else Path(__file__).with_name(f"{name}.txt")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise ConfigError(
            f"Prompt {path.name} cannot be read ({failure}). Expected a text file in UTF-8."
        ) from None
    unknown = sorted(set(_SLOT.findall(text)) - set(slots))
    if unknown:
        raise ConfigError(
            f"Prompt {path.name} has slots {unknown}; expected only {list(slots) or 'none'}."
        )
    return Prompt(path.stem, text)


def joint_hash(prompts: Mapping[str, Prompt]) -> str:
    """Return one hash of several prompts and of what each is for."""
    text = "\n".join(f"{use} {prompts[use].sha256}" for use in sorted(prompts))
    return hashlib.sha256(text.encode()).hexdigest()
