"""Kinds ``mel`` and ``mel_full_hash``: a reference clip.

Shapes: B batch, N samples, M mel bands, F frames, T tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ....core.media.mel import LogMel
from ....core.media.waveform import Waveform
from ....core.payloads import ReferenceAudio
from .comparison import Comparison
from .files import Golden
from .parts import build_conditioner
from .recipe import chirp, hashed_input
from .subject import Subject
from .weights import load_formula, load_stored

NAME = "mel_window"
PREFIX = "conditioner.conditioners.audio_input_prompt."
RELEASE_WIDTH = 768
SPEECH_MASK = (0.7, 1.0)
"""Parts of a voice's frames that the release's Python interface blanks."""

MEL = "mel"
LOG_MEL = "out/mel/log_mel"
RATIO_TOLERANCE = 1e-6


def check_mel(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare the front end, the speech masks that are drawn, and the tokens of every case."""
    wav = golden.input("common", "wav")
    rate = golden.setting("sample_rate")
    sizes = {
        "sample_rate_hz": rate,
        "fft_size": golden.setting("n_fft"),
        "hop": golden.setting("hop"),
        "mels": golden.setting("n_mels"),
    }
    front_end = LogMel(**sizes)
    results = {
        "log_mel": front_end(wav),
        "filterbank": front_end.filterbank,
        "window": front_end.window,
    }
    if golden.output_names(MEL):
        comparison.case(MEL, results, logs=("log_mel",))
    sizes |= {"frames": golden.setting("frames"), "tokens": golden.setting("seq_len")}
    for name, case in golden.setting("cases").items():
        # Frozen, as in the release's web page: nothing is blanked.
        mask = None if case["frozen"] else SPEECH_MASK
        conditioner = build_conditioner(
            subject.catalog,
            NAME,
            golden.setting("out_dim"),
            absent="silence",
            speech_mask=mask,
            **sizes,
        )
        load_stored(conditioner, golden, PREFIX)
        features = prepare_clips(conditioner, wav, rate, case["tts"])
        if LOG_MEL in golden.tensors:  # compared above; what follows need not repeat its rounding
            stored = golden.tensor(LOG_MEL)
            features = [{**f, "log_mel": own} for f, own in zip(features, stored, strict=True)]
        generators = shared_generators(case["seed"], len(wav))
        condition = conditioner(features, generators=generators)
        masks = conditioner.draw_masks(case["tts"], shared_generators(case["seed"], len(wav)))
        comparison.case(
            name,
            {
                "embed": condition.tokens,
                "mask": condition.mask,
                "mask_ratio": masks.ratios,
                "masked_frames": masks.frames,
            },
            tolerances={"mask_ratio": RATIO_TOLERANCE},
        )


def check_mel_full(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare every k-th frame and token at the release's size."""
    conditioner = build_conditioner(subject.catalog, NAME, RELEASE_WIDTH, absent="silence")
    load_formula(conditioner, PREFIX, golden.setting("hash_seed"))
    config = conditioner.config
    wav = (chirp(golden) + hashed_input(golden, "wav"))[None]
    clips = {"chirp": wav, "silence": torch.zeros_like(wav)}
    stride = golden.setting("embed_token_stride")
    for name, clip in clips.items():
        features = prepare_clips(conditioner, clip, config.sample_rate_hz, [False] * len(clip))
        if name == "chirp":
            frames = torch.stack([item["log_mel"] for item in features])
            strided = frames[..., :: golden.setting("mel_frame_stride")]
            comparison.case(MEL, {"log_mel_strided": strided}, logs=("log_mel_strided",))
        comparison.case(name, {"embed_strided": conditioner(features).tokens[:, ::stride]})


def prepare_clips(
    conditioner: Any, clips: Tensor, sample_rate_hz: int, speech: Sequence[bool]
) -> list[Any]:
    """Return what the conditioner makes of clips (B, N), flagged as speech or not."""
    return [
        conditioner.prepare(
            ReferenceAudio(
                Waveform(clip[None], sample_rate_hz), role="voice" if spoken else "source"
            )
        )
        for clip, spoken in zip(clips, speech, strict=True)
    ]


def shared_generators(seed: int, count: int) -> list[torch.Generator]:
    """Return one generator, once for each item: the release draws a batch from a single one."""
    return [torch.Generator().manual_seed(seed)] * count
