"""The embedder `clap`: texts and clips in one space.

Shapes: W windows of a clip, C mel spectrograms of a window, F frames, M mel bands, D values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ...core.embedder import Embedding
from ...core.media.audio import Waveform
from .clap_front_end import check_extractor, log_mel
from .clap_windows import RATE_HZ, quantised, windows
from .config import ClapConfig
from .frozen import equal_lengths, exactly
from .hub import HubEmbedder, load_network
from .loading import load, loading_facts

TEXT_TOKENS = 77


class ClapEmbedder(HubEmbedder):
    """One vector for a clip and one for a text; their cosine is the CLAP score.

    Which checkpoint was loaded is part of the score's name: six are in use.

    Source: Wu et al. 2023, "Large-Scale Contrastive Language-Audio Pretraining with Feature
    Fusion and Keyword-to-Caption Augmentation".
    """

    name = "clap"
    config_model = ClapConfig
    config: ClapConfig
    usual = "laion/clap-htsat-unfused"

    def load(self, source: str, where: dict[str, Any]) -> Any:
        """Return the network, and keep its tokenizer and what makes its spectrograms.

        Raises:
            ConfigError: if the spectrograms are not those that LAION's networks learned with.
        """
        from transformers import AutoTokenizer
        from transformers.models.clap.feature_extraction_clap import ClapFeatureExtractor
        from transformers.models.clap.modeling_clap import ClapModel

        self.tokenizer: Any = AutoTokenizer.from_pretrained(source, **where)
        self.extractor: Any = ClapFeatureExtractor.from_pretrained(source, **where)
        network = load_network(ClapModel, source, where)
        self.fuses = bool(network.config.audio_config.enable_fusion)
        check_extractor(self.extractor, source, fused=self.fuses)
        return network

    def prepare(self, clip: Waveform) -> Tensor:
        """Return log-mel spectrograms (W, C, F, M) of the windows; C is 4 where a network fuses.

        Raises:
            MediaError: if the clip is empty, or has a sample that is not finite.
        """
        samples = load(clip, RATE_HZ).samples[0]
        if self.config.quantise:
            samples = quantised(samples)
        cut = windows(samples, first_only=self.config.windows == "first10")
        return torch.stack(
            [log_mel(self.extractor, window, fused=self.fuses).float() for window in cut]
        )

    def run(self, batch: Tensor) -> list[Embedding]:
        """Return ``embedding`` (1, D), the mean unit vector of the windows (B, W, C, F, M)."""
        flat = batch.flatten(0, 1).to(self.dtype)
        # The library marks one random clip of a batch as longer than a window; none is.
        longer = torch.zeros(len(flat), 1, dtype=torch.bool, device=flat.device)
        found = self.network.get_audio_features(input_features=flat, is_longer=longer)
        vectors = functional.normalize(found.pooler_output, dim=-1).unflatten(0, batch.shape[:2])
        return [{"embedding": own[None].cpu()} for own in vectors.mean(dim=1)]

    def embed_text(self, texts: Sequence[str]) -> list[Embedding]:
        """Return ``embedding`` (1, D), of unit length, of each text: of its first 77 tokens."""
        ids = [
            torch.tensor(self.tokenizer(text, truncation=True, max_length=TEXT_TOKENS)["input_ids"])
            for text in texts
        ]
        found: dict[int, Embedding] = {}
        for indices in equal_lengths(ids, self.at_a_time):
            batch = torch.stack([ids[index] for index in indices]).to(self.device)
            with exactly(self.device):
                features = self.network.get_text_features(input_ids=batch)
            vectors = functional.normalize(features.pooler_output, dim=-1).cpu()
            found |= {i: {"embedding": own[None]} for i, own in zip(indices, vectors, strict=True)}
        return [found[index] for index in range(len(texts))]

    def fingerprint(self) -> dict[str, Any]:
        """Return network, weights, options, and how clips and texts are brought to it."""
        facts = loading_facts("plain", RATE_HZ, 1)
        return {
            **super().fingerprint(),
            **facts,
            "shorter clips": "repeated while they fit in 10 s whole, then zeros",
            "longer clips": "windows of 10 s every 5 s and at the end, mean of unit vectors"
            if self.config.windows == "all"
            else "first 10 s",
            "text": f"first {TEXT_TOKENS} tokens",
        }
