"""Edit: extract."""

from __future__ import annotations

from ..prompts import EXTRACT, fill
from ..requests import ExtractRequest
from .base import Edit


class Extract(Edit[ExtractRequest]):
    """Keeps one sound of a recording and silences the rest."""

    name = "extract"
    request_model = ExtractRequest

    def sentence(self, request: ExtractRequest) -> str:
        """Return the built-in instruction."""
        return fill(EXTRACT, description=request.description)
