"""Which label is taken for which: a matrix, and its picture. Shapes: K labels."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

CELL, GAP, TEXT = 34, 6, 12
"""Pixels: of a cell, around names, of the letters."""
DARK, INK = (24, 68, 140), (20, 20, 20)


@dataclass(frozen=True, eq=False)
class Confusion:
    """What was heard where something was asked for.

    Attributes:
        labels: K names, in the order of rows and columns.
        counts: (K, K) float64, how often the row's label was asked for and the column's heard;
            a row sums to the times that its label was asked for.
    """

    labels: tuple[str, ...]
    counts: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Return (K, K) of rows that sum to 1; rows of labels never asked for are 0."""
        asked = self.counts.sum(axis=1, keepdims=True)
        return self.counts / np.maximum(asked, 1e-12) * (asked > 0)

    def png(self) -> bytes:
        """Return a picture: asked for at the left, heard at the top, percent in each cell."""
        from PIL import Image, ImageDraw, ImageFont

        font = ImageFont.load_default(TEXT)
        widest = round(max(font.getlength(label) for label in self.labels))
        margin, size = widest + 2 * GAP, len(self.labels) * CELL
        picture = Image.new("RGB", (margin + size + GAP, margin + size + GAP), "white")
        picture.paste(self._names(font, margin, "right"), (0, margin))
        turned = self._names(font, margin, "left").transpose(Image.Transpose.ROTATE_90)
        picture.paste(turned, (margin, 0))
        draw = ImageDraw.Draw(picture)
        for (row, column), share in np.ndenumerate(self.shares):
            _draw_cell(draw, margin + column * CELL, margin + row * CELL, float(share), font)
        written = io.BytesIO()
        picture.save(written, "PNG", optimize=True)
        return written.getvalue()

    def _names(self, font: Font, width: int, side: Literal["left", "right"]) -> Image:
        """Return the labels, one below the other, flush at a side."""
        from PIL import Image, ImageDraw

        names = Image.new("RGB", (width, len(self.labels) * CELL), "white")
        draw = ImageDraw.Draw(names)
        for i, label in enumerate(self.labels):
            at = GAP if side == "left" else width - GAP, (i + 0.5) * CELL
            draw.text(at, label, fill=INK, font=font, anchor=f"{side[0]}m")
        return names


def confusion_of(
    labels: Sequence[str], cases: Iterable[tuple[Set[str], Sequence[str]]]
) -> Confusion:
    """Return what was heard in place of what.

    A label that is asked for and guessed counts on the diagonal. One that is missed counts in
    equal shares for the guesses of the same clip that nothing asked for.

    Args:
        labels: all labels, K.
        cases: for each clip the labels asked for, and as many guesses as the clip has labels.
    """
    place = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(place), len(place)))
    for asked, guesses in cases:
        wrong = [guess for guess in guesses if guess not in asked]
        for label in sorted(asked):
            heard = [label] if label in guesses else wrong
            for guess in heard:
                counts[place[label], place[guess]] += 1 / len(heard)
    return Confusion(tuple(labels), counts)


def _draw_cell(draw: ImageDraw, left: int, top: int, share: float, font: Font) -> None:
    red, green, blue = (round(255 + share * (dark - 255)) for dark in DARK)
    draw.rectangle((left, top, left + CELL - 2, top + CELL - 2), fill=(red, green, blue))
    if share >= 0.005:
        middle = (left + CELL / 2 - 1, top + CELL / 2 - 1)
        ink = (255, 255, 255) if share > 0.5 else INK
        draw.text(middle, f"{100 * share:.0f}", fill=ink, font=font, anchor="mm")
