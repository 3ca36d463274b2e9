"""Registers the codecs that come with audio-omni."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CodecSpec
from .config import MelCodecConfig, OobleckConfig


@hookimpl
def register_codecs() -> list[CodecSpec]:
    """Return the codecs of this package."""
    return [
        CodecSpec(
            name="mel",
            summary="Log-mel spectrogram as the latent, Griffin-Lim back; nothing to train.",
            factory="audio_omni.plugins.codecs.mel:MelCodec",
            config=MelCodecConfig,
        ),
        CodecSpec(
            name="oobleck",
            summary="Waveform autoencoder of the published model: 44.1 kHz stereo, 21.5 frames/s.",
            factory="audio_omni.plugins.codecs.oobleck:OobleckCodec",
            config=OobleckConfig,
        ),
    ]
