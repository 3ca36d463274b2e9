"""A sample as HTML: what was asked, and up to three spectrograms that play."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from ....core.media.waveform import Waveform
from .embedding import audio_uri, data_uri
from .report import DemoSample, TaskSection
from .spectrogram import loudest_db, mel_levels, mel_position, spectrogram_png

ROLES = ("source", "target", "output")


@dataclass(frozen=True)
class _Clip:
    role: str
    title: str
    name: str
    waveform: Waveform


def section_html(section: TaskSection, audio_format: str) -> str:
    """Return the section of one task, with its samples."""
    listen = (
        f'<p class="listen"><b>Listen for</b> {escape(section.listen_for)}</p>'
        if section.listen_for
        else ""
    )
    samples = "".join(
        _sample(section, sample, number, audio_format)
        for number, sample in enumerate(section.samples, start=1)
    )
    return (
        f'<section class="task" id="{escape(section.name)}"><header>'
        f"<h2>{escape(section.title)}</h2><p>{escape(section.explanation)}</p>{listen}</header>"
        f"{samples or '<p class=quiet>No sample was made for this task.</p>'}</section>"
    )


def _sample(section: TaskSection, sample: DemoSample, number: int, audio_format: str) -> str:
    """Return one sample; its spectrograms share one scale of levels."""
    titles = {"source": "Input", "target": section.target_title, "output": "Model"}
    clips = [
        _Clip(role, titles[role], f"{titles[role]}, {section.title} {number}", waveform)
        for role in ROLES
        if (waveform := getattr(sample, role)) is not None
    ]
    levels = [mel_levels(clip.waveform) for clip in clips]
    top = loudest_db(levels)
    panels = "".join(
        _panel(clip, spectrogram_png(level, top), audio_format)
        for clip, level in zip(clips, levels, strict=True)
    )
    turn = '<button class="turn" type="button" hidden>Play in turn</button>'
    note = f'<p class="note">{escape(sample.note)}</p>' if sample.note else ""
    return (
        f'<article class="sample"><div class="asked"><p class="prompt">{escape(sample.prompt)}</p>'
        f"{turn if len(clips) > 1 else ''}</div>"
        f'<div class="clips n{len(clips)}">{panels}</div>{_numbers(sample)}{note}</article>'
    )


def _numbers(sample: DemoSample) -> str:
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(_shown(value))}</dd></div>"
        for name, value in sample.metrics.items()
    )
    return f'<dl class="numbers">{items}</dl>' if items else ""


def _panel(clip: _Clip, picture: bytes, audio_format: str) -> str:
    name, waveform = escape(clip.name), clip.waveform
    return (
        f'<figure class="clip {clip.role}"><figcaption>{escape(clip.title)}</figcaption>'
        '<div class="plot">'
        f'<div class="khz" aria-hidden="true">{_frequency_ticks(waveform.sample_rate_hz)}</div>'
        f'<button class="spec" type="button" data-name="{name}" aria-label="Play: {name}">'
        f'<img alt="Spectrogram: {name}" src="{data_uri("image/png", picture)}">'
        '<span class="playhead"></span><span class="sign"></span></button>'
        f'<div class="secs" aria-hidden="true">{_time_ticks(waveform.seconds)}</div></div>'
        f'<audio controls preload="metadata" src="{audio_uri(waveform, audio_format)}"></audio>'
        "</figure>"
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
            marks.append(f'<i style="bottom:{100 * place:.1f}%">{hertz / 1000:g}{unit}</i>')
    return "".join(marks)


def _time_ticks(seconds: float) -> str:
    step = next((s for s in (0.5, 1.0, 2.0, 5.0, 10.0, 30.0) if seconds / s <= 6), 60.0)
    marks = []
    for count in range(int(seconds / step + 1e-6) + 1):
        at = count * step
        unit = " s" if at + step > seconds + 1e-6 else ""
        marks.append(f'<i style="left:{100 * at / max(seconds, 1e-6):.1f}%">{at:g}{unit}</i>')
    return "".join(marks)


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"
