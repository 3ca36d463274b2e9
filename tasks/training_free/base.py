"""What edits that need no training have in common: a recording, and who edits it."""

from __future__ import annotations

import abc
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from ...core.flow.editing.editor import Editor
from ...core.media.audio import as_waveform
from ...core.media.waveform import Waveform
from ...core.payloads import Editing, Example, Prompt
from ...core.task import Task
from ..demo_clips import demo_clip

RequestT = TypeVar("RequestT", bound=BaseModel)


class EditorTask(Task[RequestT], Generic[RequestT]):
    """Brings an editor with the example; the result is as long as the recording."""

    recording = "source_audio"
    """Field of the request that names the recording to start from."""

    @abc.abstractmethod
    def editor(self, request: RequestT) -> Editor:
        """Return who edits, with the settings of a request."""

    def descriptions(self, request: RequestT) -> tuple[dict[str, Prompt], dict[str, Prompt]]:
        """Return the payloads that describe the recording, and those of the result."""
        return {}, {}

    def build_example(self, request: RequestT) -> Example:
        """Return the example of an edit; decodes the recording.

        Raises:
            MediaError: if the recording cannot be read.
        """
        source: Waveform = as_waveform(getattr(request, self.recording))
        described, wanted = self.descriptions(request)
        return Example(
            task=self.name,
            seconds=source.seconds,
            payloads=wanted,
            conversions=source.conversions,
            editing=Editing(source, described, self.editor(request)),
        )

    def demo_request(self) -> RequestT:
        """Return an edit of one second of two beeps."""
        values: dict[str, Any] = {self.recording: demo_clip(), **self.demo_words()}
        return self.parse_request(values)

    def demo_words(self) -> dict[str, str]:
        """Return the fields of `demo_request` besides the recording."""
        return {}
