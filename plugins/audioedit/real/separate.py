"""The stage ``separate``: every item's sound, and the rest (spec section 3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ..providers.contract import Clip, Locator, ProviderFailure, Separator, Signal, Spans
from ..providers.opening import opened
from ..stages.contract import Resources, Stage
from ..stages.outcomes import Failed, Item, Kept, Outcome, Rejected
from ..stages.workshop import Workshop
from .config import SeparationRules
from .index import real_config
from .tools import tool_version, weights_of
from .tracks import get, log_spectral_distance_db, put, si_sdr_db


class SeparateStage(Stage):
    """Takes clips apart. Batches decide no result: each item's noise has a seed of its own."""

    name: ClassVar[str] = "separate"
    version: ClassVar[int] = 2
    batch: ClassVar[int] = 8
    resources: ClassVar[Resources] = Resources(gpus=1.0, memory_gib=16.0)
    reasons: ClassVar[Mapping[str, str]] = {
        "not_finite": "a part has NaN or infinite samples",
        "inconsistent_split": "target + residual are too far from the clip",
    }

    def __init__(self, workshop: Workshop) -> None:
        """Build the separator."""
        super().__init__(workshop)
        self.separator: Separator = _separator(workshop)
        self.locator: Locator | None = locator_of(workshop)
        self.rules: SeparationRules = real_config(workshop).separation
        self.batch = self.rules.batch  # type: ignore[misc] # what memory has room for

    @cached_property
    def version_of_tool(self) -> str:
        """Return what the separator is, asked once."""
        return tool_version(self.separator)

    @cached_property
    def weights_of_tool(self) -> str | None:
        """Return the hash of the separator's weights, asked once."""
        return weights_of(self.separator)

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return what separates, and what is asked of it."""
        real = real_config(workshop)
        rules, locator = real.separation, locator_of(workshop)
        located = {}
        if real.locator is not None and locator is not None:
            located = {"locator": [real.locator.name, locator.fingerprint()]}
        return {
            **located,
            "separator": [real.separator.name, _separator(workshop).fingerprint()],
            "rules": [rules.hint_seconds, rules.least_si_sdr_db],
        }

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return each item with its parts.

        Raises:
            StopRun: if the separator's weights cannot be had.
        """
        opened(lambda: self.weights_of_tool)
        rate = self.workshop.config.sample_rate_hz
        mixtures = [get(self.workshop.blobs, item.data["mixture"]) for item in items]
        clips = [
            Clip(item.id, samples, rate, item.data["mixture"]["sha256"], _facts(item))
            for item, samples in zip(items, mixtures, strict=True)
        ]
        phrases = [item.data["phrase"]["label"] for item in items]
        try:
            found = self._located(clips, phrases, items)
            parts = self.separator.separate(
                clips,
                phrases,
                [
                    spans or label_spans(item.data, self.rules.hint_seconds)
                    for item, spans in zip(items, found, strict=True)
                ],
                [self._seed(item) for item in items],
            )
        except ProviderFailure as failure:
            again = failure.retryable or len(items) > 1  # one by one it shows whose failure it is
            return [Failed(str(failure), again, failure.reason)] * len(items)
        return [
            self._one(with_place(item, spans), mixture, *pair)
            for item, spans, mixture, pair in zip(items, found, mixtures, parts, strict=True)
        ]

    def _located(
        self, clips: Sequence[Clip], phrases: Sequence[str], items: Sequence[Item]
    ) -> list[Spans]:
        """Return where the locator hears each sound; nothing where the row itself says where."""
        found: list[Spans] = [()] * len(items)
        asked = [k for k, item in enumerate(items) if self.locator and not item.data["spans"]]
        if self.locator is not None and asked:
            heard = self.locator.locate([clips[k] for k in asked], [phrases[k] for k in asked])
            for k, spans in zip(asked, heard, strict=True):
                found[k] = spans
        return found

    def _seed(self, item: Item) -> int:
        return int(self.workshop.rng("real", item.id, "separate").integers(2**63))

    def _one(self, item: Item, mixture: Signal, target: Signal, residual: Signal) -> Outcome:
        if not len(target) == len(residual) == len(mixture):
            lengths = f"{len(target)} and {len(residual)} samples of {len(mixture)}"
            return Failed(f"The separator gave parts of {lengths}.", False, "length")
        if not (np.isfinite(target).all() and np.isfinite(residual).all()):
            return Rejected("not_finite")
        together = target + residual
        scores = {
            "si_sdr_db": si_sdr_db(together, mixture),
            "lsd_db": log_spectral_distance_db(together, mixture),
        }
        if scores["si_sdr_db"] < self.rules.least_si_sdr_db:
            return Rejected("inconsistent_split", scores)
        blobs, rate = self.workshop.blobs, self.workshop.config.sample_rate_hz
        data = {
            **item.data,
            "target": put(blobs, target, rate),
            "residual": put(blobs, residual, rate),
            "versions": {**item.data["versions"], "separate": self.version_of_tool},
            "weights": {"separate": self.weights_of_tool},
            "consistency": {name: round(value, 4) for name, value in scores.items()},
        }
        return Kept((Item(item.id, item.root, data),), scores)


def with_place(item: Item, spans: Spans) -> Item:
    """Return an item that tells where its sound was found, if it was."""
    if not spans:
        return item
    return Item(item.id, item.root, {**item.data, "located": [list(span) for span in spans]})


def label_spans(data: Mapping[str, Any], hint_seconds: float) -> Spans | None:
    """Return where a label says that its sound is: the row's spans, or an onset's next second."""
    if data["spans"]:
        return tuple((start, end) for start, end in data["spans"])
    hint = data["onset_hint_s"]
    if hint is None or hint_seconds == 0 or data["continuous"]:
        return None
    return ((float(hint), float(hint) + hint_seconds),)


def _facts(item: Item) -> dict[str, Any]:
    return {**item.data["fields"], "dataset": item.data["dataset"], "item": item.data["item"]}


def locator_of(workshop: Workshop) -> Locator | None:
    """Return what finds sounds for the separator; `None` where nothing does."""
    chosen = real_config(workshop).locator
    locator: Locator | None = None if chosen is None else workshop.provider("locator", chosen)
    return locator


def _separator(workshop: Workshop) -> Separator:
    separator: Separator = workshop.provider("separator", real_config(workshop).separator)
    return separator
