"""The process that runs SAM-Audio in an environment of its own. Needs nothing of this package.

It reads requests from its standard input and answers on its standard output, each a message: the
length of a JSON text in 8 bytes (little-endian), the text, and the arrays that it lists, raw.

    hello     → what is installed
    separate  → target and residual of each clip
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import struct
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Arrays = Sequence[NDArray[np.float32]]

WHERE_TO_GET = "pip install 'git+https://github.com/facebookresearch/sam-audio@<commit>'"
"""A commit after May 2026: before it, predicted spans changed nothing."""


def write_message(pipe: BinaryIO, values: dict[str, Any], arrays: Arrays = ()) -> None:
    """Write a message; arrays are one-dimensional float32."""
    text = json.dumps({**values, "arrays": [len(array) for array in arrays]}).encode()
    pipe.write(struct.pack("<Q", len(text)) + text)
    for array in arrays:
        pipe.write(np.ascontiguousarray(array, "<f4").tobytes())
    pipe.flush()


def read_message(pipe: BinaryIO) -> tuple[dict[str, Any], list[NDArray[np.float32]]]:
    """Read a message.

    Raises:
        EOFError: if the other side is gone.
    """
    (length,) = struct.unpack("<Q", _exactly(pipe, 8))
    values = json.loads(_exactly(pipe, length))
    arrays = [np.frombuffer(_exactly(pipe, 4 * n), "<f4").copy() for n in values.pop("arrays")]
    return values, arrays


def _exactly(pipe: BinaryIO, count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError(f"The pipe ended after {len(data)} of {count} bytes.")
    return data


class Unusable(Exception):
    """SAM-Audio is not there, or not what is needed."""


def installed() -> dict[str, str]:
    """Return version and commit of the package.

    Raises:
        Unusable: if it is missing, or the empty placeholder that PyPI has under its name.
    """
    try:
        module = importlib.import_module("sam_audio")
    except ImportError as failure:
        raise Unusable(
            f"sam_audio cannot be imported by {os.path.basename(sys.executable)} ({failure}). "
            f"Install it in that environment: {WHERE_TO_GET}"
        ) from None
    version, commit = _version()
    missing = [n for n in ("SAMAudio", "SAMAudioProcessor") if not hasattr(module, n)]
    if missing:
        raise Unusable(
            f"The installed sam-audio {version} has no {' and no '.join(missing)}: PyPI's package "
            f"of that name is an empty placeholder, not Meta's. Uninstall it, then: {WHERE_TO_GET}"
        )
    return {"version": version, "commit": commit}


def _version() -> tuple[str, str]:
    try:
        distribution = importlib.metadata.distribution("sam-audio")
    except importlib.metadata.PackageNotFoundError:
        return "unknown", ""
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    return distribution.version, origin.get("vcs_info", {}).get("commit_id", "")


class Separation:
    """A loaded network. Shapes: B clips, N samples at 48 kHz, T frames, C values of a frame."""

    def __init__(self, options: dict[str, Any]) -> None:
        """Load the network; leave out what ranks and what sees, unless it is asked for."""
        self.torch = importlib.import_module("torch")
        module = importlib.import_module("sam_audio")
        self.options = options
        where = {"revision": options["revision"]} if options["revision"] else {}
        self.network = module.SAMAudio.from_pretrained(options["model"], **where)
        if not options["load_rankers"]:
            self.network.visual_ranker = None
            self.network.text_ranker = None
        self._leave_eyes_out()
        self.network = self.network.eval().to(options["device"])
        self.processor = module.SAMAudioProcessor.from_pretrained(options["model"])

    def _leave_eyes_out(self) -> None:
        """Keep of the vision encoder only how wide its features are: no clip has a picture."""
        eyes = getattr(self.network, "vision_encoder", None)
        if eyes is not None:
            width_only = self.torch.nn.Module()
            width_only.dim = eyes.dim
            self.network.vision_encoder = width_only

    def separate(self, request: dict[str, Any], clips: Arrays) -> list[NDArray[np.float32]]:
        """Return target and residual of each clip in turn, as long as the clip.

        Clips of one length are done together; noise comes from each clip's own seed, so that no
        result depends on the others.
        """
        by_length: dict[int, list[int]] = {}
        for k, clip in enumerate(clips):
            by_length.setdefault(len(clip), []).append(k)
        found: dict[int, list[NDArray[np.float32]]] = {}
        for members in by_length.values():
            parts = self._batch(request, [clips[k] for k in members], members)
            found |= dict(zip(members, parts, strict=True))
        return [part for k in range(len(clips)) for part in found[k]]

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


def answer(state: dict[str, Any], request: dict[str, Any], clips: Arrays) -> tuple[Any, Arrays]:
    """Return what a request is answered with; loads the network for the first that needs it."""
    try:
        facts = installed()
        if request["do"] == "hello":
            return facts, ()
        if "separation" not in state:
            state["separation"] = Separation(request["options"])
        return facts, state["separation"].separate(request, clips)
    except Unusable as failure:
        return {"error": "unusable", "said": str(failure)}, ()
    except Exception as failure:
        said = f"{type(failure).__name__}: {failure}"
        short = "OutOfMemory" in type(failure).__name__ or "out of memory" in str(failure)
        return {"error": "oom" if short else "failed", "said": said}, ()


def main() -> None:
    """Answer until the other side closes the pipe."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the messages
    state: dict[str, Any] = {}
    while True:
        try:
            request, clips = read_message(sys.stdin.buffer)
        except EOFError:
            return
        write_message(answers, *answer(state, request, clips))


if __name__ == "__main__":
    main()
