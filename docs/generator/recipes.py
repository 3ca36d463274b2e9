"""The page of recipes: every field, and the recipes that come with audio-omni."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audio_omni.core.models.presets import PRESETS
from audio_omni.core.recipe import Recipe
from audio_omni.plugins.host import Host
from audio_omni.plugins.mlflow_tracking.settings import MlflowOptions
from pydantic import BaseModel

from .markdown import fields_table, nested, table

HEAD = """# Recipes

A recipe is a YAML file that says all there is to say about a run: `audio-omni train RECIPE -o RUN`.
`--set key=value` overrides a field by its dotted path, `--set mixture.sources.0.weight=2` one of a
list; the value is read as YAML. An unknown field is an error. The resolved recipe is saved in
every checkpoint and logged with every run.

On a resume only `name`, `train`, `sampling`, `evaluation` and `tracking` may differ.

"""
PRESET_NOTE = """
## `model.preset`

`preset: NAME` starts from one of these; every other field under `model` refines it, mappings field
by field.

"""


def recipes_page(host: Host) -> str:
    """Return the page."""
    parts = [HEAD]
    for path, model in [*sections(Recipe), *sections(MlflowOptions, "tracking.options.mlflow")]:
        heading = f"`{path}`" if path else "The whole"
        links = {name: _link(child) for name, child in _children(model, path)}
        about = (model.__doc__ or "").split("\n\n")[0].replace("``", "`")
        parts.append(f"## {heading}\n\n{' '.join(about.split())}\n\n")
        parts.append(fields_table(model, links) + "\n")
    parts += [PRESET_NOTE.lstrip("\n"), _presets(), _built_in(host)]
    return "".join(parts)


def sections(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield every config model inside another with its path; lists are ``sources[]``."""
    yield path, model
    for name, info in model.model_fields.items():
        inner = nested(info.annotation)
        if inner is not None:
            yield from sections(inner, _child_path(path, name, info.annotation))


def _children(model: type[BaseModel], path: str) -> list[tuple[str, str]]:
    return [
        (name, _child_path(path, name, info.annotation))
        for name, info in model.model_fields.items()
        if nested(info.annotation) is not None
    ]


def _child_path(path: str, name: str, annotation: Any) -> str:
    mark = {"list": "[]", "dict": ".NAME"}.get(getattr(annotation, "__name__", ""), "")
    return f"{path}.{name}{mark}".lstrip(".")


def _link(path: str) -> str:
    word = "list of mappings" if path.endswith("[]") else "mapping"
    return f"[{word}](#{_anchor(path)})"


def _anchor(path: str) -> str:
    """Return the anchor that Markdown viewers give to the heading of a path."""
    kept = [letter for letter in path.lower() if letter.isalnum() or letter in "_-"]
    return "".join(kept)


def _presets() -> str:
    rows = [
        [
            f"`{name}`",
            f"{values['clip_seconds']:g} s",
            _codec(values["codec"]["name"], values["codec"]["options"]),
            f"{values['dit']['width']} × {values['dit']['depth']}, {values['dit']['heads']} heads",
            ", ".join(f"{key}: {use['name']}" for key, use in values["conditioners"].items()),
        ]
        for name, values in PRESETS.items()
    ]
    return table(("Preset", "Clip", "Codec", "Transformer", "Conditioners"), rows)


def _codec(name: str, options: Mapping[str, Any]) -> str:
    mels = [f"{options['mels']} mels"] if "mels" in options else []
    return ", ".join([name, f"{options['sample_rate_hz']} Hz", *mels])


def _built_in(host: Host) -> str:
    parts = ["\n## Built-in recipes\n"]
    for name, path in sorted(host.recipes.items()):
        parts.append(f"\n### `{name}`\n\n```yaml\n{path.read_text(encoding='utf-8')}```\n")
    return "".join(parts)
