"""Attention kernels behind one function: xformers on CUDA, torch's own elsewhere.

Shapes: B batch, T_q queries, T_k keys, H heads, D_h width of a head. Masks are (B, T_k) bool,
true where a key is valid. An item without any valid key gets zeros, never NaN.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from ..errors import ConfigError, suggestion

Kernel = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]

BIAS_ALIGNMENT = 8  # xformers reads rows of the bias in vectors of at most 8 elements


def attend(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, *, backend: str | None = None
) -> Tensor:
    """Return softmax(q kᵀ / √D_h) v.

    Args:
        q: (B, T_q, H, D_h).
        k: (B, T_k, H, D_h).
        v: (B, T_k, H, D_h).
        mask: (B, T_k) bool, true where a key is valid; `None` when all are.
        backend: name of a kernel in `BACKENDS`; `None` picks the fastest for the device.

    Returns:
        (B, T_q, H, D_h), zero for items without a valid key.

    Raises:
        ConfigError: for an unknown backend, with close matches, or one that is not installed.
    """
    kernel = BACKENDS[_check(backend or default_backend(q.device))]
    if mask is None:
        return kernel(q, k, v, None)
    attendable = mask.any(dim=1)
    # A softmax over nothing is 0/0. Let such an item attend to everything, then erase the result:
    # values and gradients are both exactly zero, on every backend.
    output = kernel(q, k, v, mask | ~attendable[:, None])
    return output * attendable[:, None, None, None].to(output.dtype)


def default_backend(device: torch.device) -> str:
    """Return ``"xformers"`` for a CUDA device where it is installed, otherwise ``"sdpa"``."""
    return "xformers" if device.type == "cuda" and _has_xformers() else "sdpa"


def _sdpa(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    bias = None if mask is None else mask[:, None, None, :]
    output = functional.scaled_dot_product_attention(
        q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), attn_mask=bias
    )
    return output.transpose(1, 2)


def _xformers(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    from xformers.ops import memory_efficient_attention

    bias = None if mask is None else _aligned_bias(mask, q)
    output: Tensor = memory_efficient_attention(q, k, v, attn_bias=bias)
    return output


def _aligned_bias(mask: Tensor, q: Tensor) -> Tensor:
    """Return the mask as an additive bias (B, H, T_q, T_k) whose rows start aligned in memory."""
    batch, keys = mask.shape
    padded = -(-keys // BIAS_ALIGNMENT) * BIAS_ALIGNMENT
    bias = torch.zeros(batch, 1, 1, padded, dtype=q.dtype, device=q.device)
    bias[..., :keys].masked_fill_(~mask[:, None, None, :], float("-inf"))
    return bias.expand(batch, q.shape[2], q.shape[1], padded)[..., :keys]


BACKENDS: dict[str, Kernel] = {"sdpa": _sdpa, "xformers": _xformers}


@functools.cache
def _has_xformers() -> bool:
    return importlib.util.find_spec("xformers") is not None


def _check(name: str) -> str:
    if name not in BACKENDS:
        raise ConfigError(
            f"Unknown attention backend '{name}'.{suggestion(name, BACKENDS)} "
            f"Known: {', '.join(BACKENDS)}."
        )
    if name == "xformers" and not _has_xformers():
        raise ConfigError(
            "Attention backend 'xformers' is not installed; install xformers, or use 'sdpa'."
        )
    return name
