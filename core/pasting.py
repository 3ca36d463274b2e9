"""An edit of a part leaves the rest alone: what was not to be made anew is the recording's own.

Shapes: C channels, N samples.
"""

from __future__ import annotations

import math

import torch

from .media.convert import fit, resample, to_channels
from .media.waveform import Waveform
from .payloads import REFERENCE_AUDIO, Example

CROSSFADE_SECONDS = 0.02


def pasted(made: Waveform, example: Example) -> Waveform:
    """Return what a model made with the recording's own samples outside the parts made anew.

    Of any other example it is what the model made. The recording is brought to the model's rate,
    channels and length first; at these it is kept bit for bit. Within a part, 20 ms at either end
    fade from one into the other with equal power.

    Args:
        made: (C, N) the model's clip.
        example: with speech of which parts are blanked, as speech editing has it.

    Raises:
        MediaError: if the recording cannot be brought to the model's rate or channels.
    """
    reference = example.payloads.get(REFERENCE_AUDIO)
    if reference is None or reference.role != "speech" or reference.waveform is None:
        return made
    if not reference.blanked:
        return made
    rate, samples = made.sample_rate_hz, int(made.samples.shape[-1])
    clip = fit(to_channels(resample(reference.waveform, rate), made.channels), samples)
    weight = torch.zeros(samples)
    for start, end in reference.blanked:
        first, last = (min(samples, max(0, round(t * rate))) for t in (start, end))
        weight[first:last] = torch.maximum(weight[first:last], _rise_and_fall(last - first, rate))
    inside = weight > 0
    new = made.samples[:, inside]
    peak = float(new.abs().max()) if new.numel() else 0.0
    told = ", ".join(f"{start:.3f} … {end:.3f} s" for start, end in reference.blanked)
    note = f"kept the recording outside {told}"
    if peak > 1.0:  # else the whole clip would be turned down when it is written
        new = new / peak
        note += f"; scaled the new part by {1 / peak:.4f} to keep its peak within full scale"
    mixed = clip.samples.clone()
    fading = (1 - weight[inside].square()).clamp_min(0).sqrt()
    mixed[:, inside] = (new * weight[inside] + clip.samples[:, inside] * fading).clamp(-1, 1)
    return made.converted(mixed, note)


def _rise_and_fall(length: int, rate: int) -> torch.Tensor:
    """Return (length,) weights that rise from and fall to zero over 20 ms, or half of less."""
    weights = torch.ones(length)
    ramp = min(round(CROSSFADE_SECONDS * rate), length // 2)
    if ramp:
        rise = torch.sin((torch.arange(ramp) + 0.5) / ramp * (math.pi / 2))
        weights[:ramp] = rise
        weights[length - ramp :] = rise.flip(0)
    return weights
