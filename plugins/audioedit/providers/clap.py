"""Sounds and words in one space, by a CLAP of the transformers library.

Shapes: N samples, W windows, B clips or texts, D width of the shared space.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ....core.config import Config
from ....core.errors import ConfigError
from ....core.models.hub_network import check_headers, hub_loading
from .activity import resampled
from .contract import Scorer, Signal
from .opening import opened

RATE_HZ = 48000
WINDOW, HOP = 10 * RATE_HZ, 5 * RATE_HZ
TEXT_TOKENS = 77
WEIGHTS = "model.safetensors"
PREPARING = ("config.json", "preprocessor_config.json", "tokenizer.json", "vocab.json")
"""What decides numbers beside the weights; a checkpoint need not have all of them."""

ADVICE = (
    ", set the option 'download: true', or set 'model' to a folder with config.json, "
    "model.safetensors, and the files of tokenizer and preprocessor."
)

Vectors = NDArray[np.float64]


class ClapConfig(Config):
    """Options of the scorer `clap`."""

    how: ClassVar[frozenset[str]] = frozenset({"download", "device"})
    """Options that change no result, but for rounding; they are in no fingerprint."""

    model: str = Field(
        default="laion/clap-htsat-unfused",
        min_length=1,
        description="Name on the hub, or a folder with config.json and model.safetensors.",
    )
    revision: str | None = Field(default=None, description="Commit or branch on the hub.")
    download: bool = Field(default=False, description="Whether it may be fetched from the hub.")
    device: Literal["cpu", "cuda"] = Field(default="cpu", description="Where it runs.")
    batch: int = Field(
        default=1,
        gt=0,
        description="Windows at a time. With 1 no score depends on other items; more is faster on "
        "CUDA and may change the seventh digit.",
    )


class ClapScorer(Scorer):
    """CLAP by transformers, hearing windows that are the same every time (spec section 3.4).

    The library draws a random crop of what is longer than 10 s; here a longer clip is heard in
    windows every 5 s, and a shorter one is repeated while it fits. Vectors have unit length: their
    product is the raw cosine, never the scaled logit.

    Source: Wu et al. 2023, "Large-Scale Contrastive Language-Audio Pretraining with Feature
    Fusion and Keyword-to-Caption Augmentation".
    """

    config = ClapConfig
    options: ClapConfig
    licence = "LAION CLAP: Apache-2.0 (weights): https://huggingface.co/laion/clap-htsat-unfused"
    needs = ("transformers",)

    def check(self) -> None:
        """Raise ConfigError unless network and device are there, and nothing is drawn at random.

        Its weights are not read.
        """
        from transformers.models.clap.configuration_clap import ClapConfig as Sizes

        from ....core.training.run_facts import pick_device

        pick_device(self.options.device)
        with self._loading() as where:
            sizes = Sizes.from_pretrained(self.options.model, **where)
            extractor, _ = self._preparing(where)
            check_headers(self.options.model, where)
        self._check(sizes, extractor)

    def embed_audio(self, clips: Sequence[Signal], sample_rate_hz: int) -> Vectors:
        """Return unit vectors (B, D) of mono clips, the mean of their windows."""
        import torch

        network, extractor, _ = self._parts
        found = []
        for clip in clips:
            heard = windows(resampled(clip, sample_rate_hz, RATE_HZ))
            vectors = []
            for start in range(0, len(heard), self.options.batch):
                mels = extractor(
                    list(heard[start : start + self.options.batch]),
                    sampling_rate=RATE_HZ,
                    truncation="rand_trunc",  # of nothing: the length fits
                    return_tensors="pt",
                )["input_features"]
                with torch.no_grad():
                    out = network.get_audio_features(input_features=mels.to(self.options.device))
                vectors.append(_pooled(out))
            found.append(unit(np.concatenate(vectors)).mean(axis=0))
        return unit(np.array(found))

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors (B, D) of texts, of their first 77 tokens."""
        import torch

        network, _, tokenizer = self._parts
        found = []
        for text in texts:  # one by one: none depends on the padding of another
            ids = tokenizer(text, truncation=True, max_length=TEXT_TOKENS, return_tensors="pt")
            with torch.no_grad():
                out = network.get_text_features(input_ids=ids["input_ids"].to(self.options.device))
            found.append(_pooled(out)[0])
        return unit(np.array(found))

    def weights_sha256(self) -> str:
        """Return the SHA-256 of ``model.safetensors``, as the hub shows it; loads no network."""
        return self._hash_of(WEIGHTS)

    def facts(self) -> list[Any]:
        """Return what changes results: weights, preprocessing and options; paths do not."""
        hashes = [self._hash_of(name, optional=True) for name in PREPARING]
        return [self.version, self.weights_sha256(), hashes, self.options.batch]

    @cached_property
    def _parts(self) -> tuple[Any, Any, Any]:
        """Return network, extractor and tokenizer, loaded the first time."""
        return opened(self._load)

    def _load(self) -> tuple[Any, Any, Any]:
        from transformers.models.clap.modeling_clap import ClapModel

        with self._loading() as where:
            network = ClapModel.from_pretrained(self.options.model, **where, use_safetensors=True)
            extractor, tokenizer = self._preparing(where)
        self._check(network.config, extractor)
        return network.eval().to(self.options.device), extractor, tokenizer

    def _loading(self) -> AbstractContextManager[dict[str, Any]]:
        return hub_loading("Scorer 'clap'", self.options.model, self.options, advice=ADVICE)

    def _preparing(self, where: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return what makes inputs of sounds and of texts."""
        from transformers import AutoTokenizer
        from transformers.models.clap.feature_extraction_clap import ClapFeatureExtractor

        name = self.options.model
        extractor = ClapFeatureExtractor.from_pretrained(name, **where)
        return extractor, AutoTokenizer.from_pretrained(name, **where)

    def _check(self, sizes: Any, extractor: Any) -> None:
        if sizes.audio_config.enable_fusion:
            raise ConfigError(
                f"Scorer 'clap': '{self.options.model}' fuses crops that are drawn at random; "
                "expected one that does not, for example 'laion/clap-htsat-unfused'."
            )
        rate, most = extractor.sampling_rate, extractor.nb_max_samples
        if (rate, most) != (RATE_HZ, WINDOW):
            raise ConfigError(
                f"Scorer 'clap': '{self.options.model}' hears {most} samples at {rate} Hz; "
                f"expected {WINDOW} at {RATE_HZ} Hz. Correct its preprocessor_config.json."
            )

    @cached_property
    def _hashes(self) -> dict[str, str]:
        return {}

    def _hash_of(self, name: str, *, optional: bool = False) -> str:
        """Return the SHA-256 of a file of the checkpoint, read once; empty if it has none."""
        if name not in self._hashes:
            self._hashes[name] = self._read_hash(name, optional=optional)
        return self._hashes[name]

    def _read_hash(self, name: str, *, optional: bool) -> str:
        from transformers.utils import cached_file

        with self._loading() as where:
            try:
                path = cached_file(self.options.model, name, **where)
            except OSError:
                if optional:
                    return ""
                raise
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def windows(samples: Signal) -> NDArray[np.float32]:
    """Return windows (W, 480000) of a clip (N,) at 48 kHz, none of them drawn.

    A longer clip has one every 5 s and one at its end; a shorter one is repeated while it fits
    whole, then zeros follow, as in CLAP's training.
    """
    count = len(samples)
    if not count:
        return np.zeros((1, WINDOW), np.float32)
    if count < WINDOW:
        repeated = np.tile(samples, WINDOW // count)
        return np.pad(repeated, (0, WINDOW - len(repeated)))[None].astype(np.float32)
    starts = sorted({*range(0, count - WINDOW + 1, HOP), count - WINDOW})
    return np.stack([samples[start : start + WINDOW] for start in starts]).astype(np.float32)


def unit(vectors: Vectors) -> Vectors:
    """Return vectors (B, D) of length 1; the library's are, in some versions."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-12)


def _pooled(output: Any) -> Vectors:
    """Return (B, D): transformers 5 gives an output object, 4 gave the tensor itself."""
    tensor = getattr(output, "pooler_output", output)
    return tensor.double().cpu().numpy()
