"""The embedder `wavlm_speaker`: whose voice is in a clip. Shapes: B batch, N samples, D values."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core.embedder import Embedding
from ...core.errors import RequestError
from ...core.media.audio import Waveform
from .config import SpeakerConfig
from .hub import HubEmbedder, load_network
from .loading import load, loading_facts

RATE_HZ = 16000


class WavlmSpeaker(HubEmbedder):
    """One vector for each clip; the cosine of two says how alike their voices are.

    The family that Seed-TTS's SIM belongs to: WavLM with an x-vector head. That benchmark's own
    network (WavLM large with an ECAPA-TDNN head) is not one of transformers, so values of the two
    do not compare.

    Source: Chen et al. 2022, "WavLM: Large-Scale Self-Supervised Pre-Training for Full Stack
    Speech Processing", section V-B.
    """

    name = "wavlm_speaker"
    config_model = SpeakerConfig
    config: SpeakerConfig
    usual = "microsoft/wavlm-base-plus-sv"

    def load(self, source: str, where: dict[str, Any]) -> Any:
        """Return the network, and keep what normalises its input."""
        from transformers import AutoFeatureExtractor, WavLMForXVector

        self.extractor: Any = AutoFeatureExtractor.from_pretrained(source, **where)
        return load_network(WavLMForXVector, source, where)

    def prepare(self, clip: Waveform) -> Tensor:
        """Return samples (N,) at 16 kHz, normalised if the network learned so.

        Raises:
            RequestError: if the clip is too short for the network to compare two moments of it.
            MediaError: if it is empty, or has a sample that is not finite.
        """
        samples = load(clip, RATE_HZ).samples[0]
        if len(samples) < self.shortest_samples:
            raise RequestError(
                f"Embedder '{self.name}' got a clip of {clip.seconds:.3f} s; expected at least "
                f"{self.shortest_samples / RATE_HZ:.3f} s of speech. Measure longer clips."
            )
        inputs = self.extractor(samples.numpy(), sampling_rate=RATE_HZ, return_tensors="pt")
        return inputs["input_values"][0]

    @property
    def shortest_samples(self) -> int:
        """Return the samples that leave two moments, of which the head takes the deviation."""
        sizes = self.network.config
        moments = 2
        for kernel, dilation in zip(sizes.tdnn_kernel, sizes.tdnn_dilation, strict=True):
            moments += (kernel - 1) * dilation
        strides = zip(sizes.conv_kernel[::-1], sizes.conv_stride[::-1], strict=True)
        samples = moments
        for kernel, stride in strides:
            samples = (samples - 1) * stride + kernel
        return int(samples)

    def run(self, batch: Tensor) -> list[Embedding]:
        """Return ``embedding`` (1, D) of clips (B, N) of one length."""
        embeddings = self.network(batch.to(self.dtype)).embeddings
        return [{"embedding": torch.clone(own[None]).cpu()} for own in embeddings]

    def fingerprint(self) -> dict[str, Any]:
        """Return network, weights, options, and how clips are loaded."""
        facts = loading_facts("plain", RATE_HZ, self.shortest_samples)
        return {**super().fingerprint(), **facts, "shorter clips": "refused"}
