"""What tasks that make audio from a description alone have in common."""

from __future__ import annotations

from typing import ClassVar

from ..core.config import parse_config
from ..core.errors import DataError
from ..core.payloads import PROMPT, Example, Prompt
from ..core.source import Row
from ..core.task import Task
from .requests import TextRequest


class TextGeneration(Task[TextRequest]):
    """Fills slot ``prompt`` with the request's words; a row brings them as its ``caption``.

    Class attributes:
        demo_prompt: the words of `demo_request`.
    """

    request_model = TextRequest
    demo_prompt: ClassVar[str]

    def build_example(self, request: TextRequest) -> Example:
        """Return the example of a request; no audio is read."""
        text = self.wording.fill(prompt=request.prompt)
        prompt = Prompt(text=text, system=self.wording.system)
        return Example(task=self.name, seconds=request.seconds, payloads={PROMPT: prompt})

    def demo_request(self) -> TextRequest:
        """Return a request for one second of audio."""
        return TextRequest(prompt=self.demo_prompt, seconds=1.0)

    def request_from_row(self, row: Row) -> TextRequest:
        """Return the request whose prompt is the row's caption.

        Raises:
            DataError: if the row has no caption; names the row and the task.
        """
        where = f"Row '{row.id}' does not fit task '{self.name}'"
        caption = row.fields.get("caption")
        if caption is None:
            found = ", ".join(sorted(row.fields)) or "none"
            raise DataError(
                f"{where}: field 'caption' is required, the words that describe its audio. "
                f"Its fields: {found}. Map one to 'caption' in the source's options."
            )
        return parse_config(TextRequest, {"prompt": caption}, where=where, error=DataError)
