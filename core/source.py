"""The contract of a data source, and the row it yields."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel

from .config import NoOptions

if TYPE_CHECKING:
    from torch import Tensor

    from .codec_identity import CodecIdentity
    from .media.video_file import VideoClip
    from .media.waveform import Waveform

LoadAudio = Callable[[], "Waveform"]
LoadMedia = Callable[[], "Waveform | VideoClip"]
LoadLatent = Callable[[], "Tensor"]


@dataclass(frozen=True)
class Row:
    """One training or evaluation row.

    Attributes:
        id: stable and unique within its source.
        fields: plain values (``caption``, ``instruction``, ``description``, ``transcript``,
            ``duration_s``, …), named as in a manifest.
        audio: opens the target clip; `None` when the row has none.
        media: opens further clips and videos by field name, for example
            ``{"source_audio": …, "video": …}``.
        licence: SPDX-like licence of the audio; `None` when the source does not say.
        attribution: whom to credit.
        truth: facts that measures use and models never see (stems, events, spans).
        latents: key of a `CodecIdentity` → opens the latent (D, T) float32 that this codec made of
            all of ``audio`` ahead, by posterior mean if it has a posterior.
    """

    id: str
    fields: Mapping[str, Any]
    audio: LoadAudio | None = None
    media: Mapping[str, LoadMedia] = field(default_factory=dict)
    licence: str | None = None
    attribution: str | None = None
    truth: Mapping[str, Any] = field(default_factory=dict)
    latents: Mapping[str, LoadLatent] = field(default_factory=dict)


class DataSource(abc.ABC):
    """A numbered collection of rows; row ``i`` is a pure function of the source and ``i``.

    Because rows are reached by number, the order of a training run is decided in one place (the
    mixture), the same for any number of workers and ranks, and resumes from two integers.

    Class attribute ``config`` is the pydantic model of the options in a recipe.
    """

    config: ClassVar[type[BaseModel]] = NoOptions

    @abc.abstractmethod
    def __len__(self) -> int:
        """Return the number of rows."""

    @abc.abstractmethod
    def row(self, index: int) -> Row:
        """Return row ``index`` (0 ≤ index < len). Audio is opened lazily.

        Raises:
            DataError: if the row is broken; names the source and the row.
        """

    def row_in_epoch(self, index: int, *, epoch: int, seed: int) -> Row:
        """Return row ``index`` as training reads it in an epoch; like `row`, unless overridden.

        A source that offers it may word a row anew each time: then too a row is a pure function of
        the source and the arguments, and a row that is not the one of `row` has an id of its own.

        Args:
            index: as in `row`.
            epoch: how often all rows were drawn before, from 0.
            seed: of the run.

        Raises:
            DataError: as `row`.
        """
        del epoch, seed
        return self.row(index)

    @abc.abstractmethod
    def digest(self) -> str:
        """Return a short hash (at most 36 characters) of what the source contains."""

    def licences(self) -> tuple[str, ...]:
        """Return the distinct licences of the rows, sorted; empty when the source does not say."""
        return ()

    def latents(self) -> tuple[CodecIdentity, ...]:
        """Return the codecs whose latents every row brings; empty where targets are encoded live.

        A model whose codec is none of them is refused, see `data.ready_latents`.
        """
        return ()

    def held_out(self) -> DataSource | None:
        """Return a sibling whose rows are never trained on, or `None` when there is none."""
        return None
