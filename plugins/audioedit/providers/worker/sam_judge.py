"""SAM-Audio's judge: how well a part was taken out of a clip.

Shapes: B clips, N samples at 48 kHz.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, ClassVar

from .grouping import of_one_length
from .installed import Package, Unusable
from .messages import Arrays
from .sam_audio import WEIGHTS, sam_audio
from .weights import folder_of, sha256_of

RATE_HZ = 48000
AXES = ("overall", "recall", "precision", "faithfulness")
BRANCH = (
    "The ones that fit this package are on a branch: hf download facebook/sam-audio-judge "
    "--revision sam_audio"
)


class SamJudge:
    """A loaded network."""

    package: ClassVar[Package] = sam_audio("SAMAudioJudgeModel", "SAMAudioJudgeProcessor")

    def __init__(self, options: dict[str, Any]) -> None:
        """Load the network, from the branch that its class names unless another one is asked for.

        Raises:
            Unusable: if the weights are those of another class.
        """
        self.torch = importlib.import_module("torch")
        module = importlib.import_module("sam_audio")
        self.device = options["device"]
        folder = self.folder(options)
        try:
            network = module.SAMAudioJudgeModel.from_pretrained(str(folder))
        except (TypeError, RuntimeError) as failure:
            raise Unusable(
                f"The weights of '{options['model']}' do not fit SAMAudioJudgeModel "
                f"({failure!s:.300}). {BRANCH}"
            ) from None
        self.network = network.eval().to(self.device)
        self.processor = module.SAMAudioJudgeProcessor.from_pretrained(options["model"])

    @classmethod
    def folder(cls, options: dict[str, Any]) -> Path:
        """Return where the files of the checkpoint lie."""
        model = importlib.import_module("sam_audio").SAMAudioJudgeModel
        return folder_of(options["model"], options["revision"] or getattr(model, "revision", None))

    @classmethod
    def weights(cls, options: dict[str, Any]) -> str:
        """Return the SHA-256 of the weights; loads no network."""
        return sha256_of(cls.folder(options), WEIGHTS)

    def answer(self, request: dict[str, Any], clips: Arrays) -> tuple[dict[str, Any], Arrays]:
        """Return the scores of each pair of clips in turn, the whole and its part."""
        wholes, parts = clips[::2], clips[1::2]
        found: dict[int, dict[str, float]] = {}
        for members in of_one_length(wholes):
            phrases = [request["phrases"][k] for k in members]
            scores = self._batch([wholes[k] for k in members], [parts[k] for k in members], phrases)
            found |= dict(zip(members, scores, strict=True))
        return {"scores": [found[k] for k in range(len(wholes))]}, ()

    def _batch(self, wholes: Arrays, parts: Arrays, phrases: list[str]) -> list[dict[str, float]]:
        torch = self.torch
        batch = self.processor(
            text=phrases,
            input_audio=[torch.from_numpy(clip)[None] for clip in wholes],
            separated_audio=[torch.from_numpy(clip)[None] for clip in parts],
            sampling_rate=RATE_HZ,
        ).to(self.device)
        with torch.inference_mode():
            result = self.network(**batch)
        columns = [getattr(result, axis).float().reshape(-1).tolist() for axis in AXES]
        return [dict(zip(AXES, row, strict=True)) for row in zip(*columns, strict=True)]
