"""Separation by SAM-Audio.

Shapes: B clips, N samples at 48 kHz, T frames, C values of a frame.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .grouping import of_one_length
from .installed import Package
from .messages import Arrays
from .sam_audio import WEIGHTS, sam_audio
from .weights import folder_of, sha256_of


class Separation:
    """A loaded network."""

    package: ClassVar[Package] = sam_audio("SAMAudio", "SAMAudioProcessor")

    def __init__(self, options: dict[str, Any]) -> None:
        """Load the network; leave out what ranks and what sees, unless it is asked for."""
        self.torch = importlib.import_module("torch")
        module = importlib.import_module("sam_audio")
        self.options = options
        model, revision = options["model"], options["revision"]
        if revision:  # its classes take a revision, and do not mind it
            model = str(folder_of(model, revision))
        self.network = module.SAMAudio.from_pretrained(model)
        if not options["load_rankers"]:
            self.network.visual_ranker = None
            self.network.text_ranker = None
        self._leave_eyes_out()
        self.network = self.network.eval().to(options["device"])
        self.processor = module.SAMAudioProcessor.from_pretrained(model)

    def _leave_eyes_out(self) -> None:
        """Keep of the vision encoder only how wide its features are: no clip has a picture."""
        eyes = getattr(self.network, "vision_encoder", None)
        if eyes is not None:
            width_only = self.torch.nn.Module()
            width_only.dim = eyes.dim
            self.network.vision_encoder = width_only

    @classmethod
    def weights(cls, options: dict[str, Any]) -> str:
        """Return the SHA-256 of the weights; loads no network."""
        return sha256_of(folder_of(options["model"], options["revision"]), WEIGHTS)

    def answer(self, request: dict[str, Any], clips: Arrays) -> tuple[dict[str, Any], Arrays]:
        """Return target and residual of each clip in turn, as long as the clip.

        Clips of one length are done together; noise comes from each clip's own seed, so that no
        result depends on the others.
        """
        found: dict[int, list[NDArray[np.float32]]] = {}
        for members in of_one_length(clips):
            parts = self._batch(request, [clips[k] for k in members], members)
            found |= dict(zip(members, parts, strict=True))
        return {}, [part for k in range(len(clips)) for part in found[k]]

    def _batch(
        self, request: dict[str, Any], clips: Arrays, members: list[int]
    ) -> list[list[NDArray[np.float32]]]:
        torch, own = self.torch, self.options
        spans = [request["spans"][k] for k in members]
        anchors = [[["+", *span] for span in each or ()] for each in spans]
        batch = self.processor(
            descriptions=[request["phrases"][k] for k in members],
            audios=[torch.from_numpy(clip)[None] for clip in clips],
            anchors=anchors if any(anchors) else None,
        ).to(own["device"])
        noise = self._noise([request["seeds"][k] for k in members], int(batch.sizes.max()))
        low = own["dtype"] == "bfloat16"
        with torch.inference_mode(), torch.autocast(own["device"], torch.bfloat16, enabled=low):
            result = self.network.separate(
                batch,
                noise=noise,
                ode_opt={"method": "midpoint", "options": {"step_size": 2 / own["steps"]}},
                reranking_candidates=own["rerank"],
                predict_spans=own["predict_spans"],
            )
        pairs = zip(result.target, result.residual, clips, strict=True)
        return [[_fitted(t, len(clip)), _fitted(r, len(clip))] for t, r, clip in pairs]

    def _noise(self, seeds: Sequence[int], frames: int) -> Any:
        """Return (B · candidates, T, 2 C) from a stream of each clip's own."""
        width = int(self.network.proj.in_features) // 3  # it reads noisy, empty and given features
        shape = (self.options["rerank"], frames, width)
        drawn = [
            np.random.Generator(np.random.PCG64(seed)).standard_normal(shape, np.float32)
            for seed in seeds
        ]
        return self.torch.from_numpy(np.concatenate(drawn)).to(self.options["device"])


def _fitted(part: Any, length: int) -> NDArray[np.float32]:
    """Return (N,) of a tensor that is rounded up to the codec's hop."""
    samples = part.detach().float().cpu().numpy().reshape(-1)[:length]
    return np.pad(samples, (0, length - len(samples))).astype(np.float32)
