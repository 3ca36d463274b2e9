"""From the published config and the shapes of its weights to a model config of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.errors import CheckpointError
from ...core.models.assets import asset
from .layout import SYNCHFORMER_PREFIX, prefix_of
from .published_config import AUDIO, PROMPT, SPEECH, SYNC, PublishedConfig
from .quirks import apply_quirks
from .tensors import StoredTensor

NAME = "audio-omni-release"
PUBLISHED_LLM = "Qwen/Qwen2.5-Omni-3B"
STEPS, GUIDANCE_SCALE = 100, 7.0
PAD_LENGTH = 2048
"""Tokens of the prompt that the transformer reads, at most."""

SYNC_RATE_HZ, SEGMENT, STRIDE, TOKENS_PER_SEGMENT = 25, 16, 8, 8
"""How Synchformer cuts a video: frames a second, frames of a segment, step, tokens of each."""

HEAD_WIDTH = 64
"""Of Synchformer's attention; what its tensors do not tell."""

LONGEST_PROMPT = 32768
"""The language model's own limit; what is over `PAD_LENGTH` is compressed, not refused."""


def resolve_model(
    config: PublishedConfig,
    tensors: Mapping[str, StoredTensor],
    *,
    llm: str = PUBLISHED_LLM,
    defects: bool = True,
    assets: Mapping[str, str] | None = None,
    synchformer: Mapping[str, StoredTensor] | None = None,
) -> dict[str, Any]:
    """Return the raw recipe of a saved model (see `SavedModel`) that computes as the release does.

    Args:
        config: the published config.
        tensors: the checkpoint's tensors; their shapes decide sizes that the config leaves open.
        llm: hub name or folder of the language model's config and processor.
        defects: whether the published program's defects are reproduced, see `quirks`.
        assets: files that the model brings: ``thinker``, ``synchformer``, ``vocabulary`` and
            ``wording`` → file name in the model's folder.
        synchformer: the video network's tensors, whose shapes decide its sizes.

    Raises:
        CheckpointError: if a tensor that decides a size is missing, or has an odd shape.
    """
    given = dict(assets or {})
    conditioners = {
        PROMPT: _prompt(config, llm, given),
        SYNC: _sync(tensors, given, synchformer or {}),
        SPEECH: _speech(tensors, given),
        AUDIO: _audio(config, tensors),
    }
    diffusion = config.model.diffusion
    order = [*diffusion.high_level_cond_ids, *diffusion.low_level_cond_ids]
    for name, part in conditioners.items():
        context = name in diffusion.high_level_cond_ids
        part["injection"] = "context" if context else "concat"
    values: dict[str, Any] = {
        "name": NAME,
        "model": {
            "clip_seconds": config.frames * _hop(config) / config.sample_rate,
            "codec": {"name": "oobleck", "options": _codec(config)},
            "dit": _transformer(config),
            "conditioners": {name: conditioners[name] for name in order},
            "wording": asset(given["wording"]) if "wording" in given else None,
        },
        "sampling": {"solver": "euler", "steps": STEPS, "guidance_scale": GUIDANCE_SCALE},
    }
    apply_quirks(values, defects=defects)
    options = conditioners[AUDIO]["options"]
    options["speech_mask"] = _mask(config, options["speech_mask"])
    return values


def _hop(config: PublishedConfig) -> int:
    return config.model.pretransform.config.downsampling_ratio


def _codec(config: PublishedConfig) -> dict[str, Any]:
    autoencoder = config.model.pretransform.config
    part = autoencoder.decoder.config
    return {
        "sample_rate_hz": config.sample_rate,
        "channels": autoencoder.io_channels,
        "width": part.channels,
        "multipliers": list(part.c_mults),
        "strides": list(part.strides),
        "latent_dim": autoencoder.latent_dim,
    }


def _transformer(config: PublishedConfig) -> dict[str, Any]:
    sizes = config.model.diffusion.config
    return {
        "width": sizes.embed_dim,
        "depth": sizes.depth,
        "heads": sizes.num_heads,
        "condition_width": sizes.cond_token_dim,
        "aligned": False,
    }


