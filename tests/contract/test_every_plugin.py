"""Nothing built in escapes the public contracts."""

import importlib.util
import sys
from pathlib import Path

import pytest
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.testing import PluginContract

TESTS = Path(__file__).resolve().parents[1]
KIT = "from audio_omni.plugins.testing import"
WITHOUT_CONTRACT = {"command"}
"""Kinds whose behaviour is theirs alone."""


def contracts() -> set[tuple[str, str]]:
    """(kind, name) of every contract test, here or beside a plugin's other tests."""
    found = set()
    for path in sorted(TESTS.rglob("test_*.py")):
        if path != Path(__file__) and KIT in path.read_text(encoding="utf-8"):
            spec = importlib.util.spec_from_file_location(f"_contracts_{path.stem}", path)
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
            found |= {
                (member.kind, member.name)
                for name, member in vars(module).items()
                if name.startswith("Test")
                and isinstance(member, type)
                and issubclass(member, PluginContract)
            }
    return found


def registered() -> list[tuple[str, str]]:
    host = build_plugin_manager(entry_points=False)
    return [
        (registry.kind, spec.name)
        for _, registry in host.registries()
        for spec in registry
        if registry.kind not in WITHOUT_CONTRACT
    ]


@pytest.fixture(scope="module")
def covered():
    return contracts()


@pytest.mark.parametrize(("kind", "name"), registered())
def test_a_built_in_plugin_is_held_by_a_contract(kind, name, covered):
    assert (kind, name) in covered, f"Add a contract test for the {kind} '{name}'."
