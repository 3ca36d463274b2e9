"""What the README promises exists: its recipe is valid, its links lead somewhere, its tasks run."""

import re
from pathlib import Path

import pytest
import yaml
from audio_omni.core.recipe import resolve_recipe
from audio_omni.plugins.manager import build_plugin_manager

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", re.findall(r"\]\(([^):]+)\)", README))
def test_links_lead_somewhere(target):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", README, re.DOTALL))
def test_recipes_are_valid(text):
    assert resolve_recipe(yaml.safe_load(text), where="README").mixture.sources


def test_the_table_shows_every_task_with_flags_that_exist():
    tasks = build_plugin_manager(entry_points=False, strict=True).tasks
    commands = re.findall(r"`audio-omni run (\w+) ([^`]*)`", README)
    controls = {spec.name for spec in tasks if not spec.needs_training and not spec.fills}
    assert {name for name, _ in commands} == {spec.name for spec in tasks} - controls
    for name, flags in commands:
        fields = tasks.get(name).request.model_fields
        used = {flag.replace("-", "_") for flag in re.findall(r"--([\w-]+)", flags)}
        assert used <= set(fields), f"{name}: {used - set(fields)}"
