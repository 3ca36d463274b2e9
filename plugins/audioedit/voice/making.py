"""From a manifest of recordings to pairs on disk: read, listen, plan, write, account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ....core.catalog import Catalog
from ....core.config import parse_config
from ....core.errors import ConfigError, DataError
from ....core.recipe import overridden, read_recipe_file
from ..beginning import differences, tool_versions
from ..blobs import write_whole
from ..choosing import ProviderConfig
from ..providers.contract import Aligner, Place
from .aligning import align_all
from .config import ConversionConfig, EditingConfig, VoiceConfig
from .conversion import Planned, plan_conversions
from .editing import plan_edits
from .rendering import render, write_plan
from .report import Accounts, write_report
from .screening import Heard, screen
from .utterances import Rejection, read_utterances

SETTINGS = "voice.yaml"
ConfigT = TypeVar("ConfigT", bound=VoiceConfig)
OnStep = Callable[[str, int, int], None]
"""Told what is done, how much of it, and of how much."""
Plan = Callable[[Sequence[Heard]], tuple[Planned, Sequence[Rejection]]]


def configured(model: type[ConfigT], overrides: Sequence[str], **given: Any) -> ConfigT:
    """Return a configuration of ``field=value`` texts and of options that were given.

    Raises:
        ConfigError: for a field that there is not, or a value that does not fit.
    """
    values = overridden({k: v for k, v in given.items() if v is not None}, overrides)
    return parse_config(model, values, where="Options of the pairs")


def make_conversions(
    manifest: Path, output: Path, config: ConversionConfig, on_step: OnStep = lambda *_: None
) -> Accounts:
    """Write pairs for voice conversion below ``output/voice_conversion``.

    Running it again does nothing anew; killed anywhere, it goes on.

    Args:
        manifest: JSON lines, one recording each; see `utterances.ALIASES`.
        output: folder of benchmarks.
        config: which recordings are fit, and how they are paired.
        on_step: told of progress.

    Raises:
        ConfigError, DataError: if manifest, options or folder do not fit, or no pair can be made.
        StopRun: if the disk is full.
    """

    def plan(heard: Sequence[Heard]) -> tuple[Planned, Sequence[Rejection]]:
        return plan_conversions(heard, config), ()

    return _make("voice_conversion", manifest, output, config, plan=plan, on_step=on_step)


def make_edits(
    manifest: Path,
    output: Path,
    config: EditingConfig,
    catalog: Catalog,
    on_step: OnStep = lambda *_: None,
) -> Accounts:
    """Write pairs for speech editing below ``output/speech_editing``.

    Args:
        manifest: JSON lines, one recording each; see `utterances.ALIASES`.
        output: folder of benchmarks.
        config: which recordings are fit, what is done to words, and what tells their times.
        catalog: where the aligner is looked up.
        on_step: told of progress.

    Raises:
        ConfigError, DataError, PluginError: as `make_conversions`, or if the aligner cannot work.
        StopRun: if the disk is full.
    """
    aligner = _aligner(config.aligner, catalog, output)
    aligner.check()

    def plan(heard: Sequence[Heard]) -> tuple[Planned, Sequence[Rejection]]:
        timed, untimed = align_all(
            heard, manifest.parent, aligner, lambda done, of: on_step("aligned", done, of)
        )
        return plan_edits(timed, config), untimed

    facts = {"aligner": aligner.fingerprint()}
    return _make(
        "speech_editing", manifest, output, config, plan=plan, on_step=on_step, facts=facts
    )


def _make(
    task: str,
    manifest: Path,
    output: Path,
    config: VoiceConfig,
    *,
    plan: Plan,
    on_step: OnStep,
    facts: dict[str, Any] | None = None,
) -> Accounts:
    folder = output / task
    _check_folder(folder, config, facts or {})
    read = read_utterances(manifest, config)
    heard, unfit = screen(
        read.utterances, manifest.parent, config, lambda done, of: on_step("heard", done, of)
    )
    planned, unplanned = plan(heard)
    rejected = [*read.rejected, *unfit, *unplanned, *planned.rejected]
    accounts = Accounts(task, config, read, heard, rejected, planned, ())
    if not planned.pairs:
        speakers = len({one.told.speaker for one in heard})
        raise DataError(
            f"No pair can be made of {manifest.name}: {len(heard)} recordings of {speakers} "
            f"speakers are fit. What became of its lines:\n{accounts.text()}\n"
            "Expected recordings with transcript, speaker, licence and consent"
            f"{', of two speakers at least' if task == 'voice_conversion' else ' and word times'}."
        )
    _begin(folder, config, facts or {})
    write_plan(folder, planned.pairs)
    records = render(
        planned.pairs,
        heard,
        manifest.parent,
        folder,
        config=config,
        on_written=lambda done, of: on_step("written", done, of),
    )
    made = Accounts(task, config, read, heard, rejected, planned, records)
    write_report(folder, made)
    return made


def _check_folder(folder: Path, config: VoiceConfig, facts: dict[str, Any]) -> None:
    """Refuse a folder that was begun with other options, before anything is heard."""
    path = folder / SETTINGS
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file; expected a folder to write to. Name another one.")
    if not path.is_file():
        return
    before = read_recipe_file(path)
    now = {"config": config.model_dump(mode="json"), **facts}
    found = differences({name: before.get(name) for name in now}, now)
    if found:
        raise ConfigError(
            f"{folder} was begun with other options: {'; '.join(found)}. Name another folder, or "
            "leave the changes out: pairs of two kinds do not mix."
        )


def _begin(folder: Path, config: VoiceConfig, facts: dict[str, Any]) -> None:
    path = folder / SETTINGS
    if path.is_file():
        return
    values = {"config": config.model_dump(mode="json"), **facts, "tools": tool_versions()}
    write_whole(path, yaml.safe_dump(values, sort_keys=False, allow_unicode=True).encode())


def _aligner(chosen: ProviderConfig, catalog: Catalog, root: Path) -> Aligner:
    spec = catalog.edit_providers.get(chosen.name)
    if spec.provides != "aligner":
        able = [s.name for s in catalog.edit_providers if s.provides == "aligner"]
        raise ConfigError(
            f"'{chosen.name}' is a {spec.provides}; expected an aligner: {', '.join(able)}."
        )
    where = f"Options of aligner '{chosen.name}'"
    options = parse_config(spec.config, chosen.options, where=where)
    aligner: Aligner = catalog.edit_providers.load(chosen.name)(options)
    aligner.bind(Place(root, catalog))
    return aligner
