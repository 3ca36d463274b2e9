"""What the small listening networks share: a file, an identity, and the order of their training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Self

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..core.errors import CheckpointError


class Listener(nn.Module):
    """A network that is trained on the spot and judges clips.

    Class attribute ``file_format`` names what `save` writes and `load` reads.

    Attributes:
        labels: what it tells apart: labels, or the letters that it writes.
    """

    file_format: ClassVar[str]
    labels: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Return twelve hexadecimal digits that identify weights and labels."""
        sha = hashlib.sha256(json.dumps(list(self.labels)).encode())
        for name, tensor in sorted(self.state_dict().items()):
            sha.update(name.encode() + tensor.numpy().tobytes())
        return sha.hexdigest()[:12]

    def save(self, path: Path) -> None:
        """Write the weights as safetensors, with the labels in the header."""
        meta = {"format": self.file_format, "labels": json.dumps(list(self.labels))}
        weights = {name: tensor.contiguous() for name, tensor in self.state_dict().items()}
        save_file(weights, path, metadata=meta)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            CheckpointError: if the file is no safetensors file, or of another format.
        """
        labels, tensors = _read(path, cls.file_format, cls.__name__)
        model = cls.untrained(labels)
        model.load_state_dict(tensors)
        return model.eval()

    @classmethod
    def untrained(cls, labels: Sequence[str]) -> Self:
        """Return the network for these labels, its weights not set."""
        return cls(labels)


def shuffled_batches(
    count: int, size: int, steps: int, generator: torch.Generator
) -> Iterator[list[int]]:
    """Yield the clips of each training step, of ``count``, in an order drawn when one ends.

    Args:
        count: clips to choose from.
        size: most clips of a batch; fewer where there are fewer in all.
        steps: batches to yield.
        generator: decides the order; drawn from just before the batch that needs it.
    """
    order: list[int] = []
    for _ in range(steps):
        if len(order) < min(size, count):
            order = torch.randperm(count, generator=generator).tolist()
        batch, order = order[:size], order[size:]
        yield batch


def _read(path: Path, file_format: str, who: str) -> tuple[list[str], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            meta = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as failure:
        raise CheckpointError(
            f"Cannot read {who} from '{path}': {failure}. Expected a file written by {who}.save()."
        ) from failure
    if meta.get("format") != file_format:
        raise CheckpointError(
            f"'{path}' has format {meta.get('format')!r}; expected {file_format!r}, a file written "
            f"by {who}.save()."
        )
    return json.loads(meta["labels"]), tensors
