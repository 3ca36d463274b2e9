"""No installed command reaches a stand-in: neither by name, nor by entry point, nor by package."""

import importlib
import importlib.metadata
import tomllib
from pathlib import Path

from audio_omni.plugins.manager import build_plugin_manager
from real_parts.scenes import open_catalog
from small_pairs import CATALOG

ROOT = Path(__file__).resolve().parents[3]


def names(catalog):
    return {spec.name for spec in catalog.edit_providers}


def test_stand_ins_are_known_to_tests_alone():
    """Those of the tests' own plugin: they are there when it is loaded, and only then."""
    stand_ins = names(open_catalog()) - names(CATALOG())
    assert stand_ins >= {"stub", "oracle", "hash", "toy"}
    assert not names(build_plugin_manager(entry_points=True)) & stand_ins


def test_every_provider_that_is_installed_is_of_the_package():
    for spec in CATALOG().edit_providers:
        module, _, name = spec.factory.partition(":")
        found = getattr(importlib.import_module(module), name)
        assert found.__module__.startswith("audio_omni."), spec.name
        assert ROOT / "tests" not in Path(importlib.import_module(module).__file__).parents


def test_entry_points_and_packages_hold_no_tests():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["setuptools"]["packages"]
    assert not [name for name in packages if "tests" in name.split(".") or "stand_ins" in name]
    declared = {**project["project"].get("entry-points", {})}
    declared["scripts"] = project["project"]["scripts"]
    for group in declared.values():
        assert all(target.startswith("audio_omni.") for target in group.values())
    for point in importlib.metadata.distribution("audio-omni").entry_points:
        assert point.value.startswith("audio_omni."), point
