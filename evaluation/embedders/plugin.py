"""Registers the frozen networks that metrics listen with, and the command that prepares them."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec, EmbedderSpec
from . import config

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_embedders() -> list[EmbedderSpec]:
    """Return the networks of FD, KL, IS and FAD."""
    return [
        *(
            EmbedderSpec(
                name=f"cnn14_{rate}k",
                summary=f"PANNs CNN14 at {rate} kHz: a vector for each clip, logits of 527 sounds.",
                factory=f"{_HERE}.cnn14_embedder:Cnn14At{rate}k",
                config=config.Cnn14Config,
                outputs=("embedding", "logits"),
            )
            for rate in (16, 32)
        ),
        EmbedderSpec(
            name="vggish",
            summary="VGGish: 128 values for each 0.96 s of a clip.",
            factory=f"{_HERE}.vggish_embedder:VggishEmbedder",
            config=config.VggishConfig,
            outputs=("embedding",),
        ),
        EmbedderSpec(
            name="event_listener",
            summary="A small classifier of one's own clips: 256 values, and logits of its labels.",
            factory=f"{_HERE}.event_listener:EventListener",
            config=config.EventListenerConfig,
            outputs=("embedding", "logits"),
        ),
    ]


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command that converts published checkpoints."""
    return [
        CommandSpec(
            name="metrics",
            summary="Prepare the networks that metrics listen with.",
            factory=f"{_HERE}.command:app",
        )
    ]
