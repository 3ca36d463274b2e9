"""Named model sizes. A recipe names one (``model.preset``) and may refine any field.

``micro`` is for tests (seconds on a CPU), ``nano`` the embedded default, ``nano_ears`` the same
with a language model of the size that the recipe ``nano_understanding`` trains, ``base`` for one
GPU, ``release`` the published model's shape (paper section 5.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ConfigError, suggestion


def _embedded(
    *, width: int, depth: int, heads: int, mels: int, prompt: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a model over 3-s clips at 16 kHz with the training-free mel codec.

    ``prompt`` are options of the conditioner that reads prompts.

    Frames of 32 ms make 94 tokens a clip. Frames of 16 ms sound a little better through the codec
    (3.4 against 4.3 dB of log-mel distance) but learn slower at the same cost.
    """
    mel = {"sample_rate_hz": 16000, "mels": mels, "fft_size": 1024, "hop": 512}
    return {
        "clip_seconds": 3.0,
        "codec": {"name": "mel", "options": mel},
        "dit": {
            "width": width,
            "depth": depth,
            "heads": heads,
            "condition_width": width,
        },
        "conditioners": {
            "prompt": {"name": "mllm", "options": dict(prompt)},
            "source": {"name": "mel", "axis": "channel", "options": mel},
        },
    }


_UNTRAINED = {"width": 128, "layers": 2}
_TRAINED = {
    **{"width": 128, "layers": 4},
    **{"audio_layers": 2, "audio_hop_ms": 25, "audio_level": "even"},
}
_READS = {"whiten": True}
_WATCHES = {"video_fps": 8.0, "answer_video_fps": 8.0}
"""Often enough to count blows a third of a second apart."""

PRESETS: dict[str, dict[str, Any]] = {
    "micro": _embedded(
        width=64, depth=2, heads=2, mels=32, prompt={"local": {"width": 64, "layers": 2}}
    ),
    "nano": _embedded(width=128, depth=4, heads=4, mels=64, prompt={"local": _UNTRAINED}),
    "nano_ears": _embedded(
        width=128, depth=4, heads=4, mels=64, prompt={"local": _TRAINED, **_READS, **_WATCHES}
    ),
    "base": {
        "clip_seconds": 10.0,
        "codec": {
            "name": "mel",
            "options": {"sample_rate_hz": 44100, "mels": 128, "fft_size": 2048, "hop": 512},
        },
        "dit": {"width": 768, "depth": 12, "heads": 12, "condition_width": 768, "patch_frames": 4},
        "conditioners": {
            "prompt": {"name": "mllm", "options": {"model": "Qwen/Qwen2.5-Omni-3B"}},
            "source": {"name": "mel", "axis": "channel"},
        },
    },
}

PRESETS["release"] = {
    "clip_seconds": 236 * 2048 / 44100,
    "codec": {"name": "oobleck", "options": {"sample_rate_hz": 44100}},
    "dit": {"width": 2048, "depth": 36, "heads": 32, "condition_width": 768, "aligned": False},
    "conditioners": {
        "omni_prompt": {
            "name": "mllm_window",
            "options": {"model": "Qwen/Qwen2.5-Omni-3B", "max_tokens": 32768},
        },
        "speech_prompt": {
            "name": "transcript",
            "options": {"vocabulary_size": 2545},
        },
        "sync_feature": {"name": "synchformer"},
        "audio_input_prompt": {"name": "mel_window"},
    },
}
"""The published model's shape, with our manners; ``audio-omni release import`` sets its own."""


def expand_preset(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return model values with ``preset`` replaced by the preset's own, refined by the rest.

    Mappings merge field by field; anything else in ``values`` replaces the preset's, and so does
    a part under the name of another plugin, whose options would not fit.

    Raises:
        ConfigError: for an unknown preset, with close matches.
    """
    rest = dict(values)
    name = rest.pop("preset", None)
    if name is None:
        return rest
    if name not in PRESETS:
        known = ", ".join(PRESETS)
        raise ConfigError(f"Unknown preset '{name}'.{suggestion(name, PRESETS)} Known: {known}.")
    return _merge(PRESETS[name], rest)


def _merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping) and not _renames(old, value):
            merged[key] = _merge(old, value)
        else:
            merged[key] = value
    return merged


def _renames(base: Mapping[str, Any], changes: Mapping[str, Any]) -> bool:
    return "name" in base and changes.get("name", base["name"]) != base["name"]
