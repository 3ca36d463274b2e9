"""Orders of any number of rows that are computed, not stored."""

from __future__ import annotations

import hashlib
from functools import lru_cache

_ROUNDS = 6
_MASK = (1 << 64) - 1


def permute(index: int, size: int, seed: int, *stream: int) -> int:
    """Return where ``index`` lands in the permutation of ``range(size)`` named by the seeds.

    A Feistel network over the smallest even number of bits that holds ``size``, walked until the
    result lies in range: constant time and memory, a bijection for every size.

    Source: Black and Rogaway 2002, "Ciphers with Arbitrary Finite Domains", section 3.
    """
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    keys = _keys(seed, stream)
    value = _feistel(index, half, keys)
    while value >= size:
        value = _feistel(value, half, keys)
    return value


@lru_cache(maxsize=1024)
def _keys(seed: int, stream: tuple[int, ...]) -> tuple[int, ...]:
    text = ",".join(map(str, (seed, *stream))).encode()
    digest = hashlib.blake2b(text, digest_size=8 * _ROUNDS).digest()
    return tuple(int.from_bytes(digest[8 * i : 8 * i + 8], "little") for i in range(_ROUNDS))


def _feistel(value: int, half: int, keys: tuple[int, ...]) -> int:
    mask = (1 << half) - 1
    left, right = value >> half, value & mask
    for key in keys:
        left, right = right, left ^ (_mix(right ^ key) & mask)
    return (left << half) | right


def _mix(value: int) -> int:
    """Return 64 bits that all depend on all bits of the value (the finaliser of SplitMix64)."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
    return value ^ (value >> 31)
