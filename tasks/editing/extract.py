"""Edit: extract."""

from __future__ import annotations

from ..prompts import EXTRACT
from ..requests import ExtractRequest
from .base import Edit


class Extract(Edit[ExtractRequest]):
    """Keeps one sound of a recording and silences the rest."""

    name = "extract"
    default_wording = EXTRACT
    request_model = ExtractRequest
