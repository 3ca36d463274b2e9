"""A clip as HTML: its spectrogram, which plays it, with axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ..media.waveform import Waveform
from .embedding import audio_uri, data_uri
from .spectrogram import loudest_db, mel_levels, mel_position, spectrogram_png


@dataclass(frozen=True)
class ShownClip:
    """A clip with its words.

    Attributes:
        role: class of the figure; ``"output"`` stands out.
        title: above it.
        name: for who cannot see it.
        waveform: the sound.
        spans: (start, end) in seconds to mark on its spectrogram.
    """

    role: str
    title: str
    name: str
    waveform: Waveform
    spans: Sequence[tuple[float, float]] = ()


def clips_html(clips: Sequence[ShownClip], audio_format: str) -> str:
    """Return clips side by side; their spectrograms share one scale of levels."""
    levels = [mel_levels(clip.waveform) for clip in clips]
    top = loudest_db(levels)
    panels = "".join(
        _panel(clip, spectrogram_png(level, top), audio_format)
        for clip, level in zip(clips, levels, strict=True)
    )
    return f'<div class="clips n{len(clips)}">{panels}</div>'


def turn_button(clips: Sequence[ShownClip]) -> str:
    """Return the button that plays clips one after another, if there are several."""
    button = '<button class="turn" type="button" hidden>Play in turn</button>'
    return button if len(clips) > 1 else ""


def _panel(clip: ShownClip, picture: bytes, audio_format: str) -> str:
    name, waveform = escape(clip.name), clip.waveform
    return (
        f'<figure class="clip {clip.role}"><figcaption>{escape(clip.title)}</figcaption>'
        '<div class="plot">'
        f'<div class="khz" aria-hidden="true">{_frequency_ticks(waveform.sample_rate_hz)}</div>'
        f'<button class="spec" type="button" data-name="{name}" aria-label="Play: {name}">'
        f'<img alt="Spectrogram: {name}" src="{data_uri("image/png", picture)}">'
        f'{_marks(clip)}<span class="playhead"></span><span class="sign"></span></button>'
        f'<div class="secs" aria-hidden="true">{_time_ticks(waveform.seconds)}</div></div>'
        f'<audio controls preload="metadata" src="{audio_uri(waveform, audio_format)}"></audio>'
        "</figure>"
    )


def _marks(clip: ShownClip) -> str:
    length = max(clip.waveform.seconds, 1e-6)
    return "".join(
        f'<span class="span" style="left:{100 * start / length:.2f}%;'
        f'width:{100 * (end - start) / length:.2f}%"></span>'
        for start, end in clip.spans
    )


def _frequency_ticks(sample_rate_hz: int) -> str:
    ticks = [hertz for hertz in (500, 1000, 2000, 4000, 8000, 16000) if hertz < sample_rate_hz / 2]
    ticks.append(sample_rate_hz // 2)
    marks = []
    for index, hertz in enumerate(ticks):
        place = mel_position(hertz, sample_rate_hz)
        crowded = index < len(ticks) - 1 and mel_position(ticks[-1], sample_rate_hz) - place < 0.09
        if not crowded:
            unit = " kHz" if index == len(ticks) - 1 else ""
            khz = f"{hertz / 1000:.0f}" if hertz >= 10_000 else f"{hertz / 1000:g}"
            marks.append(f'<i style="bottom:{100 * place:.1f}%">{khz}{unit}</i>')
    return "".join(marks)


def _time_ticks(seconds: float) -> str:
    step = next((s for s in (0.5, 1.0, 2.0, 5.0, 10.0, 30.0) if seconds / s <= 6), 60.0)
    marks = []
    for count in range(int(seconds / step + 1e-6) + 1):
        at = count * step
        unit = " s" if at + step > seconds + 1e-6 else ""
        marks.append(f'<i style="left:{100 * at / max(seconds, 1e-6):.1f}%">{at:g}{unit}</i>')
    return "".join(marks)
