"""Controls: tasks that edit nothing, to stand beside every method."""

from __future__ import annotations

from typing import Any

from ...core.config import parse_config
from ...core.errors import DataError
from ...core.flow.editing import controls
from ...core.source import Row
from .base import EditorTask
from .requests import AnswerRequest, RecordingRequest


class Copy(EditorTask[RecordingRequest]):
    """Gives the recording back."""

    name = "copy"
    request_model = RecordingRequest

    def editor(self, request: RecordingRequest) -> controls.Copy:
        """Return who copies."""
        return controls.Copy()


class Silence(EditorTask[RecordingRequest]):
    """Gives silence."""

    name = "silence"
    request_model = RecordingRequest

    def editor(self, request: RecordingRequest) -> controls.Silence:
        """Return who says nothing."""
        return controls.Silence()


class Codec(EditorTask[RecordingRequest]):
    """Gives the recording as it comes out of the codec."""

    name = "codec"
    request_model = RecordingRequest

    def editor(self, request: RecordingRequest) -> controls.ThroughCodec:
        """Return who encodes and decodes."""
        return controls.ThroughCodec()


class Oracle(EditorTask[AnswerRequest]):
    """Gives the exact answer as it comes out of the codec; of a row, that is its target."""

    name = "oracle"
    request_model = AnswerRequest
    recording = "target_audio"

    def editor(self, request: AnswerRequest) -> controls.ThroughCodec:
        """Return who encodes and decodes."""
        return controls.ThroughCodec("oracle")

    def request_from_row(self, row: Row) -> AnswerRequest:
        """Return the request whose recording is the row's target.

        Raises:
            DataError: if the row has no target.
        """
        where = f"Row '{row.id}' does not fit task '{self.name}'"
        values: dict[str, Any] = {} if row.audio is None else {self.recording: row.audio()}
        return parse_config(AnswerRequest, values, where=where, error=DataError)
