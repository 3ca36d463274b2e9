"""The folder of a data set: its configuration, its stages, and the workshop that they run in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ...core.catalog import Catalog
from ...core.config import parse_config
from ...core.errors import ConfigError, suggestion
from ...core.recipe import overridden, read_recipe_file
from .config import AudioEditConfig
from .real.labellers import read_labellers
from .real.steps import real_steps
from .remembered import read_redone
from .stages.pipeline import Step, check_stage, stage_keys
from .stages.workshop import Job, OpenCatalog, Workshop
from .synthesis.stages import synthesis_steps

PROFILES = Path(__file__).parent / "profiles"
DATASET = "dataset.yaml"


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
