"""Examples that are made out of recordings: their editors run, in as few batches as they allow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from .data.records import PreparedExample
from .errors import SamplingError
from .flow.config import SamplingConfig
from .flow.editing.editor import Editor
from .media.waveform import Waveform
from .model_flow import ModelFlow
from .payloads import Editing, Example
from .sampler import OnStep, Sampler


class Edited(NamedTuple):
    """A clip that an editor made.

    Attributes:
        waveform: (C, N), as long as the recording.
        conversions: what was done to recording and words.
        facts: the editor, its settings, and what it cost.
    """

    waveform: Waveform
    conversions: tuple[str, ...]
    facts: dict[str, Any]


class Bound(NamedTuple):
    """An example, prepared: the recording with what describes it, and the target's description."""

    origin: PreparedExample
    target: PreparedExample


@torch.no_grad()
def edit_examples(
    sampler: Sampler,
    examples: Sequence[Example],
    seeds: Sequence[int],
    sampling: SamplingConfig,
    on_step: OnStep | None = None,
) -> list[Edited]:
    """Return one clip per example, in order; those of equal editors are made in one batch.

    Args:
        sampler: the model.
        examples: each with an `Editing`.
        seeds: one per example; item i alone equals item i in a batch.
        sampling: steps, solver and scale.
        on_step: told of every step.

    Raises:
        RequestError: for a recording longer than the model's clips, or settings that do not fit.
        SamplingError: if a step, the decoder or the editor yields a non-finite value.
    """
    bound = [bind(sampler, example) for example in examples]
    groups: dict[Editor, list[int]] = {}
    for i, example in enumerate(examples):
        groups.setdefault(editing_of(example).editor, []).append(i)
    was_training = sampler.model.training
    sampler.model.eval()
    made: dict[int, Edited] = {}
    try:
        for editor, chosen in groups.items():
            own = [bound[i] for i in chosen]
            flow = open_flow(sampler, own, [seeds[i] for i in chosen], sampling, on_step)
            made |= zip(chosen, _edit(editor, flow, own), strict=True)
    finally:
        sampler.model.train(was_training)
    return [made[i] for i in range(len(examples))]


def bind(sampler: Sampler, example: Example) -> Bound:
    """Return an example's recording and its target, prepared for a model.

    Raises:
        RequestError: for a recording longer than the model's clips.
    """
    editing = editing_of(example)
    origin = Example(example.task, None, editing.described, target=editing.source)
    target = sampler.model.prepare(example)  # first: it says what to do with a long recording
    return Bound(sampler.model.prepare(origin), target)


def open_flow(
    sampler: Sampler,
    bound: Sequence[Bound],
    seeds: Sequence[int],
    sampling: SamplingConfig,
    on_step: OnStep | None = None,
) -> ModelFlow:
    """Return a model, bound to recordings, for an editor to work with."""
    origins, targets = [one.origin for one in bound], [one.target for one in bound]
    return ModelFlow(sampler, origins, targets, seeds, sampling, on_step=on_step)


def joined_facts(edits: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what a result says of the windows that it was edited in; nothing of no editor."""
    if not edits:
        return {}
    calls = sum(facts["network_calls"] for facts in edits)
    return {"editing": {**edits[0], "network_calls": calls}}


def editing_of(example: Example) -> Editing:
    """Return what an example is made out of; it has to have that."""
    assert example.editing is not None  # noqa: S101 - only such examples come here
    return example.editing


def _edit(editor: Editor, flow: ModelFlow, bound: Sequence[Bound]) -> list[Edited]:
    clips = editor.edit(flow)
    rate = flow.sampler.model.geometry.sample_rate_hz
    facts = {
        "method": editor.name,
        **{key: value for key, value in vars(editor).items() if key != "name"},
        "network_calls": flow.network_calls,
    }
    found = []
    for clip, one in zip(clips, bound, strict=True):
        samples = clip.float().cpu()
        if not bool(torch.isfinite(samples).all()):
            raise SamplingError(
                f"{one.target.task}: the clip that '{editor.name}' made is not finite. Use a "
                "smaller guidance scale, more steps, or a checkpoint that was trained longer."
            )
        notes = dict.fromkeys((*one.origin.conversions, *one.target.conversions))
        found.append(Edited(Waveform(samples, rate), tuple(notes), facts))
    return found
