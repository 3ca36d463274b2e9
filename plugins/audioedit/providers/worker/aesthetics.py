"""Audiobox Aesthetics: how a clip sounds, whatever it was taken out of.

Shapes: W windows, N samples at 16 kHz.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .installed import Package
from .messages import Arrays
from .weights import folder_of, sha256_of

RATE_HZ = 16000
WINDOW = 10 * RATE_HZ
AXES = ("CE", "CU", "PC", "PQ")
WEIGHTS = "model.safetensors"
MODULE = "audiobox_aesthetics.model.aes"


class Aesthetics:
    """A loaded network, which hears windows of 10 s."""

    package: ClassVar[Package] = Package(
        MODULE, "audiobox_aesthetics", ("AesMultiOutput",), "pip install audiobox_aesthetics"
    )

    def __init__(self, options: dict[str, Any]) -> None:
        """Load the network."""
        self.torch = importlib.import_module("torch")
        self.device = options["device"]
        model = importlib.import_module(MODULE).AesMultiOutput
        network = model.from_pretrained(str(self.folder(options)))
        self.network = network.eval().to(self.device)

    @classmethod
    def folder(cls, options: dict[str, Any]) -> Path:
        """Return where the files of the checkpoint lie."""
        return folder_of(options["model"], options["revision"])

    @classmethod
    def weights(cls, options: dict[str, Any]) -> str:
        """Return the SHA-256 of the weights; loads no network."""
        return sha256_of(cls.folder(options), WEIGHTS)

    def answer(self, request: dict[str, Any], clips: Arrays) -> tuple[dict[str, Any], Arrays]:
        """Return the scores of each part, the second of each two clips."""
        del request
        parts = clips[1::2]
        heard = [windows(part) for part in parts]
        samples, masks, shares = (np.concatenate(column) for column in zip(*heard, strict=True))
        columns = self._columns(samples, masks)
        ends = np.cumsum([len(share) for _, _, share in heard])[:-1]
        split = {axis: np.split(values, ends) for axis, values in columns.items()}
        each = np.split(shares, ends)
        return {
            "scores": [
                {axis: float(np.average(split[axis][k], weights=each[k])) for axis in AXES}
                for k in range(len(parts))
            ]
        }, ()

    def _columns(
        self, samples: NDArray[np.float32], masks: NDArray[np.bool_]
    ) -> dict[str, NDArray[np.float64]]:
        """Return axis → (W,), on the scale of the ratings that it was trained on."""
        torch = self.torch
        batch = {
            "wav": torch.from_numpy(samples)[:, None].to(self.device),
            "mask": torch.from_numpy(masks)[:, None].to(self.device),
        }
        with torch.inference_mode():
            found = self.network(batch)
        scales = self.network.target_transform
        return {
            axis: found[axis].double().reshape(-1).cpu().numpy() * scales[axis]["std"]
            + scales[axis]["mean"]
            for axis in AXES
        }


def windows(
    clip: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float64]]:
    """Return windows (W, 160000) of a clip (N,), where they hold it, and what share of each does.

    They do not overlap; the last one is filled up with zeros.
    """
    count = max(1, -(-len(clip) // WINDOW))
    padded = np.pad(clip, (0, count * WINDOW - len(clip))).reshape(count, WINDOW)
    mask = (np.arange(count * WINDOW) < len(clip)).reshape(count, WINDOW)
    return padded, mask, mask.mean(axis=1)
