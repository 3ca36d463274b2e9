"""Forced alignment by a network that spells what it hears. Shapes: N samples, T frames, K labels.

Source: Pratap et al. 2023, "Scaling Speech Technology to 1,000+ Languages", appendix on forced
alignment; Graves et al. 2006, "Connectionist Temporal Classification".
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from ....core.config import Config
from ....core.errors import CheckpointError, ConfigError
from .activity import resampled
from .contract import Aligner, Clip, Refusal, Signal, SpokenWord
from .opening import opened

if TYPE_CHECKING:
    import torch

RATE_HZ = 16000
BLANK = 0
LABELS = "aienoutsrmkldghybpwcvjzf'qx"
"""Letters of MMS_FA in the order of its outputs, which begin with the blank."""
UNUSED_OUTPUTS = (1, 2, 3)
"""Rows of the published head that belong to no letter: they are of fairseq's dictionary."""
WHERE = "https://dl.fbaipublicfiles.com/mms/torchaudio/ctc_alignment_mling_uroman/model.pt (1.2 GB)"
_CONVOLUTIONS = [(512, 10, 5), *[(512, 3, 2)] * 4, *[(512, 2, 2)] * 2]


class CtcAlignerSizes(Config):
    """Sizes of the network; the defaults are those of MMS_FA."""

    layers: int = Field(default=24, gt=0, description="Transformer layers.")
    width: int = Field(default=1024, gt=0, description="Of a layer.")
    heads: int = Field(default=16, gt=0, description="Of attention.")
    feed_forward: int = Field(default=4096, gt=0, description="Width between.")
    convolutions: list[tuple[int, int, int]] = Field(
        default=_CONVOLUTIONS, description="Channels, kernel and stride of each, in order."
    )
    position_kernel: int = Field(default=128, gt=0, description="Of the positional convolution.")
    position_groups: int = Field(default=16, gt=0, description="Its groups.")


class CtcAlignerConfig(Config):
    """Options of the aligner `ctc_aligner`."""

    how: ClassVar[frozenset[str]] = frozenset({"device"})
    """Options that change no result, but for rounding; they are in no fingerprint."""

    weights: str | None = Field(
        default=None,
        description=f"File of the network, .pt or .safetensors. Published: {WHERE}.",
    )
    sizes: CtcAlignerSizes = Field(
        default_factory=CtcAlignerSizes, description="Sizes of the network."
    )
    device: Literal["cpu", "cuda"] = Field(default="cpu", description="Where it runs.")


class CtcAligner(Aligner):
    """Aligns letters by torchaudio's wav2vec 2.0 and its ``forced_align`` (MMS_FA's weights).

    Words are spelt in the 27 letters that the network knows: accents fall away, and a word without
    any such letter, like a number, is a wildcard that fits whatever is said there. Scripts other
    than Latin have to be romanised first. A word ends where its last letter does; what lies
    between two words belongs to neither.
    """

    config = CtcAlignerConfig
    options: CtcAlignerConfig
    licence = (
        "Code: torchaudio, BSD-2-Clause. Weights of MMS_FA: CC BY-NC 4.0, "
        "https://github.com/facebookresearch/fairseq/tree/main/examples/mms"
    )
    needs = ("torchaudio",)

    def check(self) -> None:
        """Raise ConfigError unless the weights are there; says where to get them."""
        given = self.options.weights
        if given is None or not Path(given).is_file():
            looked = "no file of weights is named" if given is None else f"there is no file {given}"
            raise ConfigError(
                f"Aligner 'ctc_aligner': {looked}. Fetch {WHERE}, and name it: "
                "--set aligner.options.weights=FILE. Or bring word times along: aligner.name="
                "given_words."
            )

    def align(self, clip: Clip, words: Sequence[str]) -> tuple[SpokenWord, ...] | Refusal:
        """Return when each word is said, or that the clip has too few frames for its letters."""
        spelt = [_letters(word) for word in words]
        if not words:
            return Refusal("no_words", "the transcript is empty")
        log_probabilities = self._log_probabilities(clip.samples, clip.sample_rate_hz)
        tokens = [token for letters in spelt for token in letters]
        repeats = sum(a == b for a, b in pairwise(tokens))
        if len(tokens) + repeats > log_probabilities.shape[1]:
            return Refusal(
                "too_many_words",
                f"{len(tokens)} letters in {log_probabilities.shape[1]} frames of 20 ms",
            )
        return _times(log_probabilities, spelt, words, len(clip.samples) / clip.sample_rate_hz)

    def facts(self) -> list[Any]:
        """Return what changes its output; of the weights, their hash and not where they lie."""
        name, version, values = super().facts()
        given = values.pop("weights")
        return [name, version, values, given and Path(given).is_file() and self.weights_sha256()]

    def weights_sha256(self) -> str:
        """Return the SHA-256 of the file of weights."""
        digest = hashlib.sha256()
        with Path(str(self.options.weights)).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    @cached_property
    def network(self) -> Any:
        """Return the network with its weights, ready to hear."""
        self.check()
        return opened(self._load)

    def _load(self) -> Any:
        network = build_network(self.options.sizes)
        path = Path(str(self.options.weights))
        tensors = _without_unused(read_tensors(path))
        try:
            network.load_state_dict(tensors)
        except RuntimeError as failure:
            raise CheckpointError(
                f"{path.name} does not fit the aligner's network: {str(failure)[:300]}. Expected "
                "the weights of MMS_FA, or set aligner.options.sizes to those of yours."
            ) from None
        return network.eval().to(self.options.device)

    def _log_probabilities(self, samples: Signal, rate_hz: int) -> torch.Tensor:
        """Return (1, T, K + 2): the blank, the letters, and the wildcard, which costs nothing."""
        import torch

        heard = torch.from_numpy(np.ascontiguousarray(resampled(samples, rate_hz, RATE_HZ)))
        with torch.inference_mode():
            normal = torch.nn.functional.layer_norm(heard, heard.shape)[None]
            logits, _ = self.network(normal.to(self.options.device))
            found = torch.log_softmax(logits.float(), dim=-1).cpu()
        return torch.cat([found, found.new_zeros(*found.shape[:2], 1)], dim=-1)


