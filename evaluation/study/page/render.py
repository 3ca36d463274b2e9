"""Writes the page that raters open: one HTML file, offline, that knows no system's name."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any, Literal

from ....core.media.write import replace_file
from ..key import RATINGS_FORMAT

INSIDE_AT_MOST_BYTES = 40 * 2**20
"""Audio up to which a page holds its clips itself; a browser reads that at once."""

SCRIPTS = ("dom.js", "progress.js", "sound.js", "headphones.js", "rating.js", "study.js")


@dataclass(frozen=True)
class PageClip:
    """A clip under a name that means nothing: a FLAC file."""

    name: str
    data: bytes


@dataclass(frozen=True)
class StudyPage:
    """All that a page holds.

    Attributes:
        study: name of the study, which its ratings carry.
        title: what raters read at the top.
        prompts: by item; `None` where there is none.
        clips: sorted by name, so that their order says nothing.
        orders: for each rater and scale, the items with their clips, in order.
    """

    study: str
    title: str
    prompts: dict[str, str | None]
    clips: list[PageClip]
    orders: list[dict[str, list[tuple[str, list[str]]]]]


def write_page(page: StudyPage, path: Path, audio: Literal["auto", "inside", "beside"]) -> None:
    """Write the page, and its clips into the folder ``clips`` beside it unless they are inside.

    Args:
        page: what it holds.
        path: the HTML file; missing folders are made.
        audio: where clips go; ``auto``: inside up to 40 MiB.

    Raises:
        MediaError: if something cannot be written.
    """
    size = sum(len(clip.data) for clip in page.clips)
    inside = audio == "inside" or (audio == "auto" and size <= INSIDE_AT_MOST_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not inside:
        (path.parent / "clips").mkdir(exist_ok=True)
        for clip in page.clips:
            replace_file(path.parent / _address(clip), clip.data)
    addresses = {clip.name: _uri(clip) if inside else _address(clip) for clip in page.clips}
    replace_file(path, page_html(page, addresses).encode())


def page_html(page: StudyPage, addresses: dict[str, str]) -> str:
    """Return the page as text; ``addresses`` are where each clip is found from it."""
    data: dict[str, Any] = {
        "format": RATINGS_FORMAT,
        "study": page.study,
        "title": page.title,
        "prompts": page.prompts,
        "clips": addresses,
        "orders": page.orders,
    }
    return Template(_asset("study.html")).substitute(
        title=escape(page.title),
        style=_asset("study.css"),
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
        script="\n".join(_asset(name) for name in SCRIPTS),
    )


def _address(clip: PageClip) -> str:
    return f"clips/{clip.name}.flac"


def _uri(clip: PageClip) -> str:
    return "data:audio/flac;base64," + base64.b64encode(clip.data).decode("ascii")


def _asset(name: str) -> str:
    return (resources.files(__package__ or "") / name).read_text(encoding="utf-8")
