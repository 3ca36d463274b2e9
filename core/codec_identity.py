"""Which codec made a latent: a record that tells whether two codecs are the same. Free of torch."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import Field

from .config import Config

DIGITS = 16


class CodecIdentity(Config):
    """What decides the latents of a codec, wherever its weights lie.

    Its code is not among it, nor are the libraries it runs on: those decide last bits.
    """

    name: str = Field(description="Name of the registered codec.")
    options: dict[str, Any] = Field(description="Its options, without those that name files.")
    weights: str | None = Field(description="Digest of its weights; null for a codec without any.")
    sample_rate_hz: int = Field(description="As of `Codec`.")
    channels: int = Field(description="As of `Codec`.")
    hop: int = Field(description="As of `Codec`.")
    latent_dim: int = Field(description="As of `Codec`.")

    @property
    def key(self) -> str:
        """Return 16 hexadecimal digits that no other codec has."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]

    @property
    def frames_per_second(self) -> float:
        """Return the rate of latent frames."""
        return self.sample_rate_hz / self.hop

    def frames(self, samples: int) -> int:
        """Return the frames T of a latent of so many samples."""
        return -(-samples // self.hop)

    def describe(self) -> str:
        """Return what messages call it."""
        return f"{self.name} {self.key}"

    def differences(self, other: CodecIdentity) -> list[str]:
        """Return what another codec has otherwise, as ``field: own value, other value``."""
        ours, theirs = (_flat(one.model_dump(mode="json")) for one in (self, other))
        return [
            f"{name}: {ours.get(name)!r}, {theirs.get(name)!r}"
            for name in sorted(ours.keys() | theirs.keys())
            if ours.get(name) != theirs.get(name)
        ]


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    options = values.pop("options")
    return values | {f"options.{name}": value for name, value in options.items()}
