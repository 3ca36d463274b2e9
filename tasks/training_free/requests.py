"""What users can ask of edits that need no training; free of torch."""

from __future__ import annotations

from pydantic import Field

from ...core.config import Config
from ..fields import Audio, Words


class RecordingRequest(Config):
    """A request that only names a recording; the result is as long."""

    source_audio: Audio = Field(description="The recording to edit: a path.")


class AnswerRequest(Config):
    """A request that names the exact answer of an edit."""

    target_audio: Audio = Field(description="The exact answer: a path.")


class DescribedEditRequest(RecordingRequest):
    """The base of edits that are told what the result is, not what to change."""

    target_caption: Words = Field(description="What to hear in the result, in words.")
    t_start: float = Field(
        default=0.73,
        gt=0,
        le=1,
        description="Where the flow starts, above 0: near 0 keeps the recording, 1 forgets it.",
    )


class SdEditRequest(DescribedEditRequest):
    """A request to SDEdit."""

    source_caption: Words | None = Field(
        default=None,
        description="What is heard in the recording; this method does not read it, the others do.",
    )


class InversionRequest(DescribedEditRequest):
    """A request to a method that reads both descriptions."""

    source_caption: Words = Field(description="What is heard in the recording, in words.")


class EditFriendlyRequest(InversionRequest):
    """A request to edit-friendly inversion."""

    source_guidance_scale: float = Field(
        default=1.0, ge=0, description="Guidance of the source's words; 1 is none."
    )
    drop_last: bool = Field(
        default=False,
        description="Leave out what remains at the last step, as the published code of ZETA does; "
        "a recording then does not come back as it was.",
    )


class FlowEditRequest(InversionRequest):
    """A request to FlowEdit."""

    source_guidance_scale: float = Field(
        default=1.0, ge=0, description="Guidance of the source's words; 1 is none."
    )
    draws: int = Field(default=1, ge=1, description="Noises at each time, of which a mean is made.")
