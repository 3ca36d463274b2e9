"""How far sound is from the video that it was made for, as Synchformer tells it."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, cast, runtime_checkable

import numpy as np
import torch
from pydantic import BaseModel
from torch import Tensor

from ...core.embedder import Ear, Embedding, Heard
from ...core.embedding_metric import EmbeddingMetric, Side
from ...core.errors import ConfigError, DataError, RequestError
from ...core.metric_result import MetricResult
from ...core.row_keys import joined
from ..statistics import sync
from .network_config import DesyncConfig, ReferenceDesyncConfig

OUTPUT = "embedding"
WINDOWS = (
    f"mean |offset of the arg max| of the first and the last {sync.WINDOW_SEGMENTS} segments that "
    f"clip and video both have, {sync.CLASSES} offsets from -2 to 2 s"
)


@runtime_checkable
class Synchroniser(Protocol):
    """What the metric asks of an embedder."""

    def offset_logits(self, video: Tensor, audio: Tensor) -> Tensor:
        """Return logits (2, 21) of the first and the last window."""

    def segments(self, video: Tensor, audio: Tensor) -> tuple[int, int]:
        """Return how many segments of a video and of a clip two embeddings are of."""


class Desync(EmbeddingMetric):
    """Mean |offset| in seconds that a network gives the sound of the first and the last 4.8 s.

    Offsets go in steps of 0.2 s and no further than 2 s. A network that hears nothing tends to
    answer 0, the best there is: so ``details`` has how many windows each offset won, and a result
    of one offset alone is flagged. What the recordings themselves get says `ReferenceDesync`.

    Source: Iashin et al. 2024, "Synchformer"; Cheng et al. 2025, "MMAudio", section 4.1.
    """

    name = "desync"
    unit = "s"
    direction = "lower"
    config_model = DesyncConfig
    hears: ClassVar[tuple[Side, ...]] = ("generated",)
    sees = True

    logits: list[Tensor]
    shorter: list[Tensor]

    def __init__(self, config: BaseModel | None = None, ear: Ear | None = None) -> None:
        """Keep the options and the network."""
        super().__init__(config, ear)
        self.add_state("logits")
        self.add_state("shorter")

    def add(self, heard: Heard) -> None:
        """Compare what was heard of one row with what was seen."""
        logits, is_shorter = self._compared(heard)
        self.record(heard.id, _offset(logits))
        self.logits.append(logits[None])
        self.shorter.append(torch.tensor([float(is_shorter)], dtype=torch.float64))

    def score_heard(self, heard: Heard) -> float:
        """Return the offset of one row in seconds."""
        return _offset(self._compared(heard)[0])

    def compute(self) -> MetricResult:
        """Return the mean over rows; ``details`` has the offsets that won, and short videos."""
        result = super().compute()
        once = self.rows_once()
        logits, shorter = joined(self.logits)[once], joined(self.shorter)[once]
        counts = sync.desync(logits[:, 0], logits[:, 1]).histogram
        names = [f"{offset:+.1f}" for offset in sync.offset_grid() + 0.0]
        details = {
            "windows_by_offset_s": dict(zip(names, counts.tolist(), strict=True)),
            "videos_shorter_than_clips": int(shorter.sum()),
        }
        flags = ["one_offset"] if np.count_nonzero(counts) == 1 else []
        flags += ["shorter_videos"] if details["videos_shorter_than_clips"] else []
        return result.model_copy(update={"details": details, "flags": tuple(flags)})

    def fingerprint(self) -> dict[str, Any]:
        """Return the network's fingerprint, and what is made of its answers."""
        return {**super().fingerprint(), "windows": WINDOWS}

    def _compared(self, heard: Heard) -> tuple[Tensor, bool]:
        """Return logits (2, 21), and whether the video ends before the sound."""
        network = self._synchroniser()
        (side,) = self.hears
        video = self._features(heard.video, heard.id)
        audio = self._features(getattr(heard, side), heard.id)
        try:
            logits = network.offset_logits(video, audio)
        except DataError as failure:
            raise RequestError(f"Row '{heard.id}': {failure}") from failure
        if not bool(torch.isfinite(logits).all()):
            raise RequestError(
                f"Metric '{self.name}' got an answer of its network on row '{heard.id}' that is "
                "not finite. Its clip or the weights are broken; listen to it, or leave it out "
                "and say so."
            )
        of_video, of_audio = network.segments(video, audio)
        return logits, of_video < of_audio

    def _synchroniser(self) -> Synchroniser:
        network = self._listening().embedder
        if not isinstance(network, Synchroniser):
            raise ConfigError(
                f"Metric '{self.name}' needs an embedder that compares sound with pictures; "
                f"'{self.embedder.name}' does not. Leave option 'embedder' out, or name one that "
                "has offset_logits()."
            )
        return network

    def _features(self, embedding: Embedding | None, row: str) -> Tensor:
        if embedding is None:
            raise RequestError(
                f"Metric '{self.name}' needs the {self.hears[0]} clip and the video of every row, "
                f"and row '{row}' lacks one. Measure rows that have both."
            )
        return cast("Tensor", embedding[OUTPUT])


class ReferenceDesync(Desync):
    """The same of the reference recordings: how far the network finds real sound from its video.

    Read beside a model's value: what is below it is no better sound.
    """

    name = "reference_desync"
    config_model = ReferenceDesyncConfig
    hears = ("reference",)


def _offset(logits: Tensor) -> float:
    """Return the mean |offset| in seconds of logits (2, 21)."""
    first, last = logits.numpy()[:, None]
    return sync.desync(first, last).value
