"""What a folder of pairs is made of: written down once, and never changed by what comes later."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from ...core.catalog import Catalog
from ...core.code_version import commit_of
from ...core.errors import ConfigError
from .blobs import write_whole
from .choosing import ProviderConfig
from .config import AudioEditConfig, WordsConfig
from .real.labellers import FIELD, Labeller, joined, read_labellers
from .remembered import EARLIER, REDONE, earlier_makers, read_redone
from .words.chosen import path_of, read_wordings
from .words.language import ENGLISH
from .words.more import read_file
from .workspace import DATASET, read_dataset

OURS = ("shards", "stages", "blobs")
"""Folders of a data set that a run fills."""
FREE = ("limits", "pack")
"""Parts of a configuration that may change: no sample depends on them."""
FREE_OF_REAL = ("allow_mixed", "quotas", "swap_guard")
"""The same of the real branch."""


def begin(
    root: Path,
    config: AudioEditConfig,
    keys: Mapping[str, str],
    catalog: Catalog | None = None,
    labeller: Labeller | None = None,
    *,
    redone: Mapping[str, int] | None = None,
) -> None:
    """Write down what a folder is made of, or check that it is made of the same.

    Args:
        root: the folder.
        config: resolved.
        keys: stage → its folder; by these the set is looked at where its sources are not.
        catalog: providers whose options named in ``how`` may change, for no result depends on them.
        labeller: of the real branch, see `real.labellers`.
        redone: stage → how often it was asked for anew; left out: as it was.

    Raises:
        ConfigError: if the folder was begun with another configuration; lists what differs. Or if
            another labeller began it, and they may not mix; or it holds shards of something else.
        StopRun: if the disk is full.
    """
    path = root / DATASET
    if root.exists() and not root.is_dir():
        raise ConfigError(f"{root} is a file; expected a folder to write to. Name another one.")
    if not path.is_file():
        _check_free(root)
    else:
        before = read_dataset(root)
        mixed = config.real is not None and config.real.allow_mixed
        found = differences(
            _fixed(before, catalog, mixed=mixed), _fixed(config, catalog, mixed=mixed)
        )
        if found:
            mixing = " Another labeler may go on with the labels there are: real.allow_mixed=true."
            hint = mixing if all(line.startswith("real.labeler") for line in found) else ""
            raise ConfigError(
                f"{root} was begun with another configuration: {'; '.join(found)}. Name another "
                f"folder, or leave the changes out: pairs of two kinds do not mix.{hint}"
            )
    allow_mixed = config.real is not None and config.real.allow_mixed
    everyone = joined(read_labellers(path), labeller, allow_mixed=allow_mixed, where=root)
    makers = {"tools": tool_versions(), **_git()}
    kept = {
        FIELD: everyone,
        REDONE: dict(read_redone(path) if redone is None else redone),
        EARLIER: earlier_makers(path, makers),
    }
    facts = {
        "config": config.model_dump(
            mode="json", exclude={"words"} if config.words is None else None
        ),
        "stages": dict(keys),
        **_wordings(config),
        **{name: value for name, value in kept.items() if value},
        **makers,
    }
    text = yaml.safe_dump(facts, sort_keys=False, allow_unicode=True)
    write_whole(path, text.encode())


def _check_free(root: Path) -> None:
    """Raise ConfigError if a folder that was not begun holds what is ours to write.

    Packing removes all shards that are not of the data set.
    """
    taken = [name for name in OURS if (root / name).exists()]
    if taken:
        raise ConfigError(
            f"{root} holds {', '.join(taken)} and no {DATASET}: it is something else, or its "
            f"{DATASET} is lost. Name a new folder, or put {DATASET} back from a copy."
        )


def differences(before: Any, after: Any, where: str = "") -> list[str]:
    """Return what differs between two nested values, as ``field: old → new``."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = dict.fromkeys([*before, *after])
        inner = (
            differences(before.get(n), after.get(n), f"{where}.{n}" if where else str(n))
            for n in names
        )
        return [line for lines in inner for line in lines]
    return [] if before == after else [f"{where}: {before!r:.60} → {after!r:.60}"]


def tool_versions() -> dict[str, str]:
    """Return the versions of what renders and writes."""
    names = ("audio-omni", "numpy", "soundfile", "pyloudnorm", "scipy", "torch", "torchaudio")
    found = {}
    for name in (*names, "python-stretch"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _wordings(config: AudioEditConfig) -> dict[str, Any]:
    """Return what edits are worded with beside what ships, and where it comes from."""
    chosen = config.words or WordsConfig()
    if config.words is None and config.languages == (ENGLISH,):
        return {}
    more = [read_file(path_of(file, "words.more")) for file in chosen.more]
    asked = [one.model_dump(mode="json") for file in more for one in file.asked]
    return {"wordings": {"sha256": read_wordings(config).sha256, "asked": asked}}


def _git() -> dict[str, Any]:
    """Return the commit of the code, where it runs from a checkout; nothing where it does not."""
    found = commit_of()
    return {} if found is None else {"git": {"commit": found.sha, "dirty": found.dirty}}


def _fixed(
    config: AudioEditConfig, catalog: Catalog | None, *, mixed: bool = False
) -> dict[str, Any]:
    """Return what a sample may depend on: all but limits, and how providers work.

    Args:
        config: of the data set.
        catalog: where options of providers are looked up.
        mixed: whether who labels may change.
    """
    models = {} if catalog is None else {s.name: s.config for s in catalog.edit_providers}
    free: dict[str, Collection[str]] = {n: getattr(m, "how", ()) for n, m in models.items()}
    values: dict[str, Any] = _without(config.model_dump(mode="json", exclude=set(FREE)), free)
    if values["real"] is not None:
        for name in (*FREE_OF_REAL, *(["labeler"] if mixed else [])):
            values["real"].pop(name)
    return values


def _without(values: Any, free: Mapping[str, Collection[str]]) -> Any:
    """Return nested values in which no chosen provider has its free options."""
    if not isinstance(values, dict):
        return values
    if values.keys() == ProviderConfig.model_fields.keys():
        left_out = free.get(values["name"], ())
        options = {k: v for k, v in values["options"].items() if k not in left_out}
        return {**values, "options": options}
    return {name: _without(value, free) for name, value in values.items()}
