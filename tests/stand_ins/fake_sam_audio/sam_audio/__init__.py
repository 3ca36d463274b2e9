"""Of the same call shape as Meta's sam_audio, and as small as can be: it learned nothing.

Target is the clip times a gain that phrase and noise decide, within the anchors; residual the
rest; both rounded up to the codec's hop, and as lists of one-dimensional tensors. Its judge tells
how much of a clip is in a part, on scales of its own.
"""

import json
import os
import sys
from collections import UserDict
from pathlib import Path
from types import SimpleNamespace

import torch

HOP = 1920
CHANNELS = 4


class SAMAudioProcessor:
    audio_sampling_rate = 48000

    @classmethod
    def from_pretrained(cls, name):
        return cls()

    def __call__(self, descriptions, audios, anchors=None, masked_videos=None):
        assert all(a.ndim == 2 and a.shape[0] == 1 for a in audios), "expected (C, N) tensors"
        assert anchors is None or len(anchors) == len(audios)
        sizes = torch.tensor([-(-a.shape[-1] // HOP) for a in audios])
        return Batch(descriptions, [a.mean(0) for a in audios], sizes, anchors)


class Batch:
    def __init__(self, descriptions, audios, sizes, anchors):
        self.descriptions, self.audios, self.sizes = descriptions, audios, sizes
        self.anchors = anchors

    def to(self, device):
        return self


class SAMAudio(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = torch.nn.Linear(3 * 2 * CHANNELS, 8)
        self.vision_encoder = torch.nn.Linear(1, 1)
        self.vision_encoder.dim = 16
        self.visual_ranker = self.text_ranker = torch.nn.Linear(1, 1)

    @classmethod
    def from_pretrained(cls, name):
        print("Loading a large network …")
        if name == "missing":
            raise OSError("401 gated repository: accept the licence, then hf auth login")
        return cls()

    def separate(
        self, batch, noise=None, ode_opt=None, reranking_candidates=1, predict_spans=False
    ):
        assert self.visual_ranker is None, "rankers were to be left out"
        assert self.vision_encoder.dim == 16
        assert next(self.vision_encoder.parameters(), None) is None, "eyes were to be left out"
        count, frames = len(batch.audios), int(batch.sizes.max())
        assert noise.shape == (count * reranking_candidates, frames, 2 * CHANNELS), noise.shape
        most = int(os.environ.get("FAKE_SAM_AUDIO_FITS", "99"))
        if count > most:
            raise torch.OutOfMemoryError(f"CUDA out of memory: {count} clips")
        if "die" in batch.descriptions:
            sys.stderr.write("Segmentation fault of the fake\n")
            sys.stderr.flush()
            os._exit(139)
        if "hang" in batch.descriptions:
            import time

            time.sleep(60)
        targets, residuals = [], []
        for k, clip in enumerate(batch.audios):
            whole = torch.nn.functional.pad(clip, (0, -len(clip) % HOP))
            gain = 0.5 + 0.1 * torch.tanh(noise[k * reranking_candidates].mean())
            mask = torch.ones_like(whole) * gain * (len(batch.descriptions[k]) / 16)
            if batch.anchors is not None and batch.anchors[k]:
                inside = torch.zeros_like(whole)
                for sign, start, end in batch.anchors[k]:
                    assert sign == "+"
                    inside[int(start * 48000) : int(end * 48000)] = 1
                mask = mask * inside
            targets.append(whole * mask)
            residuals.append(whole - whole * mask)
        return SimpleNamespace(target=targets, residual=residuals, noise=noise)


class SAMAudioJudgeProcessor:
    """Takes texts, wholes and parts; all tensors (1, N) at one rate."""

    @classmethod
    def from_pretrained(cls, name):
        return cls()

    def __call__(self, text, input_audio, separated_audio, sampling_rate):
        assert sampling_rate == 48000
        assert len(text) == len(input_audio) == len(separated_audio)
        for whole, part in zip(input_audio, separated_audio, strict=True):
            assert whole.shape == part.shape == (1, whole.shape[-1]), "expected (1, N) tensors"
        return JudgeBatch(
            input_ids=torch.tensor([[len(t)] for t in text]),
            input_values=torch.stack(input_audio),
            separated_values=torch.stack(separated_audio),
        )


class JudgeBatch(UserDict):
    def to(self, device):
        return self


class SAMAudioJudgeModel(torch.nn.Module):
    """Four scores (B, 1): of how much of the whole is in the part, and of the phrase's length."""

    revision = "sam_audio"

    @classmethod
    def from_pretrained(cls, folder):
        print("Loading a large network …")
        config = json.loads((Path(folder) / "config.json").read_text())
        if "dac_vae_encoder" in config:
            raise TypeError("__init__() got an unexpected keyword argument 'dac_vae_encoder'")
        return cls()

    def forward(self, input_ids, input_values, separated_values):
        count = len(input_ids)
        most = int(os.environ.get("FAKE_SAM_AUDIO_FITS", "99"))
        if count > most:
            raise torch.OutOfMemoryError(f"CUDA out of memory: {count} clips")
        if 3 in input_ids:  # "die"
            sys.stderr.write("Segmentation fault of the fake\n")
            sys.stderr.flush()
            os._exit(139)
        whole, part = input_values.flatten(1), separated_values.flatten(1)
        share = (whole * part).sum(1) / (whole * whole).sum(1).clamp(min=1e-9)
        alike = torch.nn.functional.cosine_similarity(whole, part)
        return SimpleNamespace(
            overall=(1 + 4 * share.clamp(0, 1))[:, None],
            recall=(1 + 2 * share.clamp(0, 1))[:, None],
            precision=(1 + 4 * alike.clamp(0, 1))[:, None],
            faithfulness=input_ids / 10.0,
        )
