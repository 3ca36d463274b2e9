"""What decides how a row is encoded, as plain values that need no network to be built."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..config import parse_config
from ..errors import CheckpointError, ConfigError
from ..models.build import conditioner_options
from ..recipe import Recipe
from ..training.checkpoint import load_checkpoint
from ..training.checkpoint_files import file_sha256
from ..training.resume import flatten

CODEC = "codec"
FILES = "files"
"""Key of a part: which of its options name files or folders → hash of what is in them."""

logger = logging.getLogger("audio_omni.encoding")


def frozen_part(recipe: Recipe, catalog: Catalog, *, has_weights: bool) -> dict[str, Any]:
    """Return what decides the latents and the frozen features of a row.

    The transformer, and how conditions enter it, are no part of it. Options of a conditioner are,
    also those that only shape what is trained: they cannot be told apart from outside.

    Args:
        recipe: of the run.
        catalog: where parts are looked up.
        has_weights: whether the codec has weights, which then come from a file, from the run that
            ``train.start_from`` names, or from the recipe's seed.

    Raises:
        UnknownNameError, ConfigError: for a codec or a conditioner that is unknown, or options
            that do not fit.
    """
    model = recipe.model
    return {
        "clip_seconds": model.clip_seconds,
        "crop": recipe.loader.crop,
        "wording": None if model.wording is None else _digest_of(Path(model.wording)),
        CODEC: _codec(recipe, catalog, has_weights),
        "conditioners": {
            name: _part(use.name, conditioner_options(name, use, catalog).model_dump(mode="json"))
            for name, use in model.conditioners.items()
        },
    }


def digest_of_part(part: Mapping[str, Any]) -> str:
    """Return the sha256 of a frozen part."""
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()


def check_same_part(saved: Mapping[str, Any], given: Mapping[str, Any], folder: Path) -> None:
    """Raise unless rows that were encoded by ``saved`` are those that ``given`` would encode.

    Conditioners that the recipe leaves out do not matter. Of an option that names a file, its
    content is compared; where this machine lacks the file, its name is, which is logged.

    Raises:
        ConfigError: lists what differs.
    """
    wanted = given["conditioners"]
    has = {name: saved["conditioners"][name] for name in wanted if name in saved["conditioners"]}
    ours = flatten({**saved, "conditioners": has})
    theirs = flatten({**given, "conditioners": {name: wanted[name] for name in has}})
    differing = [f"conditioners.{name}: not in the shards" for name in wanted if name not in has]
    differing += [
        f"{key}: {ours.get(key)!r} in the shards, {theirs.get(key)!r} here"
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key) and _counts(key, ours.keys() & theirs.keys())
    ]
    if differing:
        raise ConfigError(
            f"The encoded rows in {folder} do not fit this recipe; {'; '.join(differing)}. Use the "
            "recipe that they were encoded with, or encode them into another folder: audio-omni "
            "data encode RECIPE -o FOLDER."
        )
    for key in filter(_is_file, ours.keys() - theirs.keys()):
        logger.warning(
            "What %s names is not on this machine (%s): whether it is still what the rows in %s "
            "were encoded with cannot be told.",
            key.replace(f".{FILES}.", ".options."),
            ours.get(key.replace(f".{FILES}.", ".options.")),
            folder,
        )


def _counts(key: str, shared: Collection[str]) -> bool:
    """Tell whether a value decides: of a file its content where both know it, else its name."""
    if _is_file(key):
        return key in shared
    content = key.replace(".options.", f".{FILES}.", 1)
    return content == key or content not in shared


def _is_file(key: str) -> bool:
    return f".{FILES}." in key


def _codec(recipe: Recipe, catalog: Catalog, has_weights: bool) -> dict[str, Any]:
    use = recipe.model.codec
    where = f"Options of codec '{use.name}'"
    options = parse_config(catalog.codecs.get(use.name).config, use.options, where=where)
    part = _part(use.name, options.model_dump(mode="json"))
    if not has_weights:
        return part
    beginning = codec_of_beginning(recipe)
    if beginning is not None:
        return {**part, FILES: {**part[FILES], "start_from": beginning}}
    return part if part[FILES] else {**part, "drawn_with_seed": recipe.seed}


def codec_of_beginning(recipe: Recipe) -> str | None:
    """Return the hash of the codec that ``train.start_from`` brings; `None` if it brings none."""
    path = recipe.train.start_from
    if path is None:
        return None
    try:
        return load_checkpoint(Path(path).expanduser()).hashes.get(CODEC)
    except CheckpointError:
        return None  # a fresh run tells of it when it begins; a resumed one does not need it


def _part(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    named = {key: value for key, value in flatten(options).items() if isinstance(value, str)}
    digests = {key: _digest_of(Path(value)) for key, value in named.items() if value}
    files = {key: digest for key, digest in digests.items() if digest is not None}
    return {"name": name, "options": dict(options), FILES: files}


def _digest_of(path: Path) -> str | None:
    """Return a hash of what is in a file, a run's latest checkpoint or a model's folder."""
    path = path.expanduser()
    if path.is_file():
        return file_sha256(path)
    if not path.is_dir():
        return None
    try:
        hashes: Mapping[str, str] = load_checkpoint(path).hashes
    except CheckpointError:
        hashes = {p.name: file_sha256(p) for p in sorted(path.iterdir()) if p.is_file()}
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()
