"""Edit: add."""

from __future__ import annotations

from ..prompts import ADD, fill
from ..requests import AddRequest
from .base import Edit


class Add(Edit[AddRequest]):
    """Adds a sound to a recording."""

    name = "add"
    request_model = AddRequest

    def sentence(self, request: AddRequest) -> str:
        """Return the built-in instruction."""
        return fill(ADD, description=request.description)
