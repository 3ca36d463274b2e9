"""The command line's nouns, verbs and options are a promise: a change shows in surface.json.

After a wanted change, write it anew: ``python tests/unit/cli/test_surface.py``, and look at the
difference before committing it.
"""

import json
from pathlib import Path
from typing import Any

from audio_omni.core.cli.main import NOUNS, build_cli, load_noun
from audio_omni.plugins.manager import build_plugin_manager

PINNED = Path(__file__).with_name("surface.json")


def options(command: Any) -> list[str]:
    return sorted(
        "/".join(parameter.opts) if parameter.param_type_name == "option" else parameter.name
        for parameter in command.params
    )


def walk(command: Any, path: str) -> dict[str, list[str]]:
    found = {path: options(command)}
    for name, child in sorted(getattr(command, "commands", {}).items()):
        found |= walk(child, f"{path} {name}")
    return found


def surface() -> dict[str, list[str]]:
    """Options by command, of the nouns of the core and of built-in plugins."""
    host = build_plugin_manager(entry_points=False)
    found = {"audio-omni": options(build_cli())}
    for noun in [*NOUNS, *(s.name for s in host.commands if s.verb_of is None)]:
        found |= walk(load_noun(noun, host), noun)
    return found


def test_options_are_pinned(monkeypatch):
    monkeypatch.delenv("AUDIO_OMNI_PLUGINS", raising=False)
    pinned = json.loads(PINNED.read_text())
    assert surface() == pinned, f"If the change is wanted: python {Path(__file__).name}"


def test_options_are_long():
    for command, names in json.loads(PINNED.read_text()).items():
        for name in names:
            lone_short = name.startswith("-") and not any(
                part.startswith("--") for part in name.split("/")
            )
            assert not lone_short, f"{command} {name} has no long form"


def test_every_command_that_reports_speaks_json():
    pinned = json.loads(PINNED.read_text())
    reporting = [c for c in pinned if c.endswith(("list", "show", "doctor", "check"))]
    missing = [command for command in reporting if "--json" not in pinned[command]]
    assert reporting
    assert missing == []


if __name__ == "__main__":
    PINNED.write_text(json.dumps(surface(), indent=2) + "\n")
    print(f"wrote {PINNED}")
