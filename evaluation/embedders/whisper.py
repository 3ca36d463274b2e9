"""The embedder `whisper`: what is said in a clip, as text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ...core.data.content import content_digest
from ...core.embedder import Embedding
from ...core.errors import ConfigError, RequestError
from ...core.media.audio import Waveform, to_channels
from .config import WhisperConfig
from .fourier_resampling import RESAMPLER, fourier_resample
from .hub import HubEmbedder, load_network

RATE_HZ = 16000
LONGEST_SECONDS = 30
SPELLINGS = "normalizer.json"


class WhisperTranscriber(HubEmbedder):
    """Writes down speech of at most 30 s, greedily, in one pass.

    The word error rate of seed-tts-eval is counted on what the large network of version 3 writes;
    another network gives another rate.

    Source: Radford et al. 2023, "Robust Speech Recognition via Large-Scale Weak Supervision".
    """

    name = "whisper"
    config_model = WhisperConfig
    config: WhisperConfig
    usual = "openai/whisper-large-v3"

    def load(self, source: str, where: dict[str, Any]) -> Any:
        """Return the network, and keep its tokenizer and what makes its spectrograms.

        Raises:
            ConfigError: if the network does not know the language or the task.
        """
        from transformers import WhisperForConditionalGeneration, WhisperProcessor

        self.processor: Any = WhisperProcessor.from_pretrained(source, **where)
        network = load_network(WhisperForConditionalGeneration, source, where)
        self._check_language(network.generation_config, source)
        return network

    def prepare(self, clip: Waveform) -> Tensor:
        """Return the log-mel spectrogram (M, 3000) of a clip, padded to 30 s.

        Raises:
            RequestError: if the clip is longer than 30 s.
            MediaError: if it is empty, or has a sample that is not finite.
        """
        mono = to_channels(clip, 1)
        if mono.seconds > LONGEST_SECONDS:
            raise RequestError(
                f"Embedder 'whisper' got a clip of {mono.seconds:.2f} s; expected at most "
                f"{LONGEST_SECONDS} s, which it hears in one pass. Cut the clip, or measure "
                "shorter ones."
            )
        samples = mono.samples[0].double().numpy()
        if clip.sample_rate_hz != RATE_HZ:
            count = int(len(samples) * RATE_HZ / clip.sample_rate_hz)
            samples = fourier_resample(samples, max(1, count))
        features = self.processor.feature_extractor(
            samples.astype("float32"), sampling_rate=RATE_HZ, return_tensors="pt"
        )
        return features["input_features"][0]

    def run(self, batch: Tensor) -> list[Embedding]:
        """Return ``text`` of each spectrogram of (B, M, 3000)."""
        heard = torch.ones(batch.shape[0], batch.shape[-1], device=batch.device, dtype=torch.long)
        ids = self.network.generate(
            batch.to(self.dtype),
            attention_mask=heard,
            do_sample=False,
            num_beams=1,
            **self._asked(),
        )
        texts = self.processor.batch_decode(ids, skip_special_tokens=True)
        return [{"text": text.strip()} for text in texts]

    @functools.cached_property
    def english_normaliser(self) -> Callable[[str], str]:
        """Return what Whisper's authors normalise English with before they compare.

        Raises:
            ConfigError: if its map of spellings does not lie with the network.
        """
        from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

        return EnglishTextNormalizer(self._spellings())

    @property
    def english_normaliser_digest(self) -> str:
        """Return what identifies its map of spellings."""
        return content_digest(self._spellings())

    def _spellings(self) -> dict[str, str]:
        known = getattr(self.processor.tokenizer, "english_spelling_normalizer", None)
        if not known:
            raise ConfigError(
                f"Embedder 'whisper': '{self.source}' has no {SPELLINGS}, the map of spellings of "
                "Whisper's English normaliser, which lies with every published network: `hf "
                f"download {self.usual} {SPELLINGS}`. Put it beside the network's weights, or "
                "leave option 'normaliser' at seed_tts."
            )
        return dict(known)

    def fingerprint(self) -> dict[str, Any]:
        """Return network, weights, options, and how clips are brought to it and written down."""
        return {
            **super().fingerprint(),
            "sample_rate_hz": RATE_HZ,
            "resampler": RESAMPLER,
            "mono": "mean of channels",
            "decoding": "greedy, one pass of 30 s",
        }

    def _asked(self) -> dict[str, Any]:
        """Return language and task, of which networks of English alone know nothing."""
        if not getattr(self.network.generation_config, "is_multilingual", True):
            return {}
        return {"language": self.config.language, "task": self.config.task}

    def _check_language(self, generation: Any, source: str) -> None:
        config = self.config
        if not getattr(generation, "is_multilingual", True):
            known, asked = ["en, transcribe"], f"{config.language}, {config.task}"
        else:
            ids = getattr(generation, "lang_to_id", None) or {}
            known, asked = [mark.strip("<|>") for mark in ids], config.language
        if asked not in known:
            raise ConfigError(
                f"Embedder 'whisper': '{source}' does not know '{asked}'; expected one of "
                f"{', '.join(sorted(known)) or 'none'}. Choose another network or language."
            )
