"""What tests of encoded rows share: a small recipe, and what runs and folders hold."""

import json
from functools import partial

import torch
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.plugins.manager import build_plugin_manager

OPEN = partial(build_plugin_manager, entry_points=False, strict=True)
SHORT = (
    *("train.steps=3", "train.checkpoint_every=2", "train.log_every=1", "loader.batch_size=6"),
    *("evaluation.every=null", "loader.feature_cache=off"),
)
FEW = tuple(f"mixture.sources.{i}.max_rows={rows}" for i, rows in enumerate((7, 4, 4)))
SHORT_CLIPS = ("model.clip_seconds=0.5", "loader.crop=start")
"""A learned codec is dear on a CPU."""
SHARDS = {"shard_rows": 3, "device": "cpu"}


def tensors(run):
    checkpoint = load_checkpoint(run)
    return {name: checkpoint.tensors(name) for name in checkpoint.hashes}


def assert_same(first, second, tolerance=0.0):
    """Equal to ``tolerance``; 0 is bit for bit."""
    assert first.keys() == second.keys()
    for component, named in first.items():
        assert named.keys() == second[component].keys(), component
        for name, tensor in named.items():
            other = second[component][name]
            assert torch.allclose(tensor, other, rtol=0, atol=tolerance), f"{component}.{name}"


def losses(run):
    lines = map(json.loads, (run / "history.jsonl").read_text().splitlines())
    return [entry["loss"] for entry in lines if entry["event"] == "step_end"]


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