def build_network(sizes: CtcAlignerSizes) -> Any:
    """Return torchaudio's wav2vec 2.0 with a head of letters, at random."""
    from torchaudio.models import wav2vec2_model

    return wav2vec2_model(
        extractor_mode="layer_norm",
        extractor_conv_layer_config=sizes.convolutions,
        extractor_conv_bias=True,
        encoder_embed_dim=sizes.width,
        encoder_projection_dropout=0.0,
        encoder_pos_conv_kernel=sizes.position_kernel,
        encoder_pos_conv_groups=sizes.position_groups,
        encoder_num_layers=sizes.layers,
        encoder_num_heads=sizes.heads,
        encoder_attention_dropout=0.0,
        encoder_ff_interm_features=sizes.feed_forward,
        encoder_ff_interm_dropout=0.0,
        encoder_dropout=0.0,
        encoder_layer_norm_first=True,
        encoder_layer_drop=0.0,
        aux_num_out=len(LABELS) + 1,
    )


def read_tensors(path: Path) -> dict[str, Any]:
    """Return the tensors of a file; of a pickle, tensors alone are read, and nothing is run.

    Raises:
        CheckpointError: if it is damaged, or holds anything else.
    """
    import pickle

    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        read = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, SafetensorError,
            pickle.UnpicklingError) as failure:  # fmt: skip
        raise CheckpointError(
            f"{path.name} cannot be read as weights ({str(failure)[:200]}). Fetch it again."
        ) from None
    if not isinstance(read, Mapping):
        raise CheckpointError(f"{path.name} holds a {type(read).__name__}; expected tensors.")
    return dict(read)


def _without_unused(tensors: dict[str, Any]) -> dict[str, Any]:
    """Return weights whose head has an output for the blank and each letter, and no other."""
    outputs = len(LABELS) + 1
    for name in ("aux.weight", "aux.bias"):
        head = tensors.get(name)
        if head is not None and len(head) == outputs + len(UNUSED_OUTPUTS):
            kept = [i for i in range(len(head)) if i not in UNUSED_OUTPUTS]
            tensors[name] = head[kept]
    return tensors


def _letters(word: str) -> list[int]:
    """Return the labels of a word: its letters without accents, or the wildcard."""
    plain = unicodedata.normalize("NFKD", word.casefold().replace("\u2019", "'"))
    known = [LABELS.index(c) + 1 for c in plain if c in LABELS]
    letters = [token for token in known if LABELS[token - 1] != "'"]
    return known if letters else [len(LABELS) + 1]


def _times(
    log_probabilities: torch.Tensor,
    spelt: Sequence[Sequence[int]],
    words: Sequence[str],
    seconds: float,
) -> tuple[SpokenWord, ...]:
    import torch
    from torchaudio.functional import forced_align, merge_tokens

    targets = torch.tensor([[token for letters in spelt for token in letters]], dtype=torch.int32)
    path, scores = forced_align(log_probabilities, targets, blank=BLANK)
    spans = merge_tokens(path[0], scores[0])
    frame_s = seconds / log_probabilities.shape[1]
    found, first = [], 0
    for word, letters in zip(words, spelt, strict=True):
        own = spans[first : first + len(letters)]
        first += len(letters)
        found.append(SpokenWord(word, own[0].start * frame_s, own[-1].end * frame_s))
    return tuple(found)
