"""Where a named sound is in a clip, frame by frame, by a Perception Encoder of transformers.

Shapes: N samples, T frames of 40 ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ....core.config import Config
from ....core.errors import ConfigError
from ....core.models.hub_network import check_headers, hub_loading, weights_sha256
from .activity import resampled
from .contract import Clip, Locator, Spans
from .frame_spans import spans_of
from .opening import opened

RATE_HZ = 48000
HOP = 1920
"""Samples of a frame."""
ADVICE = (
    ", set the option 'download: true', or set 'model' to a folder with config.json, "
    "model.safetensors, and the files of tokenizer and processor."
)


class PeAudioConfig(Config):
    """Options of the locator `pe_audio`; the defaults of what counts as a span are ours."""

    how: ClassVar[frozenset[str]] = frozenset({"download", "device"})
    """Options that change no result, but for rounding; they are in no fingerprint."""

    model: str = Field(
        default="facebook/pe-a-frame-large",
        min_length=1,
        description="Name on the hub, or a folder with config.json and model.safetensors.",
    )
    revision: str | None = Field(default=None, description="Commit or branch on the hub.")
    download: bool = Field(default=False, description="Whether it may be fetched from the hub.")
    device: Literal["cpu", "cuda"] = Field(default="cpu", description="Where it runs.")
    threshold: float = Field(
        default=0.3, gt=0, lt=1, description="Probability from which a frame has the sound."
    )
    joined_s: float = Field(default=0.2, ge=0, description="Shorter gaps between spans are closed.")
    least_s: float = Field(default=0.12, ge=0, description="Shorter spans are dropped.")


class PeAudioLocator(Locator):
    """Asks PE-A-Frame, the model that SAM-Audio finds spans by, how likely each frame has a sound.

    Source: Vyas et al. 2025, "Pushing the Frontier of Audiovisual Perception with Large-Scale
    Multimodal Correspondence Learning".
    """

    config = PeAudioConfig
    options: PeAudioConfig
    licence = "Apache-2.0 (code and weights): https://huggingface.co/facebook/pe-a-frame-large"
    needs = ("gpu", "transformers")

    def check(self) -> None:
        """Raise unless the library has the network, and its files and device are at hand.

        Its weights are not read.

        Raises:
            ConfigError: says what is missing, and how to get it.
        """
        from ....core.training.run_facts import pick_device

        self._network_class()
        pick_device(self.options.device)
        with self._loading() as where:
            extractor, _ = self._preparing(where)
            check_headers(self.options.model, where)
        self._check(extractor)

    def locate(self, clips: Sequence[Clip], phrases: Sequence[str]) -> list[Spans]:
        """Return for each clip where its sound is, clip by clip: none depends on another."""
        return [self._one(clip, phrase) for clip, phrase in zip(clips, phrases, strict=True)]

    def probabilities(self, clip: Clip, phrase: str) -> NDArray[np.float64]:
        """Return (T,) how likely each frame of a clip has a sound, 0…1."""
        import torch

        network, extractor, tokenizer = self._parts
        heard = resampled(clip.samples, clip.sample_rate_hz, RATE_HZ)
        frames = -(-len(heard) // HOP)
        if len(heard) <= HOP:  # the library mirrors the end of what is no whole frame
            heard = np.pad(heard, (0, HOP - len(heard)))
        given = extractor(heard, sampling_rate=RATE_HZ, return_tensors="pt")
        words = tokenizer(phrase, return_tensors="pt")
        names = ("input_ids", "attention_mask")
        inputs = {**{name: words[name] for name in names}, **given}
        with torch.no_grad():
            out = network(**{name: value.to(self.options.device) for name, value in inputs.items()})
        likely = torch.sigmoid(out.logits_audio_text.double())[0, 0, :frames]
        found: NDArray[np.float64] = likely.cpu().numpy()
        return found

    def _one(self, clip: Clip, phrase: str) -> Spans:
        own = self.options
        return spans_of(
            self.probabilities(clip, phrase) >= own.threshold,
            HOP / RATE_HZ,
            len(clip.samples) / clip.sample_rate_hz,
            joined_s=own.joined_s,
            least_s=own.least_s,
        )

    def weights_sha256(self) -> str:
        """Return the hash of the weights, read once."""
        return self._weights

    def facts(self) -> list[Any]:
        """Return what changes results: weights and options; the place does not."""
        return [*super().facts()[:2], self.weights_sha256(), self._chosen()]

    def _chosen(self) -> dict[str, Any]:
        own = self.options
        return {"threshold": own.threshold, "joined_s": own.joined_s, "least_s": own.least_s}

    @cached_property
    def _weights(self) -> str:
        with self._loading() as where:
            return weights_sha256(self.options.model, where)

    @cached_property
    def _parts(self) -> tuple[Any, Any, Any]:
        """Return network, extractor and tokenizer, loaded the first time."""
        return opened(self._load)

    def _load(self) -> tuple[Any, Any, Any]:
        with self._loading() as where:
            kind = self._network_class()
            network = kind.from_pretrained(self.options.model, **where, use_safetensors=True)
            extractor, tokenizer = self._preparing(where)
        self._check(extractor)
        return network.eval().to(self.options.device), extractor, tokenizer

    def _loading(self) -> AbstractContextManager[dict[str, Any]]:
        return hub_loading("Locator 'pe_audio'", self.options.model, self.options, advice=ADVICE)

    def _preparing(self, where: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return what makes inputs of sounds and of texts."""
        from transformers import AutoTokenizer
        from transformers.models.pe_audio.feature_extraction_pe_audio import PeAudioFeatureExtractor

        name = self.options.model
        extractor = PeAudioFeatureExtractor.from_pretrained(name, **where)
        return extractor, AutoTokenizer.from_pretrained(name, **where)

    def _check(self, extractor: Any) -> None:
        if (extractor.sampling_rate, extractor.hop_length) != (RATE_HZ, HOP):
            raise ConfigError(
                f"Locator 'pe_audio': '{self.options.model}' hears {extractor.sampling_rate} Hz in "
                f"frames of {extractor.hop_length} samples; expected {RATE_HZ} Hz and {HOP}. "
                "Correct its processor_config.json."
            )

    @staticmethod
    def _network_class() -> Any:
        try:
            from transformers.models.pe_audio.modeling_pe_audio import PeAudioFrameLevelModel
        except ImportError:
            raise ConfigError(
                "Locator 'pe_audio' needs a transformers that has PeAudioFrameLevelModel, and the "
                "installed one has not. Run: pip install --upgrade transformers."
            ) from None
        return PeAudioFrameLevelModel
