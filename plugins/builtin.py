"""The plugins that ship with audio-omni, in loading order.

They use the same hooks as anybody's plugin; the only privilege is that they load first.
"""

from __future__ import annotations

BUILTIN: tuple[str, ...] = (
    "audio_omni.plugins.engine.plugin",
    "audio_omni.tasks.plugin",
    "audio_omni.tasks.training_free.plugin",
    "audio_omni.conditioners.mllm.plugin",
    "audio_omni.conditioners.mel.plugin",
    "audio_omni.conditioners.transcript.plugin",
    "audio_omni.conditioners.synchformer.plugin",
    "audio_omni.conditioners.t5.plugin",
    "audio_omni.conditioners.clap.plugin",
    "audio_omni.conditioners.clip.plugin",
    "audio_omni.conditioners.videomae.plugin",
    "audio_omni.plugins.codecs.plugin",
    "audio_omni.evaluation.goldens.plugin",
    "audio_omni.evaluation.metrics.plugin",
    "audio_omni.evaluation.embedders.plugin",
    "audio_omni.evaluation.benchmarks.plugin",
    "audio_omni.evaluation.edits.plugin",
    "audio_omni.evaluation.performance.plugin",
    "audio_omni.evaluation.scoring.plugin",
    "audio_omni.evaluation.study.plugin",
    "audio_omni.plugins.soundworld.plugin",
    "audio_omni.plugins.mixed_pairs.plugin",
    "audio_omni.plugins.audioedit.plugin",
    "audio_omni.plugins.shards.plugin",
    "audio_omni.plugins.hf_datasets.plugin",
    "audio_omni.plugins.mlflow_tracking.plugin",
    "audio_omni.plugins.jsonl_tracking.plugin",
    "audio_omni.plugins.adapters.plugin",
    "audio_omni.plugins.demo.plugin",
    "audio_omni.plugins.release.plugin",
)
"""Module of every built-in plugin."""

ESSENTIAL: frozenset[str] = frozenset({"engine"})
"""Names of plugins without which nothing runs; they cannot be blocked."""


def builtin_name(module: str) -> str:
    """Return a built-in plugin's name: its package, ``"audio_omni.tasks.plugin"`` → ``"tasks"``."""
    return module.split(".")[-2]
