"""The ear of a local thinker: Whisper's log-mel spectrogram, for fewer and for level frames.

Shapes: M mel bins, F frames.
"""

from __future__ import annotations

from typing import Any

from transformers.models.whisper.feature_extraction_whisper import WhisperFeatureExtractor

from .config import LocalThinkerConfig

RATE_HZ, WINDOW = 16000, 400
"""Samples per second, and shortest window in samples."""

MEAN, DEVIATION = 0.3, 0.5
"""Of Whisper's features of ordinary clips, over all bands."""


class LevelEar(WhisperFeatureExtractor):  # type: ignore[misc] # transformers has no types
    """Whisper's features, brought to about mean 0 and deviation 1.

    As they are, their mean outweighs what differs between clips, and a small ear takes twice the
    steps to learn.
    """

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Return what Whisper's does; ``input_features`` (1, M, F) are level."""
        heard = super().__call__(*arguments, **options)
        heard["input_features"] = (heard["input_features"] - MEAN) / DEVIATION
        return heard


def build_ear(config: LocalThinkerConfig) -> WhisperFeatureExtractor:
    """Return the feature extractor of a local thinker; a longer hop has a longer window."""
    kind = LevelEar if config.audio_level == "even" else WhisperFeatureExtractor
    hop = RATE_HZ * config.audio_hop_ms // 1000
    return kind(
        feature_size=config.audio_mels,
        sampling_rate=RATE_HZ,
        hop_length=hop,
        n_fft=max(WINDOW, 2 * hop),
        chunk_length=config.audio_seconds,
    )
