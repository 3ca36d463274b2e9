"""A data set of editing pairs so small that tests make it in seconds."""

from functools import partial
from pathlib import Path

from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.workspace import open_workshop
from audio_omni.plugins.manager import build_plugin_manager

CATALOG = partial(build_plugin_manager, entry_points=False)
SCENES = 12

YAML = """\
dataset: small
sample_rate_hz: 16000
clip_seconds: 2
bits: 16
items_per_part: 4
synthesis:
  scenes: 12
  share_scenes: true
  pitch_semitones: [0, 0]
  stretch: [1, 1]
  warper: null
  foreground: [{uri: "soundworld:events", options: {clip_seconds: 2, rows: 24}}]
  background: [{uri: "soundworld:backgrounds", options: {clip_seconds: 3, rows: 8}}]
split: {validation_fraction: 0.2}
pack: {shard_samples: 20}
limits: {backoff_s: 0}
"""


def config(**changes) -> AudioEditConfig:
    import yaml

    return AudioEditConfig.model_validate({**yaml.safe_load(YAML), **changes})


def written(folder: Path) -> Path:
    path = folder / "small.yaml"
    path.write_text(YAML)
    return path


def reopen(root: Path):
    """Return workshop, job and steps of a set that `config()` describes."""
    return open_workshop(root, config(), CATALOG)


def hashes(root: Path) -> dict[str, str]:
    """SHA-256 of all that a data set consists of: shards, indices, manifests, complete parts."""
    import hashlib

    wanted = [
        *root.glob("shards/*/*"),
        *root.glob("manifest-*.jsonl"),
        *root.glob("stages/*/*/part-*.jsonl"),
    ]
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(wanted)
    }
