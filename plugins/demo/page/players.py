"""A sample as HTML: what was asked, and up to three spectrograms that play."""

from __future__ import annotations

from html import escape

from ....core.page.panel import ShownClip, clips_html, turn_button
from .report import DemoSample, TaskSection

ROLES = ("source", "target", "output")


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
        ShownClip(role, titles[role], f"{titles[role]}, {section.title} {number}", waveform)
        for role in ROLES
        if (waveform := getattr(sample, role)) is not None
    ]
    note = f'<p class="note">{escape(sample.note)}</p>' if sample.note else ""
    return (
        f'<article class="sample"><div class="asked"><p class="prompt">{escape(sample.prompt)}</p>'
        f"{turn_button(clips)}</div>"
        f"{clips_html(clips, audio_format)}{_numbers(sample)}{note}</article>"
    )


def _numbers(sample: DemoSample) -> str:
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(_shown(value))}</dd></div>"
        for name, value in sample.metrics.items()
    )
    return f'<dl class="numbers">{items}</dl>' if items else ""


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"
