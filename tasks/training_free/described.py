"""Methods that are told what the result is, in a description: SDEdit, inversions, FlowEdit."""

from __future__ import annotations

from typing import Generic, TypeVar

from ...core.flow.editing import methods
from ...core.payloads import PROMPT, Prompt
from ..prompts import TEXT_TO_AUDIO
from .base import EditorTask
from .requests import (
    DescribedEditRequest,
    EditFriendlyRequest,
    FlowEditRequest,
    InversionRequest,
    SdEditRequest,
)

DescribedT = TypeVar("DescribedT", bound=DescribedEditRequest)


class DescribedEdit(EditorTask[DescribedT], Generic[DescribedT]):
    """Words enter as those of text to audio do; the recording is no reference of the model."""

    default_wording = TEXT_TO_AUDIO

    def descriptions(self, request: DescribedT) -> tuple[dict[str, Prompt], dict[str, Prompt]]:
        """Return what describes the recording, nothing where no words do, and the result."""
        of_source = getattr(request, "source_caption", None)
        described = {PROMPT: self._prompt(of_source)} if of_source is not None else {}
        return described, {PROMPT: self._prompt(request.target_caption)}

    def demo_words(self) -> dict[str, str]:
        """Return the fields of `demo_request` besides the recording."""
        return {"source_caption": "a hum and beeps", "target_caption": "a hum and a dog barking"}

    def _prompt(self, words: str) -> Prompt:
        return Prompt(text=self.wording.fill(prompt=words), system=self.wording.system)


class SdEdit(DescribedEdit[SdEditRequest]):
    """Noises the recording and generates the rest."""

    name = "sdedit"
    request_model = SdEditRequest

    def editor(self, request: SdEditRequest) -> methods.SdEdit:
        """Return who noises and generates."""
        return methods.SdEdit(request.t_start)


class OdeInversion(DescribedEdit[InversionRequest]):
    """Integrates up under one description and down under another."""

    name = "ode_inversion"
    request_model = InversionRequest

    def editor(self, request: InversionRequest) -> methods.OdeInversion:
        """Return who integrates both ways."""
        return methods.OdeInversion(request.t_start)


class EditFriendlyInversion(DescribedEdit[EditFriendlyRequest]):
    """Keeps the noise of each step and changes the words."""

    name = "edit_friendly_inversion"
    request_model = EditFriendlyRequest

    def editor(self, request: EditFriendlyRequest) -> methods.EditFriendlyInversion:
        """Return who keeps noise maps."""
        scale = request.source_guidance_scale
        return methods.EditFriendlyInversion(request.t_start, scale, not request.drop_last)


class FlowEdit(DescribedEdit[FlowEditRequest]):
    """Follows the difference of two velocities."""

    name = "flow_edit"
    request_model = FlowEditRequest

    def editor(self, request: FlowEditRequest) -> methods.FlowEdit:
        """Return who follows it."""
        return methods.FlowEdit(request.t_start, request.source_guidance_scale, request.draws)
