"""What is said, as a fixed number of tokens to attend to.

Shapes: B batch, n tokens of one transcript, P positions, L of them that are computed, W text
width, T tokens of the condition, D their width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from ...core.conditioning import Condition, Conditioner
from ...core.costs import ConditionerCost, ExampleShape
from ...core.errors import CheckpointError, ConfigError, ContractError, RequestError
from ...core.payloads import Transcript
from .config import TranscriptConfig
from .encoder import TextEncoder
from .tokens import tokenise
from .vocabulary import Vocabulary, character_vocabulary, load_vocabulary

SHOWN_UNKNOWN = 8


class TranscriptConditioner(Conditioner[Transcript]):
    """Characters and syllables, embedded, convolved along time and projected to T tokens.

    Tokens have unit root mean square, but for the learned ones of an empty slot. An empty text is
    no empty slot: it says that nothing is said. The modules have their published names.

    Source: Audio-Omni, section 4.2 (transcripts); F5-TTS (Chen et al. 2024), section 3.1.
    """

    config_model = TranscriptConfig
    config: TranscriptConfig

    def __init__(self, config: BaseModel, width: int) -> None:
        """Build the encoder, the projections over width and time, and the null tokens.

        Raises:
            ConfigError: if the vocabulary cannot be read; if ``vocabulary_size`` is given, it is
                read with the first transcript.
        """
        config = TranscriptConfig.model_validate(config)
        super().__init__(config, width)
        self._vocabulary: Vocabulary | None = None
        self.entries = config.vocabulary_size or len(self.vocabulary)
        self.text_embed = TextEncoder(
            self.entries, config.text_width, config.blocks, config.positions
        )
        self.proj_features = nn.Linear(config.text_width, width)
        self.proj_seq_len = (
            nn.Linear(config.positions, config.tokens)
            if config.positions != config.tokens
            else None
        )
        self.empty_speech_feat = nn.Parameter(0.02 * torch.randn(1, config.tokens, width))

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the tokens that the embedding has rows for.

        Raises:
            ConfigError: if it cannot be read, or has another length than ``vocabulary_size``.
        """
        if self._vocabulary is None:
            path, size = self.config.vocabulary, self.config.vocabulary_size
            read = load_vocabulary(path) if path else character_vocabulary()
            if size is not None and size != len(read):
                raise ConfigError(
                    f"Conditioner 'transcript' has got a vocabulary of another length: {read.name} "
                    f"holds {len(read)} tokens; expected vocabulary_size = {size}, which the "
                    "embedding was built for. Name its own file in `vocabulary`."
                )
            self._vocabulary = read
        return self._vocabulary

    def cost(self, example: ExampleShape) -> ConditionerCost:
        """Return all tokens, which an empty slot has too; characters are too few to count."""
        return ConditionerCost(tokens=self.config.tokens)

    def prepare(self, payload: Transcript) -> Tensor:
        """Return the numbers of the text's tokens (n,) int64, n at most P, from 0 for unknown.

        Raises:
            RequestError: if the transcript is too long, unless ``too_long`` says to cut it.
            PluginError: if the packages that find words and syllables are not installed.
        """
        ids = self.vocabulary.ids(tokenise(payload.text))
        limit = self.config.positions
        if len(ids) > limit and self.config.too_long == "refuse":
            raise RequestError(
                f"The transcript has {len(ids)} tokens (characters and pinyin syllables); expected "
                f"at most positions = {limit}. Shorten it, or set `too_long: cut` of conditioner "
                f"'transcript'. It begins: {payload.text[:60]!r}."
            )
        return torch.tensor(ids[:limit], dtype=torch.int64, device="cpu")

    def conversions(self, payload: Transcript) -> tuple[str, ...]:
        """Return whether the transcript is cut, and what of it is read as unknown."""
        tokens = tokenise(payload.text)
        notes = []
        count, limit = len(self.vocabulary.ids(tokens)), self.config.positions
        if count > limit:
            notes.append(f"cut a transcript of {count} tokens to its first {limit}")
        if unknown := self.vocabulary.unknown(tokens):
            shown = " ".join(map(repr, unknown[:SHOWN_UNKNOWN]))
            more = " …" if len(unknown) > SHOWN_UNKNOWN else ""
            notes.append(f"read as unknown what the vocabulary lacks: {shown}{more}")
        return tuple(notes)

    def forward(self, features: Sequence[Any | None]) -> Condition:
        """Return tokens (B, T, D); an empty slot has the null tokens.

        All are valid, but with ``fillers: masked`` only those of a text's characters, of which
        there is at least one, and the first of an empty slot.
        """
        given = [item for item in features if item is not None]
        null = self.empty_speech_feat[0]
        mixed = 0 < len(given) < len(features)
        if mixed and self.config.null_in_mixed_batch == "normalised":
            null = _rms_norm(null)
        rows = iter(self._read(given) if given else ())
        tokens = torch.stack([null if item is None else next(rows) for item in features])
        return Condition(tokens, self._mask(features, tokens))

    def _mask(self, features: Sequence[Any | None], tokens: Tensor) -> Tensor:
        if self.config.fillers == "attended":
            return tokens.new_ones(tokens.shape[:2], dtype=torch.bool)
        counts = [1 if item is None else max(1, len(item)) for item in features]
        lengths = torch.tensor(counts, device=tokens.device)
        return torch.arange(tokens.shape[1], device=tokens.device) < lengths[:, None]

    def _read(self, transcripts: Sequence[Tensor]) -> Tensor:
        """Return tokens (B, T, D) of transcripts (n,) each."""
        longest, limit = max(len(item) for item in transcripts), self.config.positions
        if longest > limit:
            raise ContractError(
                f"Conditioner 'transcript' got {longest} tokens; expected at most positions = "
                f"{limit}. Take them from prepare()."
            )
        # One up: number 0 of the embedding is the filler, 1 the unknown token.
        ids = pad_sequence([item.cpu() + 1 for item in transcripts], batch_first=True)
        text = self.text_embed(ids.to(self.proj_features.weight.device))
        return _rms_norm(self._project(_rms_norm(text)))

    def _project(self, text: Tensor) -> Tensor:
        """Return tokens (B, T, D) of features (B, L, W), which are zero from position L to P.

        Both maps are linear, so the bias of the first can join after the second, for all
        positions at once; then the zero ones are not needed.
        """
        bias = self.proj_features.bias
        wide = F.linear(text, self.proj_features.weight)
        length = wide.shape[1]
        if self.proj_seq_len is None:
            return F.pad(wide, (0, 0, 0, self.config.positions - length)) + bias
        over_time = self.proj_seq_len.weight
        constant = over_time.sum(dim=1)[:, None] * bias + self.proj_seq_len.bias[:, None]
        return over_time[:, :length] @ wide + constant

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *args: Any) -> None:
        """Load weights, unless they belong to another vocabulary.

        Raises:
            CheckpointError: if the embedding has another number of rows.
        """
        rows = state_dict.get(f"{prefix}text_embed.text_embed.weight")
        if rows is not None and rows.shape[0] != self.entries + 1:
            source = self.config.vocabulary or "the one of characters (built in)"
            raise CheckpointError(
                "Conditioner 'transcript' has got weights for a vocabulary of another length: "
                f"{rows.shape[0] - 1} tokens and the filler; expected {self.entries}, as in "
                f"{source}. Name the file that came with the weights in `vocabulary`."
            )
        super()._load_from_state_dict(state_dict, prefix, *args)


def _rms_norm(x: Tensor) -> Tensor:
    return F.rms_norm(x, x.shape[-1:], eps=1e-6)
