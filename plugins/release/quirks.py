"""Where the published implementation does what one would not expect, each by name.

A quirk is an option of the resolved model config. An imported model has the value with which it
makes the published sound; a model of our own has ours. Some of the published values are needed:
the weights were trained with them. Others are defects of the published program, which a corrected
import leaves out. The terms are those of ``docs/explanation/published-model.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Quirk:
    """One point where the published program and ours differ.

    Attributes:
        name: what to call it.
        option: path of the option in a saved model's recipe.
        published: the option's value that reproduces it.
        ours: the option's value in models of our own.
        defect: whether it is a mistake of the program rather than what the weights expect.
        what: what happens, in one sentence.
    """

    name: str
    option: str
    published: Any
    ours: Any
    defect: bool
    what: str


_CONDITIONERS = "model.conditioners"

QUIRKS: tuple[Quirk, ...] = (
    Quirk(
        "fixed_length",
        "model.fixed_length",
        True,
        False,
        False,
        "Every clip is generated at full length, 236 latent frames, whatever was asked for.",
    ),
    Quirk(
        "silence_as_absence",
        f"{_CONDITIONERS}.audio_input_prompt.options.absent",
        "silence",
        "learned",
        False,
        "No reference clip is the log-mel of digital silence, not a learned token.",
    ),
    Quirk(
        "half_precision_features",
        f"{_CONDITIONERS}.omni_prompt.options.rounding",
        "bfloat16",
        "none",
        False,
        "Hidden states are rounded to bfloat16, interpolated and normalised in it.",
    ),
    Quirk(
        "undeclared_video_rate",
        f"{_CONDITIONERS}.omni_prompt.options.declare_video_fps",
        False,
        True,
        False,
        "Frames taken at 5 per second are described to the language model as 2 per second.",
    ),
    Quirk(
        "normalised_null_transcript",
        f"{_CONDITIONERS}.speech_prompt.options.null_in_mixed_batch",
        "normalised",
        "same",
        False,
        "An absent transcript is normalised where another item of the batch has one.",
    ),
    Quirk(
        "noise_on_device",
        "sampling.noise_device",
        "model",
        "cpu",
        False,
        "Noise is drawn on the model's device: one seed sounds different on a CPU and a GPU.",
    ),
    Quirk(
        "speech_mask_at_inference",
        f"{_CONDITIONERS}.audio_input_prompt.options.speech_mask",
        (0.7, 1.0),
        None,
        True,
        "In speech tasks 70 to 100 % of the voice prompt's frames are blanked, by chance.",
    ),
    Quirk(
        "whole_frame_intervals_for_sync",
        f"{_CONDITIONERS}.sync_feature.options.timing",
        "whole_frames",
        "exact",
        True,
        "Video is read every n-th frame, n rounded up: at 30 fps its end is a frozen frame.",
    ),
    Quirk(
        "whole_frame_intervals_for_prompt",
        f"{_CONDITIONERS}.omni_prompt.options.video_timing",
        "whole_frames",
        "exact",
        True,
        "The same for the frames that the language model sees.",
    ),
)


def apply_quirks(values: dict[str, Any], *, defects: bool) -> None:
    """Set every option to its published value, or those of defects to ours.

    Args:
        values: raw values of a saved model's recipe; changed in place.
        defects: whether the published program's defects are reproduced too.
    """
    for quirk in QUIRKS:
        value = quirk.published if defects or not quirk.defect else quirk.ours
        *path, last = quirk.option.split(".")
        node = values
        for part in path:
            node = node.setdefault(part, {})
        node[last] = list(value) if isinstance(value, tuple) else value


def value_of(quirk: Quirk, values: Mapping[str, Any]) -> Any:
    """Return what a saved model's recipe says on a quirk; ours where it says nothing."""
    node: Any = values
    for part in quirk.option.split("."):
        if not isinstance(node, Mapping) or part not in node:
            return quirk.ours
        node = node[part]
    return node
