"""The embedder `synchformer`: what is heard and seen when, and how far both lie apart.

Shapes: S segments of a clip, D width, K = 21 offsets.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor

from ....core.embedder import Embedding
from ....core.errors import RequestError
from ....core.media.audio import Waveform
from ....core.media.video_file import VideoClip
from ....core.models.synchformer.extractor import extract
from ....core.models.synchformer.segments import (
    FEATURES_PER_SEGMENT,
    FPS,
    SEGMENT_FRAMES,
    SEGMENT_STEP,
)
from ...statistics.sync import (
    AUDIO_RATE_HZ,
    AUDIO_SAMPLES,
    AUDIO_STEP,
    WINDOW_SEGMENTS,
    audio_segments,
    video_segments,
)
from ..config import SynchformerConfig
from ..frozen import FrozenEmbedder, exactly
from ..loading import load, loading_facts
from ..weights import random_digest, read_weights
from . import pictures
from . import spectrogram as hearing
from .network import Synchformer

SHORTEST_SAMPLES = AUDIO_SAMPLES + (WINDOW_SEGMENTS - 1) * AUDIO_STEP
SHORTEST_FRAMES = SEGMENT_FRAMES + (WINDOW_SEGMENTS - 1) * SEGMENT_STEP


class SynchformerEmbedder(FrozenEmbedder):
    """Six features of each 0.64 s that is heard, eight of what is seen, every 0.32 s.

    `offset_logits` compares the two; what they are on their own says nothing.

    Source: Iashin et al. 2024, "Synchformer: Efficient Synchronization from Sparse Cues".
    """

    name = "synchformer"
    config_model = SynchformerConfig
    config: SynchformerConfig

    def __init__(
        self, config: BaseModel | None = None, *, network: Synchformer | None = None
    ) -> None:
        """Load the weights, or take over a network of which no published file is known.

        Args:
            config: a `SynchformerConfig`.
            network: serves to check the arithmetic; its digest begins with ``random``.

        Raises:
            ConfigError: if there are no weights; says what to fetch and where to put it.
            CheckpointError: if the file is a pickle, damaged, or of another network.
        """
        super().__init__(config)
        self._digest: str | None = None
        if network is None:
            weights = read_weights(self.name, self.config.weights)
            self._digest = weights.digest
            network = Synchformer(weights.tensors, dtype=self.dtype, where=str(weights.path))
        self.network = network.to(self.device)

    @property
    def weights(self) -> str:
        """Return the digest of the weights; that of a network which was handed in is random."""
        return self._digest or random_digest(self.network)

    def prepare(self, clip: Waveform) -> Tensor:
        """Return the spectrograms (S, 66, 128) of a clip's segments.

        Raises:
            RequestError: if the clip is too short to be compared with a video.
            MediaError: if it is empty, or has a sample that is not finite.
        """
        samples = load(clip, AUDIO_RATE_HZ).samples[0]
        if len(samples) < SHORTEST_SAMPLES:
            raise RequestError(
                f"Embedder '{self.name}' got a clip of {clip.seconds:.2f} s; expected at least "
                f"{SHORTEST_SAMPLES / AUDIO_RATE_HZ:g} s, {WINDOW_SEGMENTS} segments, which it "
                "compares at once. Measure longer clips."
            )
        return hearing.spectrograms(samples)

    def run(self, batch: Tensor) -> list[Embedding]:
        """Return ``embedding`` (S · 6, D) of spectrograms (B, S, 66, 128)."""
        segments = batch.flatten(0, 1).to(self.dtype).split(self.at_a_time)
        features = torch.cat([self.network.afeat_extractor(part) for part in segments])
        clips = features.unflatten(0, batch.shape[:2]).flatten(1, 2).float().cpu()
        return [{"embedding": own.clone()} for own in clips]

    def watched_seconds(self, seconds: float) -> float:
        """Return the length of the video's segments beside a clip of so many seconds."""
        samples = math.ceil(seconds * AUDIO_RATE_HZ - 1e-6)  # as it is resampled
        segments = max(WINDOW_SEGMENTS, audio_segments(samples))
        return (SEGMENT_FRAMES + (segments - 1) * SEGMENT_STEP) / FPS

    def embed_video(self, video: VideoClip, seconds: float) -> Embedding:
        """Return ``embedding`` (S · 8, D) of the segments that a video's beginning has.

        Raises:
            RequestError: if the video is too short.
            MediaError: if it cannot be decoded.
        """
        frames = pictures.square_frames(video, seconds, self.network.sizes.video.pixels)
        if video_segments(len(frames)) < WINDOW_SEGMENTS:
            raise RequestError(
                f"Embedder '{self.name}' got a video of {video.seconds:.2f} s ({video.path}); "
                f"expected at least {SHORTEST_FRAMES / FPS:g} s, {WINDOW_SEGMENTS} segments, "
                "which it compares at once. Leave the row out."
            )
        with exactly(self.device):
            features = extract(
                self.network.vfeat_extractor, frames, segments_per_batch=self.at_a_time
            )
        return {"embedding": features.float().cpu()}

    def offset_logits(self, video: Tensor, audio: Tensor) -> Tensor:
        """Return logits (2, K) on the CPU: of the first and of the last 4.8 s that both last.

        Args:
            video: embedding (S_v · 8, D) of what is seen.
            audio: embedding (S_a · 6, D) of what is heard.
        """
        with exactly(self.device):
            seen, heard = (one.to(self.device, self.dtype) for one in (video, audio))
            return self.network.compare(seen, heard).double().cpu()

    def segments(self, video: Tensor, audio: Tensor) -> tuple[int, int]:
        """Return how many segments of a video and of a clip two embeddings are of."""
        return len(video) // FEATURES_PER_SEGMENT, len(audio) // self.network.sizes.audio.moments

    def fingerprint(self) -> dict[str, Any]:
        """Return network, weights, and how clips and videos are brought to it."""
        return {
            **super().fingerprint(),
            **loading_facts("plain", AUDIO_RATE_HZ, SHORTEST_SAMPLES),
            "shorter clips": f"refused below {SHORTEST_SAMPLES / AUDIO_RATE_HZ:g} s",
            "spectrogram": hearing.FACTS,
            "video": pictures.FACTS.format(pixels=self.network.sizes.video.pixels),
        }
