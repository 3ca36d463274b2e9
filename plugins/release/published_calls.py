"""What the published calls accept, as requests of ours; what the release would guess is refused."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ...core.errors import RequestError, suggestion
from ...core.media.audio import Waveform, as_waveform, crop
from .speech import VOICE_SECONDS

GENERATE = {
    "T2A": "text_to_audio",
    "T2M": "text_to_music",
    "V2A": "video_to_audio",
    "V2M": "video_to_music",
    "TTS": "text_to_speech",
}
EDIT = {
    "Add": "add",
    "Remove": "remove",
    "Extract": "extract",
    "Style Transfer": "style_transfer",
}
SECONDS = 10
DRAWN_SEEDS = 2**32
DRAW = -1


def generate_request(
    task: str,
    prompt: str,
    *,
    video_path: str | Path | None,
    voice_prompt_path: str | Path | None,
    voice_ref_text: str | None,
    seconds_total: float,
) -> tuple[str, dict[str, Any]]:
    """Return our task and the fields of its request for the arguments of ``generate``.

    Raises:
        RequestError: for an unknown task, an argument that the task does not take or lacks, or a
            duration that the published model does not make.
        MediaError: if the voice prompt cannot be read.
    """
    name = _named(task, GENERATE, "generate")
    if seconds_total != SECONDS:
        raise RequestError(
            f"Got seconds_total = {seconds_total}; expected {SECONDS}: the published model makes "
            "clips of one length. Cut the result, or use run(…, seconds=…), which does."
        )
    watches = name in {"video_to_audio", "video_to_music"}
    if watches != (video_path is not None):
        raise RequestError(
            f"Task '{task}' {'needs a' if watches else 'takes no'} video_path; got {video_path!r}."
        )
    if voice_prompt_path is not None and name != "text_to_speech":
        raise RequestError(f"Task '{task}' takes no voice prompt; use task 'TTS'.")
    fields: dict[str, Any] = {"prompt": prompt or None, "video": video_path}
    if name == "text_to_speech":
        voice = None if voice_prompt_path is None else _end_of(voice_prompt_path)
        fields = {
            "transcript": prompt,
            "voice_audio": voice,
            "voice_transcript": voice_ref_text,
        }
    return name, {field: value for field, value in fields.items() if value is not None}


def edit_request(
    task: str,
    source_audio: str | Path,
    *,
    desc: str,
    source_category: str,
    target_category: str,
) -> tuple[str, dict[str, Any]]:
    """Return our task and the fields of its request for the arguments of ``edit``.

    Raises:
        RequestError: for an unknown task.
    """
    name = _named(task, EDIT, "edit")
    words = (
        {"source_category": source_category, "target_category": target_category}
        if name == "style_transfer"
        else {"description": desc}
    )
    return name, {"source_audio": source_audio, **words}


def seed_of(seed: int) -> int:
    """Return a seed; −1 draws one."""
    return secrets.randbelow(DRAWN_SEEDS) if seed == DRAW else seed


def available_device(device: str) -> str:
    """Return the device that was asked for, or the CPU, with a warning, where CUDA is absent."""
    if device.startswith("cuda") and not torch.cuda.is_available():
        warnings.warn(
            f"Device '{device}' was asked for, but this machine has no CUDA device: the CPU is "
            "used, which is much slower.",
            stacklevel=3,
        )
        return "cpu"
    return device


def _named(task: str, known: Mapping[str, str], call: str) -> str:
    name = task.strip()
    if name in known:
        return known[name]
    other = {**GENERATE, **EDIT}
    elsewhere = " Use the other call." if name in other else suggestion(name, known)
    raise RequestError(
        f"{call}() got the task {task!r}; expected one of {', '.join(known)}.{elsewhere}"
    )


def _end_of(path: str | Path) -> Waveform:
    """Return the end of a voice prompt, as much as the published web page takes."""
    voice = as_waveform(path)
    kept = round(VOICE_SECONDS * voice.sample_rate_hz)
    samples = int(voice.samples.shape[-1])
    return voice if samples <= kept else crop(voice, samples - kept, kept)
