"""One wording of an edit, with slots."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .language import slots_in


@dataclass(frozen=True)
class Template:
    """One wording of an edit.

    Attributes:
        id: unique within its language: ``"add-03"``.
        text: with slots in braces, see ``en.yaml``.
        held_out: whether training never sees it.
    """

    id: str
    text: str
    held_out: bool = False

    @cached_property
    def fields(self) -> frozenset[str]:
        """Return the names in braces."""
        return slots_in(self.text)
