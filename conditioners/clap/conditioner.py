"""Prompts in the space that CLAP gives to text and sound.

Shapes: B batch, T tokens, D width of the condition, W width of the text's states, E of the shared
space, F frames and M bands of a spectrogram.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ...core.errors import ConfigError
from ...core.payloads import Prompt
from ..pretrained.frozen import Pretrained
from ..pretrained.loading import load_pretrained
from ..pretrained.text import padded_ids, token_ids, unread
from ..pretrained.tokens import FrozenTokens
from .audio import heard, log_mel
from .config import ClapConfig
from .local import build_local_clap

Named = Mapping[str, Tensor]


class ClapConditioner(FrozenTokens[Prompt]):
    """One token for the prompt's text, or one for each of its tokens; one more for its audio.

    Text and audio have a projection each. The prompt's ``system`` and ``video`` do not reach it.

    Source: Wu et al. 2023, "Large-Scale Contrastive Language-Audio Pretraining with Feature
    Fusion and Keyword-to-Caption Augmentation"; Audio-Omni, Table A1.
    """

    config_model = ClapConfig
    config: ClapConfig

    def __init__(self, config: BaseModel, width: int) -> None:
        """Load or build the network, then the projections.

        Raises:
            ConfigError: if the network is not available, or fuses crops of long clips.
        """
        super().__init__(config, width)
        self.project_audio = nn.Linear(int(self.pretrained.config.projection_dim), width)

    @staticmethod
    def open_network(config: ClapConfig) -> Pretrained:
        """Return the network with what prepares its inputs.

        Raises:
            ConfigError: if it is not available, or fuses crops of long clips.
        """
        if config.local is not None:
            return build_local_clap(config.local)
        from transformers import AutoTokenizer
        from transformers.models.clap.feature_extraction_clap import ClapFeatureExtractor
        from transformers.models.clap.modeling_clap import ClapModel

        loaded = load_pretrained(
            "clap", config, ClapModel, tokenizer=AutoTokenizer, extractor=ClapFeatureExtractor
        )
        if loaded.config.audio_config.enable_fusion:
            raise ConfigError(
                f"Conditioner 'clap': the network '{config.model}' fuses crops of long clips that "
                "are drawn at random; expected one that does not, for example "
                "'laion/clap-htsat-unfused'."
            )
        return loaded

    def state_width(self, sizes: Any) -> int:
        """Return the width of the text's embedding, or of its tokens' states."""
        pooled = self.config.tokens == "pooled"
        return int(sizes.projection_dim if pooled else sizes.text_config.hidden_size)

    def prepare(self, payload: Prompt) -> dict[str, Tensor]:
        """Return ``text``, ids (T,), and ``audio``, a spectrogram (1, F, M), if there is any.

        Raises:
            RequestError: if the prompt is longer than ``max_tokens``.
        """
        ids = token_ids("clap", self.pretrained.tokenizer, payload, self.config.max_tokens)
        if payload.audio is None:
            return {"text": ids}
        return {"text": ids, "audio": log_mel(payload.audio, self.pretrained.extractor)}

    def conversions(self, payload: Prompt) -> tuple[str, ...]:
        """Return what is done to the prompt's audio, and whether it has a video in vain."""
        notes = unread("clap", payload, "video")
        if payload.audio is None:
            return notes
        return (*heard(payload.audio, self.pretrained.extractor).conversions, *notes)

    @torch.no_grad()
    def encode_frozen(self, prepared: Sequence[Named]) -> list[dict[str, Tensor]]:
        """Return ``text`` (1, E) or (T_i, W), and ``audio`` (1, E), float32 on the CPU."""
        texts = self._encode_texts([item["text"] for item in prepared])
        return [
            {"text": text, "audio": self._encode_audio(item["audio"])}
            if "audio" in item
            else {"text": text}
            for text, item in zip(texts, prepared, strict=True)
        ]

    def _encode_texts(self, ids: Sequence[Tensor]) -> list[Tensor]:
        network = self.pretrained.network
        padding = self.pretrained.config.text_config.pad_token_id
        inputs = padded_ids(ids, padding, self.frozen_device)
        output = network.get_text_features(**inputs)  # type: ignore[operator]
        if self.config.tokens == "pooled":
            return list(output.pooler_output.float().cpu()[:, None].unbind())
        states = output.last_hidden_state.float().cpu()
        return [own[: len(item)].clone() for own, item in zip(states, ids, strict=True)]

    def _encode_audio(self, spectrogram: Tensor) -> Tensor:
        network = self.pretrained.network
        dtype = next(network.parameters()).dtype
        features = spectrogram[None].to(device=self.frozen_device, dtype=dtype)
        output = network.get_audio_features(input_features=features)  # type: ignore[operator]
        embedding: Tensor = output.pooler_output.float().cpu()
        return embedding

    def embed(self, feature: Named) -> Tensor:
        """Return the tokens (T, D) of one prompt; that of its audio comes last."""
        text = self.projected(self.project, feature["text"])
        if "audio" not in feature:
            return text
        return torch.cat([text, self.projected(self.project_audio, feature["audio"])])
