"""Edit: add."""

from __future__ import annotations

from ..prompts import ADD
from ..requests import AddRequest
from .base import Edit


class Add(Edit[AddRequest]):
    """Adds a sound to a recording."""

    name = "add"
    default_wording = ADD
    request_model = AddRequest
