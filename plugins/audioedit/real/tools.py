"""What records say of the providers that had a part in a pair."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence

from ..providers.contract import Provider
from ..records import ToolUse

Used = Sequence[tuple[str, str, Provider]]
"""(stage, name of the provider, the provider)."""


def tool_version(provider: Provider) -> str:
    """Return what a provider is: what it says itself, or the version of the package it needs."""
    told = getattr(provider, "tool_version", None)
    if told is not None:
        return str(told())
    for package in (*provider.needs, "audio-omni"):
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "unknown"


def weights_of(provider: Provider) -> str | None:
    """Return the hash of a provider's weights, if it has any."""
    told = getattr(provider, "weights_sha256", None)
    weights = None if told is None else told()
    return None if weights is None else str(weights)


def tool_uses(
    used: Used, versions: Mapping[str, str], weights: Mapping[str, str | None] = {}
) -> tuple[ToolUse, ...]:
    """Return the facts of providers.

    Args:
        used: what had a part in a pair.
        versions: stage → version that was found out as it worked; others are asked for it.
        weights: stage → hash of the weights, `None` for none, likewise.
    """
    return tuple(
        ToolUse(
            stage=stage,
            name=name,
            version=versions[stage] if stage in versions else tool_version(provider),
            weights_sha256=weights[stage] if stage in weights else weights_of(provider),
            config_sha256=provider.fingerprint(),
        )
        for stage, name, provider in used
    )


def made_with(used: Used) -> str:
    """Return the licences of what made parts of a pair, for whoever passes it on."""
    return "; ".join(f"made with {name} ({provider.licence})" for _, name, provider in used)


def prompts(used: Used) -> dict[str, str]:
    """Return the SHA-256 of every prompt that a model was asked with."""
    return {
        f"{stage}.{name}": prompt.sha256
        for stage, _, provider in used
        for name, prompt in getattr(provider, "prompts", {}).items()
    }
