"""Encoded examples that were computed before, in memory and on disk.

A shard is one safetensors file. Tensors lie in it by number; what they belong to is JSON in its
header, which also holds a checksum of their bytes. Shards appear whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..errors import DataError
from ..media.write import replace_file
from .records import EncodedExample

_FORMAT = "audio-omni-features-1"


class FeatureCache:
    """Keeps encoded examples by key.

    Args:
        folder: where shards are; `None` keeps everything in memory only. It belongs to one model:
            the caller names it after whatever decides the features.
        shard_examples: how many new examples make a shard.
        half: store floating-point tensors as float16; they come back as they were stored, in
            their own type, with half's precision.

    Attributes:
        damaged: shards that could not be read; they were removed, and their examples will be
            computed again.
    """

    def __init__(
        self, folder: Path | None = None, *, shard_examples: int = 256, half: bool = False
    ) -> None:
        """Read the shards that are there.

        Raises:
            DataError: if the folder cannot be made.
        """
        self.folder = folder
        self.shard_examples = shard_examples
        self.half = half
        self.damaged: list[str] = []
        self._known: dict[str, EncodedExample] = {}
        self._unsaved: dict[str, EncodedExample] = {}
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as failure:
                raise DataError(f"Cannot make the cache {folder}: {failure.strerror}.") from None
            for path in sorted(folder.glob("*.safetensors")):
                self._read(path)

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self._known)

    def __contains__(self, key: object) -> bool:
        return key in self._known

    def get(self, key: str | None) -> EncodedExample | None:
        """Return the example of a key, or `None`; `None` is never a known key."""
        return None if key is None else self._known.get(key)

    def put(self, example: EncodedExample) -> None:
        """Keep an example under its own key; one without a key is passed over.

        Raises:
            DataError: if it holds something besides tensors, numbers, text, lists and mappings.
        """
        key = example.key
        if key is None or key in self._known:
            return
        if self.half:
            example = _unpack(*_pack(example, half=True))  # the same now and after a restart
        self._known[key] = example
        if self.folder is not None:
            self._unsaved[key] = example
            if len(self._unsaved) >= self.shard_examples:
                self.flush()

    def flush(self) -> None:
        """Write what is not on disk yet as a shard; call it at the end.

        Raises:
            MediaError: if the disk is full or the folder cannot be written.
        """
        if self.folder is None or not self._unsaved:
            return
        data = _encode_shard(list(self._unsaved.values()), half=self.half)
        replace_file(self.folder / f"{uuid.uuid4().hex}.safetensors", data)
        self._unsaved.clear()

    def _read(self, path: Path) -> None:
        try:
            examples = _decode_shard(path)
        except (SafetensorError, OSError, ValueError, KeyError, TypeError):
            self.damaged.append(path.name)
            path.unlink(missing_ok=True)
            return
        self._known.update({e.key: e for e in examples if e.key is not None})


def _encode_shard(examples: Sequence[EncodedExample], *, half: bool) -> bytes:
    tensors: dict[str, Tensor] = {}
    trees = []
    for number, example in enumerate(examples):
        tree, own = _pack(example, half=half)
        trees.append(tree)
        tensors |= {f"{number}.{i}": tensor for i, tensor in enumerate(own)}
    metadata = {
        "format": _FORMAT,
        "examples": json.dumps(trees),
        "checksum": _checksum(tensors),
    }
    return save(tensors, metadata=metadata)


def _decode_shard(path: Path) -> list[EncodedExample]:
    with safe_open(str(path), framework="pt") as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    if metadata["format"] != _FORMAT or metadata["checksum"] != _checksum(tensors):
        raise ValueError("not the shard that was written")
    examples = []
    for number, tree in enumerate(json.loads(metadata["examples"])):
        own = [tensors[f"{number}.{i}"] for i in range(int(tree["tensors"]))]
        examples.append(_unpack(tree, own))
    return examples


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _pack(example: EncodedExample, *, half: bool) -> tuple[dict[str, Any], list[Tensor]]:
    """Return an example as JSON with numbered tensors beside it."""
    tensors: list[Tensor] = []
    where = f"Example '{example.key}'"
    tree = {
        "task": example.task,
        "key": example.key,
        "samples": example.samples,
        "latent": _pack_value(example.latent, tensors, half, where),
        "features": _pack_value(dict(example.features), tensors, half, where),
    }
    return {**tree, "tensors": len(tensors)}, tensors


def _pack_value(value: Any, tensors: list[Tensor], half: bool, where: str) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return {"value": value}
    if isinstance(value, Tensor):
        stored = value.detach().cpu()
        if half and stored.is_floating_point():
            stored = stored.half()
        tensors.append(stored.clone().contiguous())
        return {"tensor": len(tensors) - 1, "dtype": str(value.dtype).removeprefix("torch.")}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"map": {k: _pack_value(v, tensors, half, where) for k, v in value.items()}}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_pack_value(item, tensors, half, where) for item in value]}
    raise DataError(
        f"{where}: cannot cache {type(value).__name__}; encode_frozen may return tensors, numbers, "
        "text, None, and lists, tuples and mappings (by text) of them."
    )


def _unpack(tree: Mapping[str, Any], tensors: Sequence[Tensor]) -> EncodedExample:
    return EncodedExample(
        task=tree["task"],
        key=tree["key"],
        samples=tree["samples"],
        latent=_unpack_value(tree["latent"], tensors),
        features=_unpack_value(tree["features"], tensors),
    )


def _unpack_value(tree: Mapping[str, Any], tensors: Sequence[Tensor]) -> Any:
    if "tensor" in tree:
        return tensors[tree["tensor"]].to(getattr(torch, tree["dtype"]))
    if "map" in tree:
        return {key: _unpack_value(value, tensors) for key, value in tree["map"].items()}
    if "list" in tree:
        return [_unpack_value(item, tensors) for item in tree["list"]]
    if "tuple" in tree:
        return tuple(_unpack_value(item, tensors) for item in tree["tuple"])
    return tree["value"]
