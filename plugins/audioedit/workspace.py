"""The folder of a data set: its configuration, which never changes once work has begun."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from ...core.catalog import Catalog
from ...core.code_version import commit_of
from ...core.config import parse_config
from ...core.errors import ConfigError, suggestion
from ...core.recipe import overridden, read_recipe_file
from .blobs import write_whole
from .choosing import ProviderConfig
from .config import AudioEditConfig, WordsConfig
from .real.labellers import FIELD, Labeller, joined, read_labellers
from .real.steps import real_steps
from .remembered import EARLIER, REDONE, earlier_makers, read_redone
from .stages.pipeline import Step, check_stage, stage_keys
from .stages.workshop import Job, OpenCatalog, Workshop
from .synthesis.stages import synthesis_steps
from .words.chosen import path_of, read_wordings
from .words.language import ENGLISH
from .words.more import read_file

PROFILES = Path(__file__).parent / "profiles"
DATASET = "dataset.yaml"
OURS = ("shards", "stages", "blobs")
"""Folders of a data set that a run fills."""
FREE = ("limits", "pack")
"""Parts of a configuration that may change: no sample depends on them."""
FREE_OF_REAL = ("allow_mixed", "quotas", "swap_guard")
"""The same of the real branch."""


def profiles() -> dict[str, Path]:
    """Return the built-in configurations by name."""
    return {path.stem: path for path in sorted(PROFILES.glob("*.yaml"))}


def read_config(name: str, overrides: Sequence[str] = ()) -> AudioEditConfig:
    """Return a profile by name, or a configuration from a YAML file.

    Args:
        name: of a profile, or the path of a file.
        overrides: ``"synthesis.scenes=100"``, applied in order.

    Raises:
        ConfigError: if there is neither, or a field does not fit.
    """
    known = profiles()
    path = known.get(name, Path(name))
    if name not in known and path.suffix not in {".yaml", ".yml"}:
        raise ConfigError(
            f"Unknown profile '{name}'.{suggestion(name, known)} Expected one of "
            f"{', '.join(known)}, or a YAML file."
        )
    if not path.is_file():
        raise ConfigError(
            f"There is no file {path}; expected a configuration in YAML, or one of "
            f"{', '.join(known)}. Check the path."
        )
    values = overridden(read_recipe_file(path), overrides)
    return parse_config(AudioEditConfig, values, where=f"Configuration '{name}'")


def read_dataset(root: Path, overrides: Sequence[str] = ()) -> AudioEditConfig:
    """Return the configuration of a folder that was begun.

    Args:
        root: the folder.
        overrides: ``"limits.budget_usd=20"``, applied in order.

    Raises:
        ConfigError: if it holds none.
    """
    path = root / DATASET
    if not path.is_file():
        raise ConfigError(
            f"{root} holds no {DATASET}; expected a folder that 'audio-omni audioedit run' began. "
            f"Check the path, or begin one: audio-omni audioedit run --profile NAME -o {root}, "
            f"with NAME one of {', '.join(profiles())}, or a YAML file."
        )
    values = read_recipe_file(path).get("config")
    if not isinstance(values, dict):
        raise ConfigError(
            f"{path} has no 'config'; expected what 'audio-omni audioedit run' wrote. Put it back "
            "from a copy, or begin another folder."
        )
    return parse_config(AudioEditConfig, overridden(values, overrides), where=str(path))


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


def open_workshop(
    root: Path,
    config: AudioEditConfig,
    open_catalog: OpenCatalog,
    catalog: Catalog | None = None,
    *,
    redo: str | None = None,
) -> tuple[Workshop, Job, list[Step]]:
    """Return the workshop of a folder, the job of its processes, and its stages.

    Args:
        root: the folder.
        config: of the data set.
        open_catalog: returns the plugins.
        catalog: those of this process; left out: opened.
        redo: stage that gets a new key, and with it all that read it.

    Raises:
        ConfigError, DataError, PluginError: if a source or a provider cannot be opened, or there
            is no such stage.
    """
    root = root.absolute()  # processes may stand elsewhere
    steps = all_steps(config)
    workshop = Workshop(root, config, catalog or open_catalog())
    workshop.redone = read_redone(root / DATASET)
    if redo is not None:
        check_stage(steps, redo)
        workshop.redone[redo] = workshop.redone.get(redo, 0) + 1
    if config.real is not None and config.real.allow_mixed:
        workshop.first_labeller = next(iter(read_labellers(root / DATASET)), None)
    workshop.keys = stage_keys(steps, workshop)
    return workshop, Job(root, config, open_catalog, workshop.keys), steps


def reopen_workshop(root: Path, catalog: Catalog) -> tuple[Workshop, list[Step]]:
    """Return the workshop and the stages of a folder that was begun, to look at.

    Neither its sources nor its providers have to be here: the keys of its stages were written down.

    Raises:
        ConfigError: if it holds no data set.
    """
    config = read_dataset(root)
    keys = read_recipe_file(root / DATASET).get("stages", {})
    return Workshop(root.absolute(), config, catalog, keys), all_steps(config)


def all_steps(config: AudioEditConfig) -> list[Step]:
    """Return the stages of all branches of a configuration, in order.

    Raises:
        ConfigError: if it has no branch.
    """
    steps: list[Step] = []
    makers: list[tuple[object, Callable[[], list[Step]]]] = [
        (config.synthesis, partial(synthesis_steps, config)),
        (config.real, partial(real_steps, config)),
    ]
    for part, make in makers:
        if part is not None:
            steps += make()
    if not steps:
        raise ConfigError("The configuration has no branch; expected 'synthesis' (or 'real').")
    return steps


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
