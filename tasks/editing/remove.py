"""Edit: remove."""

from __future__ import annotations

from ..prompts import REMOVE
from ..requests import RemoveRequest
from .base import Edit


class Remove(Edit[RemoveRequest]):
    """Removes a sound from a recording."""

    name = "remove"
    default_wording = REMOVE
    request_model = RemoveRequest
