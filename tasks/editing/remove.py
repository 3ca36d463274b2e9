"""Edit: remove."""

from __future__ import annotations

from ..prompts import REMOVE, fill
from ..requests import RemoveRequest
from .base import Edit


class Remove(Edit[RemoveRequest]):
    """Removes a sound from a recording."""

    name = "remove"
    request_model = RemoveRequest

    def sentence(self, request: RemoveRequest) -> str:
        """Return the built-in instruction."""
        return fill(REMOVE, description=request.description)
