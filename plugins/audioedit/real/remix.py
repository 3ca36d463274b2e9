"""The stage ``remix``: the edit put in the sound's place (spec section 3.8). Shapes: N samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..blobs import Grid
from ..records import AudioFacts, Span, Words
from ..sound.grid import mix, quantise
from ..sound.guards import Signal
from ..sound.loudness import to_db
from ..stages.contract import Stage
from ..stages.outcomes import Item, Kept, Outcome, Rejected
from ..stages.workshop import Workshop
from ..words.chosen import wording_settings
from .config import MixtureMode
from .index import real_config
from .pairs import (
    UNWORDED,
    Pair,
    Side,
    common_gain,
    record_of,
    without_words,
    words_of,
    written,
)
from .style_edit import editor_of
from .style_words import style_config
from .tracks import Tracks, get, limited, tracks

EDGE_S = 0.02


class RemixStage(Stage):
    """Writes the scene with the old sound and with the new one, under one gain."""

    name: ClassVar[str] = "remix"
    version: ClassVar[int] = 3
    reasons: ClassVar[Mapping[str, str]] = {
        "too_hot": "the scene would have to be turned down by more than 12 dB",
        "unworded": UNWORDED,
    }

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return the mode and the languages."""
        mode = real_config(workshop).mixture_mode
        return {
            "mixture_mode": mode,
            "languages": workshop.config.languages,
            **wording_settings(workshop),
        }

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return the pair of each edit."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        config, mode = self.workshop.config, real_config(self.workshop).mixture_mode
        rate, data = config.sample_rate_hz, item.data
        new = words_of(data["to"])
        if missing := without_words(self.workshop, data, new):
            return Rejected("unworded", detail=missing)
        limit = editor_of(self.workshop).limits_hz()
        parts = limited(tracks(self.workshop.blobs, data, mode), rate, limit)
        edit = get(self.workshop.blobs, data["edit"])
        spans = data["active"]["target"]
        mixed = remixed(parts, edit, spans, rate, bits=config.bits, mode=mode)
        if mixed is None:
            return Rejected("too_hot")
        source, target, common = mixed
        rest = quantise(parts.residual, common, config.bits)
        scene = {
            "mixture_mode": mode,
            "consistency_sisdr_db": data["consistency"]["si_sdr_db"],
            "gain_db": round(to_db(common) or 0.0, 4),
            "strength": data["style"]["strength"],
            **({} if limit is None else {"limited_hz": limit}),
        }
        record = record_of(
            self.workshop,
            with_author(item),
            self._pair(item, new, (source, target), scene, self._stems(item, rest, target)),
        )
        return Kept((Item(record.id, item.root, {"record": record.model_dump(mode="json")}),))

    def _pair(
        self, item: Item, new: Words, sides: tuple[Grid, Grid],
        scene: Mapping[str, Any], stems: Mapping[str, AudioFacts] | None,
    ) -> Pair:  # fmt: skip
        source, target = sides
        config, exact = self.workshop.config, scene["mixture_mode"] != "original"
        spans = [
            Span(start_s=max(0.0, round(start - EDGE_S, 6)),
                 end_s=min(config.clip_seconds, round(end + EDGE_S, 6)))
            for start, end in item.data["active"]["target"]
        ]  # fmt: skip
        return Pair(
            "style",
            Side(written(self.workshop, source), "with"),
            Side(written(self.workshop, target), "with_new"),
            scene,
            object_to=new,
            stems=stems,
            spans=tuple(spans) if exact else (),
            scores={"style": item.data["style"]},
            tools=[
                ("style_words", style_config(self.workshop).writer.name, self._writer()),
                ("style_edit", style_config(self.workshop).editor.name, editor_of(self.workshop)),
            ],
            exact=exact,
        )

    def _stems(self, item: Item, rest: Grid, target: Grid) -> dict[str, AudioFacts] | None:
        """Return the new sound and the rest of the scene, which only a test set asks for."""
        if item.data["split"] != "test":
            return None
        event: Grid = (target.astype(np.int64) - rest).astype(np.int32)
        return {
            "event": written(self.workshop, event), "residual": written(self.workshop, rest)
        }  # fmt: skip

    def _writer(self) -> Any:
        return self.workshop.provider("style_writer", style_config(self.workshop).writer)


def with_author(item: Item) -> Item:
    """Return an item whose record tells which model suggested its new sound, and when."""
    asked = item.data["to"].get("asked")
    if asked is None:
        return item
    versions = {**item.data["versions"], "style_words": asked}
    return Item(item.id, item.root, {**item.data, "versions": versions})


def remixed(
    parts: Tracks,
    edit: Signal,
    spans: Sequence[Sequence[float]],
    sample_rate_hz: int,
    *,
    bits: int,
    mode: MixtureMode,
) -> tuple[Grid, Grid, float] | None:
    """Return source and target (N,) on one grid, and their gain; `None` if it is under −12 dB.

    The target is the residual with the edit, which is heard within the spans alone. The source is
    the recording in mode ``original``, else the residual with the sound, behind the same gate: so
    the two are the same outside the spans, and an edit that changes nothing returns the source.
    """
    gate = gate_of(spans, len(edit), sample_rate_hz)
    sound, edit = parts.target * gate, edit * gate
    scene = parts.mixture if mode == "original" else parts.residual + sound
    common = common_gain([scene, parts.residual + edit, parts.residual])
    if common is None:
        return None
    rest = quantise(parts.residual, common, bits)
    target = mix([rest, quantise(edit, common, bits)], bits)
    if mode == "original":
        return quantise(scene, common, bits), target, common
    return mix([rest, quantise(sound, common, bits)], bits), target, common


def gate_of(
    spans: Sequence[Sequence[float]], samples: int, sample_rate_hz: int
) -> NDArray[np.float32]:
    """Return (N,): 1 within spans, 0 elsewhere, with raised-cosine edges of 20 ms outside them."""
    edge = round(EDGE_S * sample_rate_hz)
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)).astype(np.float32)
    gate = np.zeros(samples, np.float32)
    for start_s, end_s in spans:
        start, end = round(start_s * sample_rate_hz), min(round(end_s * sample_rate_hz), samples)
        gate[start:end] = 1.0
        before, after = min(edge, start), min(edge, samples - end)
        head, tail = gate[start - before : start], gate[end : end + after]
        np.maximum(head, rise[edge - before :], out=head)
        np.maximum(tail, rise[::-1][:after], out=tail)
    return gate