def _prompt(config: PublishedConfig, llm: str, assets: Mapping[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "model": llm,
        "tokens": int(config.options_of(PROMPT).get("pad_length", PAD_LENGTH)),
        "max_tokens": LONGEST_PROMPT,
    }
    if "thinker" in assets:
        options["weights"] = asset(assets["thinker"])
    return {"name": "mllm_window", "options": options}


def _sync(
    tensors: Mapping[str, StoredTensor],
    assets: Mapping[str, str],
    synchformer: Mapping[str, StoredTensor],
) -> dict[str, Any]:
    tokens, input_tokens = _shape(tensors, SYNC, "dim_project.weight", 2)
    _, input_width = _shape(tensors, SYNC, "proj.weight", 2)
    segments = input_tokens // TOKENS_PER_SEGMENT
    options: dict[str, Any] = {
        "tokens": tokens,
        "input_tokens": input_tokens,
        "input_width": input_width,
        "seconds": _sync_seconds(segments),
        **_extractor_sizes(synchformer),
    }
    if "synchformer" in assets:
        options["weights"] = asset(assets["synchformer"])
    return {"name": "synchformer", "options": options}


def _extractor_sizes(synchformer: Mapping[str, StoredTensor]) -> dict[str, int]:
    """Return sizes that differ from the published network's, as its tensors have them."""
    key = f"{SYNCHFORMER_PREFIX}patch_embed_3d.proj.weight"
    if key not in synchformer:
        return {}
    width, _, _, patch, _ = synchformer[key].shape
    blocks = f"{SYNCHFORMER_PREFIX}blocks."
    depth = len({k[len(blocks) :].split(".")[0] for k in synchformer if k.startswith(blocks)})
    heads = max(1, width // HEAD_WIDTH)
    return {"patch": patch, "vit_width": width, "vit_depth": depth, "vit_heads": heads}


def _sync_seconds(segments: int) -> float:
    """Return a duration that gives so many segments: whole seconds where there are such."""
    fewest = (segments - 1) * STRIDE + SEGMENT
    whole = -(-fewest // SYNC_RATE_HZ) * SYNC_RATE_HZ
    frames = whole if (whole - SEGMENT) // STRIDE + 1 == segments else fewest
    return frames / SYNC_RATE_HZ


def _speech(tensors: Mapping[str, StoredTensor], assets: Mapping[str, str]) -> dict[str, Any]:
    entries, text_width = _shape(tensors, SPEECH, "text_embed.text_embed.weight", 2)
    _, tokens, _ = _shape(tensors, SPEECH, "empty_speech_feat", 3)
    blocks = prefix_of(SPEECH) + "text_embed.text_blocks."
    numbers = {key[len(blocks) :].split(".")[0] for key in tensors if key.startswith(blocks)}
    mixes_time = prefix_of(SPEECH) + "proj_seq_len.weight" in tensors
    positions = _shape(tensors, SPEECH, "proj_seq_len.weight", 2)[1] if mixes_time else tokens
    options: dict[str, Any] = {
        "text_width": text_width,
        "blocks": len(numbers),
        "positions": positions,
        "tokens": tokens,
        "vocabulary_size": entries - 1,  # one row of the table is the filler
    }
    if "vocabulary" in assets:
        options["vocabulary"] = asset(assets["vocabulary"])
    return {"name": "transcript", "options": options}


def _audio(config: PublishedConfig, tensors: Mapping[str, StoredTensor]) -> dict[str, Any]:
    tokens, frames = _shape(tensors, AUDIO, "proj_sequence_features.weight", 2)
    _, mels = _shape(tensors, AUDIO, "proj_features.weight", 2)
    options = {
        "sample_rate_hz": config.sample_rate,
        "mels": mels,
        "frames": frames,
        "tokens": tokens,
    }
    return {"name": "mel_window", "options": options}


def _mask(config: PublishedConfig, default: list[float] | None) -> list[float] | None:
    """Return the range of the speech mask: the config's, where it is on and the config says one."""
    options = config.options_of(AUDIO)
    if default is None or "mask_ratio_start" not in options or "mask_ratio_end" not in options:
        return default
    start, end = float(options["mask_ratio_start"]), float(options["mask_ratio_end"])
    return [start, end] if start < end else None


def _shape(
    tensors: Mapping[str, StoredTensor], conditioner: str, name: str, dims: int
) -> tuple[int, ...]:
    key = prefix_of(conditioner) + name
    if key not in tensors:
        raise CheckpointError(
            f"The checkpoint has no tensor '{key}', which decides the size of '{conditioner}'. Is "
            "it the published model.ckpt, whole?"
        )
    if len(tensors[key].shape) != dims:
        raise CheckpointError(
            f"Tensor '{key}' has the shape {tensors[key].shape}; expected {dims} dimensions."
        )
    return tensors[key].shape
