"""The generated pages of the reference are those that the code as it is now would give."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from audio_omni.core.recipe import Recipe
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.mlflow_tracking.settings import MlflowOptions
from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("cli.md", "plugins.md", "python.md", "recipes.md")


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


def test_the_generated_pages_are_up_to_date():
    done = generate("--check")
    assert (done.returncode, done.stdout) == (0, ""), "Write them anew: make docs\n" + done.stderr


def test_a_page_that_differs_is_named(tmp_path):
    """The check itself: on a copy whose pages are missing."""
    copy = tmp_path / "docs"
    (copy / "generator").mkdir(parents=True)
    (copy / "reference").mkdir()
    for path in [ROOT / "docs" / "generate.py", *(ROOT / "docs" / "generator").glob("*.py")]:
        (copy / path.relative_to(ROOT / "docs")).write_bytes(path.read_bytes())
    done = subprocess.run(
        [sys.executable, str(copy / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.split() == [word for page in PAGES for word in ("stale", page)]


def documented_models() -> dict[str, type[BaseModel]]:
    """Everything that users fill: recipes, requests, options."""
    host = build_plugin_manager(entry_points=False, strict=True)
    models = {"recipe": Recipe, "mlflow": MlflowOptions}
    for _, registry in host.registries():
        for spec in registry:
            models[f"{registry.kind} {spec.name}"] = spec.config
            if registry.kind == "task":
                models[f"request of {spec.name}"] = spec.request
    return models


def undescribed(model: type[BaseModel]) -> list[str]:
    found = []
    for name, info in model.model_fields.items():
        if not info.description:
            found.append(f"{model.__name__}.{name}")
        for inner in [info.annotation, *getattr(info.annotation, "__args__", ())]:
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found += undescribed(inner)
    return found


@pytest.mark.parametrize("model", documented_models().values(), ids=documented_models())
def test_every_field_that_users_fill_is_described(model):
    assert undescribed(model) == []
