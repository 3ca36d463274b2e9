"""Makes the page on which people judge pairs: blind, offline, beside the clips that it plays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from ....core.errors import DataError
from ....core.page.document import asset, document, inline_json, style
from ..blobs import BlobStore, write_whole
from ..records import EditRecord

FORMAT = "audio-omni-listening/1"
KEY = Path("reports", "listening", "key.json")
"""Where the key of a data set lies in its folder."""

FOIL_SHARE = 0.1
"""Share of items that play the source twice: whoever hears an edit there does not listen."""

QUESTIONS = {
    "add": "Can you hear {a} in the second clip that is not in the first?",
    "remove": "Is {the} gone from the second clip?",
    "extract": "Is {the} alone in the second clip?",
    "style": "Has {the} become {b} in the second clip?",
}


@dataclass(frozen=True)
class Listening:
    """Where the parts of a listening test are.

    Attributes:
        page: what raters open; it says nothing of ids, branches and foils.
        key: which item is which pair; not for raters.
        items: how many questions there are, foils included.
        foils: how many of them play the source twice.
    """

    page: Path
    key: Path
    items: int
    foils: int


def make_listening(root: Path, records: Sequence[EditRecord], *, n: int, seed: int) -> Listening:
    """Write ``reports/listening``: a page, its clips, and the key.

    Args:
        root: folder of the data set.
        records: finished pairs.
        n: pairs to judge; all if there are fewer. One in ten more are foils.
        seed: of the choice and the order.

    Raises:
        DataError: if there is no pair, or a blob is missing or damaged.
    """
    if not records:
        raise DataError(
            f"{root} holds no finished pair to listen to. Make some first: audio-omni audioedit "
            f"run -o {root}"
        )
    rng = np.random.default_rng(seed)
    ordered = sorted(records, key=lambda record: record.id)
    chosen = [ordered[k] for k in rng.permutation(len(ordered))[:n]]
    foils = [chosen[k] for k in rng.permutation(len(chosen))[: round(FOIL_SHARE * len(chosen))]]
    items = [(record, False) for record in chosen] + [(record, True) for record in foils]
    items = [items[k] for k in rng.permutation(len(items))]
    folder, blobs = (root / KEY).parent, BlobStore(root)
    shown, key = [], {}
    for record, is_foil in items:
        name = _name(seed, record.id, "foil" if is_foil else "pair")
        second = record.source if is_foil else record.target
        for side, facts in (("a", record.source), ("b", second)):
            write_whole(folder / "clips" / f"{name}-{side}.flac", blobs.bytes(facts.sha256))
        shown.append({"name": name, "question": _question(record)})
        key[name] = {"id": record.id, "task": record.task, "branch": record.branch, "foil": is_foil}
    title = f"{records[0].dataset} {records[0].version}"
    study = _name(seed, title, *sorted(key))
    page, key_path = folder / "listen.html", root / KEY
    write_whole(page, _page(title, study, shown).encode())
    told = {"format": FORMAT, "study": study, "seed": seed, "items": key}
    write_whole(key_path, f"{json.dumps(told, indent=2, sort_keys=True)}\n".encode())
    return Listening(page, key_path, len(items), len(foils))


def _question(record: EditRecord) -> str:
    slots = record.instruction.slots
    words = {"a": slots.object.indefinite, "the": slots.object.definite}
    words["b"] = slots.object_to.indefinite if slots.object_to else ""
    return QUESTIONS[record.task].format(**words)


def _name(seed: int, *parts: str) -> str:
    return hashlib.sha256("/".join([str(seed), *parts]).encode()).hexdigest()[:12]


def _page(title: str, study: str, items: Sequence[dict[str, Any]]) -> str:
    body = Template(asset(__package__, "listen.html")).substitute(
        title=escape(title),
        data=inline_json({"format": FORMAT, "study": study, "items": items}),
        script=asset(__package__, "listen.js"),
    )
    css = style() + asset(__package__, "listen.css")
    return document(f"Listening to {title}", body, css=css, listed=False)
