"""Registers the frozen networks that metrics listen with."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import EmbedderSpec
from . import config

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_embedders() -> list[EmbedderSpec]:
    """Return the networks of FD, KL, IS, FAD, CLAP score, word errors, speakers and DeSync."""
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
            name="clap",
            summary="CLAP: clips and texts in one space; the checkpoint is part of a score's name.",
            factory=f"{_HERE}.clap:ClapEmbedder",
            config=config.ClapConfig,
            outputs=("embedding",),
            reads=("audio", "text"),
        ),
        EmbedderSpec(
            name="whisper",
            summary="Whisper: what is said in a clip of up to 30 s, decoded greedily.",
            factory=f"{_HERE}.whisper:WhisperTranscriber",
            config=config.WhisperConfig,
            outputs=("text",),
        ),
        EmbedderSpec(
            name="wavlm_speaker",
            summary="WavLM with an x-vector head: whose voice is in a clip.",
            factory=f"{_HERE}.speaker:WavlmSpeaker",
            config=config.SpeakerConfig,
            outputs=("embedding",),
        ),
        EmbedderSpec(
            name="synchformer",
            summary="Synchformer: what is heard and seen when, and how far both lie apart.",
            factory=f"{_HERE}.synchformer.embedder:SynchformerEmbedder",
            config=config.SynchformerConfig,
            outputs=("embedding",),
            reads=("audio", "video"),
        ),
        EmbedderSpec(
            name="event_listener",
            summary="A small classifier of one's own clips: 256 values, and logits of its labels.",
            factory=f"{_HERE}.event_listener:EventListener",
            config=config.EventListenerConfig,
            outputs=("embedding", "logits"),
        ),
    ]
