"""From hidden states to at most a fixed number of tokens, in the arithmetic of the release.

Shapes: B batch, n tokens of a prompt, T most tokens, D width of the condition, W width of the
language model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...core.conditioning import Condition

EPS = 1e-6


def real_states(states: Tensor, mask: Tensor | None = None) -> list[Tensor]:
    """Return the states (n_i, W) of each prompt's real tokens, in order.

    Args:
        states: (B, n, W), padded on either side.
        mask: (B, m), nonzero where real; positions that it lacks are not real, those it has too
            many are ignored. `None`: all are real.
    """
    if mask is None:
        return list(states)
    length = int(states.shape[1])
    real = functional.pad(mask.bool(), (0, max(0, length - int(mask.shape[1]))))[:, :length]
    return [item[chosen] for item, chosen in zip(states, real, strict=True)]


def window_features(
    states: Tensor,
    tokens: int,
    rounding: Literal["bfloat16", "none"] = "bfloat16",
    *,
    inverse_root: Callable[[Tensor], Tensor] = torch.rsqrt,
) -> Tensor:
    """Return normalised states (min(n, T), W) float32 of a prompt's states (n, W).

    Rounded, then interpolated along time if there are more than T, then divided by their root
    mean square, each in the precision of the rounding.

    Args:
        states: of one prompt.
        tokens: most tokens, T.
        rounding: the precision of every step.
        inverse_root: maps mean squares (n, 1) float32 to 1 / √, for checks of numbers that were
            made with another rounding of it.
    """
    rounded = states.to(torch.bfloat16 if rounding == "bfloat16" else torch.float32)
    if len(rounded) > tokens:
        rounded = functional.interpolate(
            rounded.T[None], size=tokens, mode="linear", align_corners=False
        )[0].T
    return _normalised(rounded, inverse_root)


def precomputed_features(states: Tensor, tokens: int) -> Tensor:
    """Return normalised states (min(n, T), W) float32 of features that were saved before.

    Args:
        states: (n, W), or (B, n, W) of which the first counts; neither rounded nor interpolated,
            but cut at T, as the published model does.
        tokens: most tokens, T.
    """
    first = states[0] if states.ndim == 3 else states
    return _normalised(first[:tokens])


def _normalised(states: Tensor, inverse_root: Callable[[Tensor], Tensor] = torch.rsqrt) -> Tensor:
    """Return states over their root mean square, float32; each step is rounded as the states are.

    Every step is computed in float32 and then rounded, since torch's own bfloat16 kernels do not
    agree with one another: on a CPU, `rsqrt` rounds twice or once depending on the memory layout.
    """
    kind = states.dtype

    def rounded(values: Tensor) -> Tensor:
        return values.to(kind).float()

    exact = states.float()
    mean_square = rounded(rounded(exact * exact).mean(dim=-1, keepdim=True))
    return rounded(exact * rounded(inverse_root(rounded(mean_square + EPS))))


def project_window(project: nn.Linear, features: Sequence[Tensor | None]) -> Condition:
    """Return tokens (B, longest n, D) of normalised states (n_i, W); no padding is projected.

    An absent prompt is one token, the projection of a zero state, which is the bias.
    """
    weight = project.weight
    zero = weight.new_zeros(1, weight.shape[1])
    items = [zero if item is None else item.to(weight) for item in features]
    counts = [len(item) for item in items]
    tokens = nn.utils.rnn.pad_sequence(project(torch.cat(items)).split(counts), batch_first=True)
    lengths = torch.tensor(counts, device=weight.device)
    mask = torch.arange(max(counts), device=weight.device) < lengths[:, None]
    return Condition(tokens, mask)


def padded_window(project: nn.Linear, condition: Condition, tokens: int) -> Condition:
    """Return the condition with all T tokens, as the published model's attention is given it.

    Padding is the projection of zero states, the bias; the mask excludes it.
    """
    missing = tokens - int(condition.tokens.shape[1])
    mask = functional.pad(condition.mask, (0, missing))
    values = functional.pad(condition.tokens, (0, 0, 0, missing))
    return Condition(torch.where(mask[:, :, None], values, project.bias), mask)
