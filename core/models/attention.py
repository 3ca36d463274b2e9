"""Self-attention with rotary positions, and cross-attention without.

No layer here has a bias, so cross-attention to a context of zeros returns exactly zero.
Shapes: B batch, T tokens, T_ctx context tokens, D width, H heads.
"""

from __future__ import annotations

from torch import Tensor, nn

from .attention_backends import attend
from .lora import rows_of
from .rope import rotate

Rotation = tuple[Tensor, Tensor]
KeysValues = tuple[Tensor, Tensor]
"""Keys and values of a context, (B, T_ctx, H, D / H) each."""


class SelfAttention(nn.Module):
    """Multi-head attention of a sequence to itself."""

    def __init__(self, width: int, heads: int) -> None:
        """Build one fused projection to queries, keys, values, and the output projection."""
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(width, 3 * width, bias=False)
        self.to_out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, rotation: Rotation, mask: Tensor | None) -> Tensor:
        """Return (B, T, D).

        Args:
            x: (B, T, D).
            rotation: cosine and sine from `RotaryEmbedding`.
            mask: (B, T) bool, true where valid; `None` when all are.
        """
        q, k, v = self.to_qkv(x).unflatten(-1, (3, self.heads, -1)).unbind(2)
        q, k = rotate(q, *rotation), rotate(k, *rotation)
        out: Tensor = self.to_out(attend(q, k, v, mask).flatten(2))
        return out

    def attend_from(self, x: Tensor, rotation: Rotation, mask: Tensor | None, first: int) -> Tensor:
        """Return the last T − ``first`` tokens of `forward`'s result, at the cost of those only.

        Keys and values still come from every token.
        """
        if not first:
            return self.forward(x, rotation, mask)
        width = x.shape[-1]
        q = rows_of(self.to_qkv, x[:, first:], slice(0, width))
        rest = rows_of(self.to_qkv, x, slice(width, None))
        k, v = rest.unflatten(-1, (2, self.heads, -1)).unbind(2)
        cosine, sine = rotation
        q = rotate(q.unflatten(-1, (self.heads, -1)), cosine[:, first:], sine[:, first:])
        out: Tensor = self.to_out(attend(q, rotate(k, cosine, sine), v, mask).flatten(2))
        return out


class CrossAttention(nn.Module):
    """Multi-head attention of a sequence to the embedded context."""

    def __init__(self, width: int, heads: int) -> None:
        """Build the projections; context and sequence have the same width."""
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_kv = nn.Linear(width, 2 * width, bias=False)
        self.to_out = nn.Linear(width, width, bias=False)

    def project_context(self, context: Tensor) -> KeysValues:
        """Return keys and values of an embedded context (B, T_ctx, D)."""
        k, v = self.to_kv(context).unflatten(-1, (2, self.heads, -1)).unbind(2)
        return k, v

    def forward(self, x: Tensor, context: KeysValues, mask: Tensor | None) -> Tensor:
        """Return (B, T, D).

        Args:
            x: (B, T, D).
            context: from `project_context`; a generation does that once for all its steps.
            mask: (B, T_ctx) bool, true where valid; `None` when all are.
        """
        q = self.to_q(x).unflatten(-1, (self.heads, -1))
        k, v = context
        out: Tensor = self.to_out(attend(q, k, v, mask).flatten(2))
        return out
