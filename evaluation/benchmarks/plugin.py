"""Registers the paper's benchmarks and the ``evaluate`` noun."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import BenchmarkSpec, CommandSpec

_HERE = __name__.rpartition(".")[0]
_WITH_ARGUMENT = (
    ("audiocaps_cn", "text_to_audio", "Sound from captions in Chinese (Table A2)."),
    ("audiocaps_es", "text_to_audio", "Sound from captions in Spanish (Table A2)."),
    ("audiocaps_de", "text_to_audio", "Sound from captions in German (Table A2)."),
    ("audiocaps_fr", "text_to_audio", "Sound from captions in French (Table A2)."),
    ("audiocaps_jp", "text_to_audio", "Sound from captions in Japanese (Table A2)."),
    ("audioedit_add", "add", "Sounds added to recordings (Tables 4 and A3)."),
    ("audioedit_remove", "remove", "Sounds removed from recordings (Tables 4 and A3)."),
    ("audioedit_extract", "extract", "Sounds taken out of recordings (Tables 4 and A3)."),
    ("audioedit_style_transfer", "style_transfer", "Sounds made others (Tables 4 and A3)."),
)
_PLAIN = (
    ("audiocaps", "text_to_audio", "Sound from captions in English (Tables 3, A2 and A5)."),
    ("musiccaps", "text_to_music", "Music from captions (Tables 3 and A5)."),
    ("vggsound", "video_to_audio", "Sound for videos (Tables 3 and A5)."),
    ("v2m_bench", "video_to_music", "Music for videos (Tables 3 and A5)."),
    ("seedtts_en", "text_to_speech", "English speech behind a voice (Table 3)."),
    ("mmau", "understanding", "Questions about sound, music and speech (Table 2)."),
    ("mmsu", "understanding", "Questions about spoken language (Table 2)."),
)


@hookimpl
def register_benchmarks() -> list[BenchmarkSpec]:
    """Return the benchmarks of the paper."""
    return [
        BenchmarkSpec(name=name, summary=summary, factory=f"{_HERE}.published:{name}", task=task)
        for name, task, summary in (*_PLAIN, *_WITH_ARGUMENT)
    ]


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command that measures a model on benchmarks."""
    return [
        CommandSpec(
            name="evaluate",
            summary="Measure a model on benchmarks, beside the paper's figures.",
            factory=f"{_HERE}.command:command",
        )
    ]
