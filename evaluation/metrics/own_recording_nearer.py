"""Whether a clip is nearer to its own recording than to others: for kinds nobody can teach.

Shapes: D values of a description.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from pydantic import BaseModel
from torch import Tensor

from ...core.errors import RequestError
from ...core.media.waveform import Waveform
from ...core.metric import Measured, Metric
from ..timbre import Timbre
from .config import OwnRecordingNearerConfig, OwnVoiceNearerConfig


class Describer(Protocol):
    """What tells recordings apart."""

    @property
    def digest(self) -> str:
        """Return what identifies it, and its weights if it has any."""
        ...

    def describe(self, waveform: Waveform) -> Tensor:
        """Return (D,) values of a clip of any rate and length; like clips lie near each other."""
        ...


class OwnRecordingNearer(Metric):
    """Share of other recordings that a clip is further from than from its own.

    Others are the recordings of all measured rows whose kind, ``truth[kind_from]``, is another.
    Guessing scores a half, and 1 is a clip that nobody would take for another. It needs no
    classifier, and so judges kinds of which there are too few clips to train one; it says that a
    clip is of the right kind more than of the others, and nothing about how good it is.

    Distances are Euclidean, between descriptions.
    """

    name = "own_recording_nearer"
    unit = "1"
    direction = "higher"
    config_model = OwnRecordingNearerConfig
    config: OwnRecordingNearerConfig

    def __init__(
        self,
        config: BaseModel | None = None,
        recordings: Sequence[Measured] = (),
        classifier: Describer | None = None,
    ) -> None:
        """Keep what clips are compared with.

        Args:
            config: the options.
            recordings: the rows to tell apart, each with its reference.
            classifier: what describes clips; left out, `Timbre`.
        """
        super().__init__(config)
        self.describer = classifier or Timbre()
        fact = self.config.kind_from
        heard = [(row.truth[fact], row.reference) for row in recordings if row.truth.get(fact)]
        taken = [(str(kind), recording) for kind, recording in heard if recording is not None]
        self.kinds = [kind for kind, _ in taken]
        self.described = [self.describer.describe(recording) for _, recording in taken]

    def score(self, clip: Measured) -> float:
        """Return the share of one clip.

        Raises:
            RequestError: if the row has no reference or tells no kind, or the recordings that
                were handed in are not of two kinds.
        """
        if clip.reference is None:
            raise RequestError(
                f"Metric '{self.name}' compares with the row's own recording, and there is no "
                "reference. Measure rows that have a target."
            )
        kind = self._kind(clip)
        others = [i for i, other in enumerate(self.kinds) if other != kind]
        if not others:
            raise RequestError(
                f"Metric '{self.name}' got no recording of another kind than {kind!r}, of "
                f"{len(self.kinds)}; a recipe cannot hold any. Pass the rows that are measured: "
                f"{type(self).__name__}(config, recordings=…)."
            )
        made = self.describer.describe(clip.generated)
        own = (self.describer.describe(clip.reference) - made).norm()
        far = (torch.stack(self.described)[others] - made).norm(dim=1)
        return float(((far > own).double() + 0.5 * (far == own).double()).mean())

    def fingerprint(self) -> dict[str, Any]:
        """Return the options, what describes clips, and how many recordings are told apart."""
        return {
            **super().fingerprint(),
            "describer": self.describer.digest,
            "recordings": len(self.kinds),
            "kinds": len(set(self.kinds)),
        }

    def _kind(self, row: Measured) -> str:
        fact = self.config.kind_from
        kind = row.truth.get(fact)
        if kind is None:
            raise RequestError(
                f"Metric '{self.name}' needs truth['{fact}'], which says what kind a recording is "
                "of; got a row that does not tell. Name another fact with option 'kind_from'."
            )
        return str(kind)


class OwnVoiceNearer(OwnRecordingNearer):
    """`OwnRecordingNearer` for voices that no classifier was trained on.

    Handed a classifier of other speakers, it compares what that hears in a clip.
    """

    name = "own_voice_nearer"
    config_model = OwnVoiceNearerConfig

    @staticmethod
    def train_classifier(clips: Sequence[Waveform], labels: Sequence[str], seed: int) -> Describer:
        """Return what describes voices, a classifier of other speakers."""
        from ..event_classifier import EventClassifier

        return EventClassifier.fit(clips, labels, seed)
