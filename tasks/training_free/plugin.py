"""Registers edits that need no training, and the controls beside them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ...core.hookspecs import hookimpl
from ...core.payloads import PROMPT
from ...core.specs import TaskSpec
from . import requests

_HERE = __name__.rpartition(".")[0]

STEPS = 100
"""Of the way from noise to data, as the paper's; half as many where a step costs two calls."""

GUIDANCE = 6.0
"""Of the target's words. To be calibrated on real data, like every t_start."""


@hookimpl
def register_tasks() -> list[TaskSpec]:
    """Return four methods and four controls."""
    return [
        _method(
            "sdedit",
            "SDEdit: noise a recording half-way and generate the rest under a description.",
            "SdEdit",
            requests.SdEditRequest,
        ),
        _method(
            "ode_inversion",
            "ODE inversion: up to noise under one description, down under another.",
            "OdeInversion",
            requests.InversionRequest,
            solver="midpoint",
            steps=STEPS // 2,
        ),
        _method(
            "edit_friendly_inversion",
            "Edit-friendly inversion (ZETA's idea): keep the noise of each step, change the words.",
            "EditFriendlyInversion",
            requests.EditFriendlyRequest,
            aliases=("zeta",),
        ),
        _method(
            "flow_edit",
            "FlowEdit: follow the difference of what the flow says of two descriptions.",
            "FlowEdit",
            requests.FlowEditRequest,
        ),
        _control("copy", "Control: the recording as it is.", "Copy"),
        _control("silence", "Control: silence, as long as the recording.", "Silence"),
        _control("codec", "Control: the recording, encoded and decoded.", "Codec"),
        _control(
            "oracle",
            "Control: the exact answer, encoded and decoded, better than which no model is.",
            "Oracle",
            requests.AnswerRequest,
        ),
    ]


def _method(
    name: str,
    summary: str,
    attribute: str,
    request: type[BaseModel],
    *,
    aliases: tuple[str, ...] = (),
    solver: str = "euler",
    steps: int = STEPS,
) -> TaskSpec:
    sampling: dict[str, Any] = {"solver": solver, "steps": steps, "guidance_scale": GUIDANCE}
    return TaskSpec(
        name=name,
        summary=summary,
        factory=f"{_HERE}.described:{attribute}",
        request=request,
        fills=(PROMPT,),
        aliases=aliases,
        default_metrics=("lsd",),
        needs_training=False,
        worded_as="text_to_audio",
        sampling=sampling,
    )


def _control(
    name: str,
    summary: str,
    attribute: str,
    request: type[BaseModel] = requests.RecordingRequest,
) -> TaskSpec:
    return TaskSpec(
        name=name,
        summary=summary,
        factory=f"{_HERE}.controls:{attribute}",
        request=request,
        fills=(),
        default_metrics=("lsd",),
        needs_training=False,
    )
