"""Edit: whatever the user's own words say."""

from __future__ import annotations

from ..prompts import INSTRUCTION_EDITING
from ..requests import InstructionEditRequest
from .base import Edit


class InstructionEditing(Edit[InstructionEditRequest]):
    """Changes a recording as told; the language model reads the words as they stand.

    The request names no kind of edit. Rows of any edit teach it, if they have an ``instruction``.
    """

    name = "instruction_editing"
    default_wording = INSTRUCTION_EDITING
    request_model = InstructionEditRequest

    def demo_words(self) -> dict[str, str]:
        """Return the fields of `demo_request` besides the source."""
        return {"instruction": "Make the beeps sound like a bird."}
