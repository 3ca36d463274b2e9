"""What a folder of encoded rows is to hold: the old index, joined with what a recipe asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor

from ..catalog import Catalog
from ..data.content import content_digest
from ..data.uri import open_source
from ..errors import ConfigError, DataError
from ..models.audio_omni import AudioOmniModel
from ..models.brought_along import brought_along
from ..recipe import Recipe
from ..training.checkpoint import SUFFIX
from ..training.checkpoint_files import file_sha256
from ..whole_file import write_whole
from .frozen_part import CODEC, check_same_part, digest_of_part, frozen_part
from .index import FORMAT, KEPT, CodecFacts, EncodedIndex, Entry

LIBRARIES = ("audio-omni", "torch", "transformers")


def plan(
    recipe: Recipe,
    catalog: Catalog,
    folder: Path,
    model: AudioOmniModel,
    *,
    old: EncodedIndex | None,
    shard_rows: int,
    half: bool,
) -> EncodedIndex:
    """Return the index of what a folder will hold.

    A folder may get more sources, and more rows of a source, with another recipe of the same
    frozen part; it never loses any.

    Args:
        recipe: whose sources are encoded.
        catalog: where they are looked up.
        folder: where shards go; what checkpoints hold of the frozen part is written there.
        model: its frozen part.
        old: what the folder holds.
        shard_rows: rows of a shard.
        half: whether floating-point values are stored as float16.

    Raises:
        ConfigError: if the folder was begun with another frozen part, other weights, another seed,
            or other shards.
        DataError: if a source has changed, or is broken.
    """
    state = model.codec.state_dict()
    part = frozen_part(recipe, catalog, has_weights=bool(state))
    weights = weights_of(model)
    if old is not None:
        check_same_part(old.frozen, part, folder)
        _check_same_conditioners(old, part, folder)
        _check_same(old, {"seed": recipe.seed, "half": half, "shard_rows": shard_rows}, folder)
        check_same_weights(old, weights, folder)
    return EncodedIndex(
        format=FORMAT,
        frozen=part if old is None else old.frozen,
        frozen_sha256=digest_of_part(part) if old is None else old.frozen_sha256,
        weights=weights,
        codec=CodecFacts(
            sample_rate_hz=model.codec.sample_rate_hz,
            channels=model.codec.channels,
            hop=model.codec.hop,
            latent_dim=model.codec.latent_dim,
            has_weights=bool(state),
        ),
        left_out=sorted(weights.keys() - {CODEC}),
        kept=_kept(folder / KEPT, model, old),
        seed=recipe.seed,
        half=half,
        shard_rows=shard_rows,
        made_with={name: metadata.version(name) for name in LIBRARIES},
        entries=_entries(recipe, catalog, folder, [] if old is None else old.entries),
    )


def weights_of(model: AudioOmniModel) -> dict[str, str]:
    """Return digests of the frozen weights: of the codec, and of conditioners that have a network.

    A conditioner is left out whose network training needs all the same, to differentiate through.
    What networks compute for themselves when they are built (buffers that no checkpoint holds) is
    not counted: its last bits hang on the machine.
    """
    states: dict[str, Mapping[str, Any]] = {}
    if model.codec.state_dict():
        states[CODEC] = {CODEC: model.codec.state_dict()}
    for name, conditioner in model.named_conditioners():
        if conditioner.frozen_digest() is not None:
            networks = conditioner.frozen_networks()
            states[name] = {key: network.state_dict() for key, network in networks.items()}
    return {name: content_digest(state) for name, state in states.items()}


def check_same_weights(index: EncodedIndex, found: Mapping[str, str], folder: Path) -> None:
    """Raise ConfigError unless weights are those that rows were encoded with."""
    differing = [
        name
        for name in sorted(found.keys() | index.weights.keys())
        if name in found and found[name] != index.weights.get(name)
    ]
    if differing:
        raise ConfigError(
            f"The rows in {folder} were encoded with other frozen weights of "
            f"{', '.join(differing)} than this recipe gives. Use those, or encode the rows into "
            "another folder."
        )


def _check_same_conditioners(old: EncodedIndex, part: Mapping[str, Any], folder: Path) -> None:
    """Raise ConfigError if a recipe has fewer conditioners: some shards would lack a feature."""
    lost = sorted(old.frozen["conditioners"].keys() - part["conditioners"].keys())
    if lost:
        raise ConfigError(
            f"The rows in {folder} have features of {', '.join(lost)}, which this recipe lacks. Go "
            "on with the recipe that began it, or encode into another folder."
        )


def _check_same(old: EncodedIndex, asked: Mapping[str, Any], folder: Path) -> None:
    for name, value in asked.items():
        if getattr(old, name) != value:
            raise ConfigError(
                f"{folder} was begun with {name} = {getattr(old, name)}; got {value}. Go on with "
                "the same, or encode into another folder."
            )


def _kept(folder: Path, model: AudioOmniModel, old: EncodedIndex | None) -> dict[str, str]:
    """Write what checkpoints hold of the frozen part; return the hashes of the files."""
    if old is not None and all((folder / f"{name}{SUFFIX}").is_file() for name in old.kept):
        return old.kept
    state = model.codec.state_dict()
    parts = {CODEC: state} if state else {}
    parts |= {
        part.component: dict(part.tensors)
        for part in brought_along(dict(model.conditioners.items()))
    }
    folder.mkdir(parents=True, exist_ok=True)
    return {name: _save(folder / f"{name}{SUFFIX}", own) for name, own in parts.items()}


def _save(path: Path, tensors: Mapping[str, Tensor]) -> str:
    # A copy each: safetensors refuses tensors that share memory, and wants them contiguous.
    plain = {
        key: value.detach().to("cpu", copy=True).contiguous() for key, value in tensors.items()
    }
    write_whole(path, save(plain))
    return file_sha256(path)


def _entries(recipe: Recipe, catalog: Catalog, folder: Path, old: Sequence[Entry]) -> list[Entry]:
    found = list(old)
    for use in recipe.mixture.sources:
        task = catalog.tasks.get(use.task).name
        source = open_source(use.uri, use.options, catalog)
        rows = min(len(source), use.max_rows or len(source))
        number = next((i for i, e in enumerate(found) if e.is_of(use, task)), len(found))
        before = found[number] if number < len(found) else None
        if before is not None and before.digest != source.digest():
            raise DataError(
                f"{before.name} has changed since rows of it were encoded into {folder} (digest "
                f"{before.digest}, now {source.digest()}). Encode into another folder."
            )
        entry = Entry(
            folder=f"{number:03d}-{task}",
            uri=use.uri,
            task=task,
            options=use.options,
            digest=source.digest(),
            licences=list(source.licences()),
            source_rows=len(source),
            rows=max(rows, before.rows if before else 0),
        )
        found[number : number + 1] = [entry]
    return found
