"""Edit: style transfer, which keeps when sounds happen and changes what makes them."""

from __future__ import annotations

from ..prompts import STYLE_TRANSFER
from ..requests import StyleTransferRequest
from .base import Edit


class StyleTransfer(Edit[StyleTransferRequest]):
    """Turns one kind of sound in a recording into another."""

    name = "style_transfer"
    default_wording = STYLE_TRANSFER
    request_model = StyleTransferRequest

    def demo_words(self) -> dict[str, str]:
        """Return the fields of `demo_request` besides the source."""
        return {"source_category": "a beep", "target_category": "a violin"}
