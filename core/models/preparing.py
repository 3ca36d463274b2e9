"""The first stage of an example's path: what data workers do, before any network runs."""

from __future__ import annotations

from typing import Any

from ..data.records import PreparedExample
from ..errors import RequestError
from ..media.audio import resample, to_channels
from ..payloads import Example, ReferenceAudio
from .lengths import length_of, told_length
from .parts import ModelParts


def prepare_example(parts: ModelParts, example: Example, key: str | None) -> PreparedExample:
    """Return the example with every payload prepared, and the target at the codec's rate.

    Args:
        parts: the model whose conditioners read the payloads.
        example: a row or a request.
        key: identifies the row and its rendering in caches; `None` for a request.

    Raises:
        RequestError: if the example is longer than the model's clips, or a voice leaves no time
            for what it should say.
    """
    parts.check_whole()
    rate, waveform = parts.geometry.sample_rate_hz, None
    notes: tuple[str, ...] = ()
    if example.target is not None:
        target = to_channels(resample(example.target, rate), parts.geometry.channels)
        waveform, notes = target.samples, target.conversions
    pace = parts.config.characters_per_second
    samples = length_of(example, waveform, parts.geometry, pace, parts.window_seconds)
    skip = round(example.skip_seconds * rate)
    if waveform is None and skip >= samples:
        raise RequestError(
            f"{example.task}: the voice lasts {example.skip_seconds:.2f} s and the model makes "
            f"{samples / rate:.2f} s with it, which leaves nothing for the new speech. Cut the "
            "voice to a few seconds."
        )
    prepared, conversions = _prepare_payloads(parts, told_length(example, samples / rate))
    return PreparedExample(
        task=example.task,
        key=key,
        samples=samples,
        waveform=waveform,
        prepared=prepared,
        conversions=(*conversions, *notes),
        skip=skip,
    )


def _prepare_payloads(
    parts: ModelParts, example: Example
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what each conditioner prepared, and what was done to inputs on the way.

    Only requests are told about conversions: a training set is checked before the run.
    """
    prepared: dict[str, Any] = {}
    notes = list(example.conversions)
    for name, conditioner in parts.named_conditioners():
        payload = example.payloads.get(parts.slots[name])
        with parts.naming(name):
            prepared[name] = None if payload is None else conditioner.prepare(payload)
        if payload is not None and example.target is None:
            done = conditioner.conversions(payload)
            notes += [f"{name}: {note}" for note in done if note not in example.conversions]
    if example.target is None:
        notes += _unread(parts, example)
    return prepared, tuple(dict.fromkeys(notes))


def _unread(parts: ModelParts, example: Example) -> list[str]:
    """Return a note for each slot of a request that reaches nothing in this model."""
    return [
        f"{slot}: nothing in this model reads it, so it has no effect on the result"
        for slot, payload in example.payloads.items()
        if slot not in parts.slots.values()
        and not (isinstance(payload, ReferenceAudio) and payload.waveform is None)
    ]
