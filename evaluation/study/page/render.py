"""Writes the page that raters open: one HTML file, offline, that knows no system's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Literal

from ....core.page.document import asset, document, inline_json
from ....core.page.embedding import data_uri
from ....core.whole_file import write_whole
from ..key import RATINGS_FORMAT

INSIDE_AT_MOST_BYTES = 40 * 2**20
"""Audio up to which a page holds its clips itself; a browser reads that at once."""

SCRIPTS = ("dom.js", "progress.js", "sound.js", "headphones.js", "rating.js", "study.js")


MIME = {"flac": "audio/flac", "mp4": "video/mp4", "webm": "video/webm"}

Placement = Literal["auto", "inside", "beside"]


@dataclass(frozen=True)
class PageFile:
    """A file under a name that means nothing, and its suffix: one of `MIME`."""

    name: str
    data: bytes
    suffix: str

    @property
    def address(self) -> str:
        """Return where it lies beside the page."""
        return f"clips/{self.name}.{self.suffix}"


@dataclass(frozen=True)
class PageCondition:
    """What the clips of an item are to agree with; all `None` where nobody asks."""

    text: str | None
    source: PageFile | None = None
    video: PageFile | None = None


@dataclass(frozen=True)
class StudyPage:
    """All that a page holds.

    Attributes:
        study: name of the study, which its ratings carry.
        title: what raters read at the top.
        conditions: by item.
        clips: sorted by name, so that their order says nothing.
        orders: for each rater and scale, the items with their clips, in order.
    """

    study: str
    title: str
    conditions: dict[str, PageCondition]
    clips: list[PageFile]
    orders: list[dict[str, list[tuple[str, list[str]]]]]

    def files(self) -> list[PageFile]:
        """Return everything that plays."""
        more = [file for one in self.conditions.values() for file in (one.source, one.video)]
        return [*self.clips, *(file for file in more if file is not None)]


def write_page(page: StudyPage, path: Path, placement: Placement) -> None:
    """Write the page, and what plays into the folder ``clips`` beside it unless it is inside.

    Args:
        page: what it holds.
        path: the HTML file; missing folders are made.
        placement: where clips and videos go; ``auto``: inside up to 40 MiB.

    Raises:
        WriteError: if something cannot be written.
    """
    files = page.files()
    size = sum(len(file.data) for file in files)
    inside = placement == "inside" or (placement == "auto" and size <= INSIDE_AT_MOST_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not inside:
        (path.parent / "clips").mkdir(exist_ok=True)
        for file in files:
            write_whole(path.parent / file.address, file.data)
    write_whole(path, page_html(page, _uri if inside else _beside).encode())


def page_html(page: StudyPage, address: Callable[[PageFile], str]) -> str:
    """Return the page as text; ``address`` tells where a file is found from it."""
    data: dict[str, Any] = {
        "format": RATINGS_FORMAT,
        "study": page.study,
        "title": page.title,
        "conditions": {
            item: {
                "text": one.text,
                "source": None if one.source is None else address(one.source),
                "video": None if one.video is None else address(one.video),
            }
            for item, one in page.conditions.items()
        },
        "clips": {clip.name: address(clip) for clip in page.clips},
        "orders": page.orders,
    }
    body = Template(asset(__package__, "study.html")).substitute(
        title=escape(page.title),
        data=inline_json(data),
        script="\n".join(asset(__package__, name) for name in SCRIPTS),
    )
    return document(page.title, body, css=asset(__package__, "study.css"), listed=False)


def _beside(file: PageFile) -> str:
    return file.address


def _uri(file: PageFile) -> str:
    return data_uri(MIME[file.suffix], file.data)
