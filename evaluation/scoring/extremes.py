"""The worst and the best clips of a metric, to listen to beside their references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from ...core.media.audio import Waveform, crop
from ...core.metric_result import MetricResult
from ...core.page.panel import ShownClip, clips_html, turn_button
from .preparing import Prepared, PreparedRow

WORST, BEST = 3, 3
LONGEST_SECONDS = 15.0
"""More of a clip is not put on the page."""


class Extremes:
    """Shows rows, each once on the page: where it comes again, a link leads to it."""

    def __init__(
        self, rows: Mapping[str, PreparedRow], results: Mapping[str, MetricResult]
    ) -> None:
        """Keep what can be shown."""
        self.rows = rows
        self.results = results
        self.format = "FLAC"
        self._shown: dict[str, str] = {}

    def chosen(self, values: Mapping[str, float], direction: str) -> tuple[list[str], list[str]]:
        """Return the ids of the worst rows, worst first, and of the best, best first."""
        sign = 1.0 if direction == "higher" else -1.0
        ordered = sorted(values, key=lambda row: (sign * values[row], row))
        best = min(BEST, len(ordered) // 2)
        worst = min(WORST, len(ordered) - best)
        return ordered[:worst], ordered[::-1][:best]

    def waveforms(self, ids: Iterable[str]) -> list[Waveform]:
        """Return all clips of some rows, as they are shown."""
        rows = (self.rows[id_] for id_ in ids)
        clips = (clip for row in rows for clip in (row.reference, row.generated))
        return [_heard(clip) for clip in clips if clip is not None]

    def html(self, ids: list[str], clips: Mapping[str, Mapping[str, float]]) -> str:
        """Return rows with all their values."""
        return "".join(self._row(row, clips) for row in ids)

    def _row(self, id_: str, clips: Mapping[str, Mapping[str, float]]) -> str:
        numbers = "".join(
            f"<div><dt>{escape(name)}</dt><dd>{values[id_]:.4g} "
            f"{escape(_unit(self.results.get(name)))}</dd></div>"
            for name, values in clips.items()
            if id_ in values
        )
        if id_ in self._shown:
            return (
                f'<div class="again"><a href="#{self._shown[id_]}">{escape(id_)}</a>'
                "<span>shown above</span>"
                f'<dl class="numbers">{numbers}</dl></div>'
            )
        self._shown[id_] = f"row-{len(self._shown) + 1}"
        row = self.rows[id_]
        shown = [
            ShownClip(role, title, f"{title}, {id_}", _heard(clip))
            for role, title, clip in (
                ("target", "Reference", row.reference),
                ("output", "Generated", row.generated),
            )
            if clip is not None
        ]
        caption = row.fields.get("caption")
        said = f'<p class="note">“{escape(str(caption))}”</p>' if caption else ""
        return (
            f'<article class="sample" id="{self._shown[id_]}"><div class="asked">'
            f'<p class="rowname">{escape(id_)}</p>{turn_button(shown)}</div>{said}'
            f'{clips_html(shown, self.format)}<dl class="numbers">{numbers}</dl></article>'
        )


def _heard(clip: Prepared) -> Waveform:
    heard = clip.load()
    most = round(LONGEST_SECONDS * heard.sample_rate_hz)
    return crop(heard, 0, most) if heard.samples.shape[-1] > most else heard


def _unit(result: MetricResult | None) -> str:
    return "" if result is None or result.unit == "1" else result.unit
