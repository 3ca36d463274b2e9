"""A metric of what a frozen network hears."""

from __future__ import annotations

import abc
from typing import Any, ClassVar, Literal

from pydantic import BaseModel

from .embedder import Ear, Embedding, Heard
from .errors import ConfigError, RequestError
from .listening import EmbedderUse
from .metric import Measured, Metric

Side = Literal["generated", "reference"]


class EmbeddingMetric(Metric, abc.ABC):
    """Accumulates what a network hears: one value a row, or statistics of a set.

    A metric of rows implements `score_heard` and is done. One of sets overrides `add` and
    `compute`. What the network heard before, from a cache, is handed to `add`; clips to `update`.

    Class attributes:
        hears: which clips of a row it needs.
        reads: the field of a row whose text it needs, or nothing.
        sees: whether it needs the video of a row; it then hears one clip of it.
    """

    hears: ClassVar[tuple[Side, ...]] = ("generated", "reference")
    reads: ClassVar[str] = ""
    sees: ClassVar[bool] = False

    def __init__(self, config: BaseModel | None = None, ear: Ear | None = None) -> None:
        """Keep the options and the network; `core.measuring.build_metric` brings one."""
        super().__init__(config)
        self.ear = ear

    def check_ear(self) -> None:
        """Refuse a network that cannot give what the options ask for; `build_metric` calls it.

        Raises:
            ConfigError: says what it lacks.
        """

    @property
    def embedder(self) -> EmbedderUse:
        """Return which network the options ask for."""
        use: EmbedderUse = self.config.embedder  # type: ignore[attr-defined]
        return use

    def update(self, clip: Measured) -> None:
        """Listen to one row, and measure it."""
        self.add(self.heard(clip))

    def heard(self, clip: Measured) -> Heard:
        """Return what the network hears of a row.

        Raises:
            RequestError: if the row lacks a clip, a text or a video that the metric needs, or a
                clip cannot be listened to.
        """
        ear = self._listening()
        sounds = {side: getattr(clip, side) for side in self.hears}
        for side, waveform in sounds.items():
            if waveform is None:
                raise RequestError(
                    f"Metric '{self.name}' needs the {side} clip of every row, and row "
                    f"'{clip.id}' has none. Measure rows that have one."
                )
        words = clip.fields.get(self.reads) if self.reads else None
        if self.reads and not words:
            raise RequestError(
                f"Metric '{self.name}' reads field '{self.reads}' of a row, and row '{clip.id}' "
                "has none. Measure rows that have it."
            )
        found = dict(zip(sounds, ear.hear(list(sounds.values())), strict=True))
        return Heard(
            id=clip.id,
            generated=found.get("generated"),
            reference=found.get("reference"),
            text=ear.read([str(words)])[0] if words else None,
            fields=clip.fields,
            truth=clip.truth,
            video=self._watched(clip, ear),
        )

    def add(self, heard: Heard) -> None:
        """Measure what was heard of one row."""
        self.record(heard.id, self.score_heard(heard))

    def score(self, clip: Measured) -> float:
        """Return the value of one row."""
        return self.score_heard(self.heard(clip))

    def score_heard(self, heard: Heard) -> float:
        """Return the value of what was heard of one row."""
        raise NotImplementedError(f"{type(self).__name__} implements neither score_heard nor add.")

    def fingerprint(self) -> dict[str, Any]:
        """Return the options and the network's own fingerprint."""
        options = self.config.model_dump(mode="json", exclude={"embedder"})
        heard = self._listening().embedder.fingerprint()
        return {**super().fingerprint(), "options": options, "embedder": heard}

    def _watched(self, clip: Measured, ear: Ear) -> Embedding | None:
        if not self.sees:
            return None
        if clip.video is None:
            raise RequestError(
                f"Metric '{self.name}' needs the video of every row, and row '{clip.id}' has none. "
                "Measure rows that have one."
            )
        (side,) = self.hears
        return ear.watch(clip.video, getattr(clip, side).seconds)

    def _listening(self) -> Ear:
        if self.ear is None:
            raise ConfigError(
                f"Metric '{self.name}' has no network to listen with; build it with "
                f'`build_metric("{self.name}", catalog)`, or pass {type(self).__name__}(config, '
                "ear=…)."
            )
        return self.ear
