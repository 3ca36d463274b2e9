"""audio-omni: understand, generate and edit sound, music and speech with one model.

The front door. Importing it loads no torch; names are resolved on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import AudioOmni
    from .core.answering import Answering, LearnsAnswers
    from .core.benchmark import Benchmark
    from .core.codec import Codec
    from .core.conditioning import Condition, Conditioner
    from .core.config import Config, NoOptions
    from .core.embedder import Embedder, Heard
    from .core.embedding_metric import EmbeddingMetric
    from .core.errors import (
        AudioOmniError,
        DataError,
        MediaError,
        RequestError,
        UndefinedError,
    )
    from .core.frozen import open_frozen
    from .core.hidden import HiddenFrames
    from .core.hookspecs import hookimpl
    from .core.listening import EmbedderUse
    from .core.measured import Answered, Measured
    from .core.measuring import Ears, build_metric, measure_rows
    from .core.media.video_file import VideoClip
    from .core.media.waveform import Waveform
    from .core.metric import Metric
    from .core.metric_result import MetricResult
    from .core.payloads import Example, Prompt, ReferenceAudio, Transcript
    from .core.result import Result
    from .core.source import DataSource, Row
    from .core.specs import (
        BenchmarkSpec,
        CodecSpec,
        CommandSpec,
        ConcatAxis,
        ConditionerSpec,
        Direction,
        EditProviderSpec,
        EmbedderSpec,
        Injection,
        MetricSpec,
        SolverSpec,
        SourceSpec,
        TaskSpec,
    )
    from .core.task import AudioInput, Request, Task, VideoInput
    from .core.wording import TaskWording

_HOME = {
    "api": ("AudioOmni",),
    "core.answering": ("Answering", "LearnsAnswers"),
    "core.benchmark": ("Benchmark",),
    "core.codec": ("Codec",),
    "core.conditioning": ("Condition", "Conditioner"),
    "core.config": ("Config", "NoOptions"),
    "core.embedder": ("Embedder", "Heard"),
    "core.embedding_metric": ("EmbeddingMetric",),
    "core.errors": (
        "AudioOmniError",
        "DataError",
        "MediaError",
        "RequestError",
        "UndefinedError",
    ),
    "core.frozen": ("open_frozen",),
    "core.hidden": ("HiddenFrames",),
    "core.hookspecs": ("hookimpl",),
    "core.listening": ("EmbedderUse",),
    "core.measuring": ("Ears", "build_metric", "measure_rows"),
    "core.media.video_file": ("VideoClip",),
    "core.media.waveform": ("Waveform",),
    "core.measured": ("Answered", "Measured"),
    "core.metric": ("Metric",),
    "core.metric_result": ("MetricResult",),
    "core.payloads": ("Example", "Prompt", "ReferenceAudio", "Transcript"),
    "core.result": ("Result",),
    "core.source": ("DataSource", "Row"),
    "core.specs": (
        "BenchmarkSpec",
        "CodecSpec",
        "CommandSpec",
        "ConcatAxis",
        "ConditionerSpec",
        "Direction",
        "EditProviderSpec",
        "EmbedderSpec",
        "Injection",
        "MetricSpec",
        "SolverSpec",
        "SourceSpec",
        "TaskSpec",
    ),
    "core.task": ("AudioInput", "Request", "Task", "VideoInput"),
    "core.wording": ("TaskWording",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Answered",
    "Answering",
    "AudioInput",
    "AudioOmni",
    "AudioOmniError",
    "Benchmark",
    "BenchmarkSpec",
    "Codec",
    "CodecSpec",
    "CommandSpec",
    "ConcatAxis",
    "Condition",
    "Conditioner",
    "ConditionerSpec",
    "Config",
    "DataError",
    "DataSource",
    "Direction",
    "Ears",
    "EditProviderSpec",
    "Embedder",
    "EmbedderSpec",
    "EmbedderUse",
    "EmbeddingMetric",
    "Example",
    "Heard",
    "HiddenFrames",
    "Injection",
    "LearnsAnswers",
    "Measured",
    "MediaError",
    "Metric",
    "MetricResult",
    "MetricSpec",
    "NoOptions",
    "Prompt",
    "ReferenceAudio",
    "Request",
    "RequestError",
    "Result",
    "Row",
    "SolverSpec",
    "SourceSpec",
    "Task",
    "TaskSpec",
    "TaskWording",
    "Transcript",
    "UndefinedError",
    "VideoClip",
    "VideoInput",
    "Waveform",
    "build_metric",
    "hookimpl",
    "measure_rows",
    "open_frozen",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'audio_omni' has no attribute '{name}'")
    return getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
