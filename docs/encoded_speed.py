"""Measure what encoded rows gain at ``base``: ``python docs/encoded_speed.py WORK [KIND …]``.

WORK is a folder with 10 GB of room. Into it goes a language model of the published 3B's sizes, ear
and eye included, with random weights in bfloat16 and a small vocabulary: its own weights are not
needed to see how long it takes. A KIND says what prompts hold. ``text:N``: a caption, N tokens in
all; ``text:N+M``: captions of either length in turn; ``remove``: the order of an edit;
``in_context``: a clip of 10 s to listen to. ``KIND@B`` has batches of B, in passes of at most 2.
The rows of a kind are encoded; then live and encoded rows are trained on one after the other, in
this one process. Each kind prints a line of a table: seconds are processor time of one thread,
medians of the steps after those for warming up.
"""

from __future__ import annotations

import gc
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from audio_omni.conditioners.mllm import local
from audio_omni.conditioners.mllm.chat import chat_text
from audio_omni.conditioners.mllm.config import LocalThinkerConfig
from audio_omni.conditioners.mllm.loading import model_class
from audio_omni.conditioners.mllm.local_processor import build_processor
from audio_omni.conditioners.mllm.published import AUDIO, TEXT, VISION
from audio_omni.core.encoding.ahead import encode_ahead
from audio_omni.core.payloads import Prompt
from audio_omni.core.recipe import resolve_recipe
from audio_omni.evaluation.performance.training import TrainingOptions, measure_training
from audio_omni.evaluation.performance.training_report import TrainingReport
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.tasks.prompts import TEXT_TO_AUDIO
from safetensors.torch import load

RATE, SECONDS, PASS = 44100, 10, 2
STEPS, WARMUP = 3, 2
TASKS = {"in_context": "in_context_generation"}
WORD = " dog"
HEADER = (
    "| prompts | tokens | batch | live rows, s | of it language model | encoded rows, s | ratio "
    "| GFLOP, live and encoded | peak, GiB |\n|---|---|---|---|---|---|---|---|---|\n"
)


def small_parts() -> tuple[Any, Any]:
    """Return the config and the processor of a small thinker that hears as the published one."""
    small = LocalThinkerConfig(width=64, layers=1, audio_mels=AUDIO["num_mel_bins"])
    processor = build_processor(small)
    return local._model_config(small, processor), processor


def save_thinker(folder: Path) -> None:
    """Write a thinker of the published sizes with random weights, unless it is there."""
    if (folder / "config.json").is_file():
        return
    small, processor = small_parts()
    values = small.to_dict()
    text = {**TEXT, "tie_word_embeddings": True, "pad_token_id": small.text_config.pad_token_id}
    values |= {"text_config": text, "audio_config": dict(AUDIO), "vision_config": dict(VISION)}
    values |= {"tie_word_embeddings": True}
    del values["model_type"]
    with torch.device("meta"):
        model = model_class()(type(small)(**values)).to(torch.bfloat16)
    model = model.to_empty(device="cpu")
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim > 1:
                weight.normal_(0, 0.02, generator=generator)
            else:
                weight.fill_(0.0 if name.endswith("bias") else 1.0)
    model.tie_weights()
    processor.save_pretrained(folder)
    model.save_pretrained(folder)


def caption_of(tokens: int, processor: Any) -> str:
    """Return words whose prompt has a number of tokens."""

    def count(words: int) -> int:
        prompt = Prompt(text=(WORD * words).strip(), system=TEXT_TO_AUDIO.system)
        return len(processor.tokenizer(chat_text(prompt))["input_ids"])

    words = 1
    while count(words) < tokens:
        words += 1
    if count(words) != tokens:
        raise SystemExit(f"No prompt has {tokens} tokens; the shortest has {count(1)}.")
    return (WORD * words).strip()


def source_of(kind: str, work: Path, rows: int) -> dict[str, Any]:
    """Return the mixture's entry for a kind of prompt."""
    name, _, tokens = kind.partition(":")
    if name != "text":
        options: dict[str, Any] = {"sample_rate_hz": RATE, "clip_seconds": float(SECONDS)}
        task = TASKS.get(name, name)
        return {"uri": f"soundworld:{name}", "task": task, "max_rows": rows, "options": options}
    folder = work / name
    folder.mkdir(exist_ok=True)
    noise = np.random.default_rng(0).normal(0, 0.1, (SECONDS * RATE,))
    soundfile.write(folder / "noise.flac", noise, RATE)
    processor = small_parts()[1]
    captions = [caption_of(int(length), processor) for length in tokens.split("+")]
    lines = [
        {"id": str(i), "audio": "noise.flac", "caption": captions[i % len(captions)]}
        for i in range(rows)
    ]
    manifest = folder / f"{tokens}.jsonl"
    manifest.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return {"uri": f"manifest:{manifest}", "task": "text_to_audio"}


def tokens_in(encoded: Path) -> str:
    """Return how many tokens the language model made of a prompt: the least, and the most."""
    found = set()
    for shard in sorted(encoded.glob("*/*.tar")):
        with tarfile.open(shard) as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None and member.name.endswith(".safetensors"):
                    tensors = load(content.read()).values()
                    found |= {len(t) for t in tensors if t.shape[1:] == (TEXT["hidden_size"],)}
    return f"{min(found)}" if len(found) == 1 else f"{min(found)} to {max(found)}"


def measure(kind: str, batch: int, work: Path) -> str:
    """Return the line of a kind of prompt."""
    host = build_plugin_manager(entry_points=False)
    rows = max(batch, 2 * PASS)
    values: dict[str, Any] = {
        "name": f"base_{kind}",
        "model": {
            "preset": "base",
            "conditioners": {"prompt": {"options": {"model": str(work / "thinker")}}},
        },
        "mixture": {"sources": [source_of(kind, work, rows)]},
        "loader": {"batch_size": batch, "workers": 0, "feature_cache": "off"},
        "train": {"steps": 1, "accumulate": -(-batch // PASS)},
        "evaluation": {"every": None},
        "tracking": {"observers": []},
    }
    encoded = work / f"encoded-{kind.replace(':', '-')}-{rows}"
    encode_ahead(resolve_recipe(values), lambda: host, encoded, device="cpu")
    options = TrainingOptions(steps=STEPS, warmup=WARMUP, device="cpu", clock="processor")
    reports: list[TrainingReport] = []
    for more in ([], [f"loader.encoded={encoded}"]):
        gc.collect()
        reports.append(measure_training(resolve_recipe(values, more), host, options))
    live, known = reports
    cells = (
        kind,
        tokens_in(encoded),
        batch,
        f"{live.step_seconds:.1f}",
        f"{live.seconds['frozen conditioners']:.1f}",
        f"{known.step_seconds:.1f}",
        f"{live.step_seconds / known.step_seconds:.2f}",
        f"{live.flop_per_step / 1e9:.0f}, {known.flop_per_step / 1e9:.0f}",
        f"{(live.peak_memory_bytes or 0) / 2**30:.1f}",
    )
    return f"| {' | '.join(map(str, cells))} |\n"


def main(work: Path, kinds: list[str]) -> None:
    """Print the table."""
    torch.set_num_threads(1)
    work.mkdir(parents=True, exist_ok=True)
    save_thinker(work / "thinker")
    sys.stdout.write(HEADER)
    for kind in kinds or ["text:50@2", "text:50@8", "text:112@2", "remove@2", "in_context@2"]:
        name, _, batch = kind.partition("@")
        sys.stdout.write(measure(name, int(batch or PASS), work))
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
