"""Pieces of Markdown: tables, and pydantic fields as rows of one."""

from __future__ import annotations

import enum
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

PLAIN: dict[Any, str] = {
    str: "text",
    int: "int",
    float: "number",
    bool: "true or false",
    Any: "any",
    type(None): "null",
}
COMPOUND: dict[Any, Callable[[Sequence[Any]], str]] = {
    Union: " or ".join,
    types.UnionType: " or ".join,
    Literal: lambda values: ", ".join(f"`{value}`" for value in values),
    list: lambda inner: f"list of {inner[0]}",
    tuple: lambda inner: f"[{', '.join(inner)}]",
    dict: lambda inner: f"mapping to {inner[1]}",
}
IN_PYTHON = {"audio": "Waveform", "video": "VideoClip"}
"""What a field of media takes besides a path."""
BOUNDS = (("gt", ">"), ("ge", "≥"), ("lt", "<"), ("le", "≤"), ("min_length", "length ≥"))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table, or a word that there is nothing to list."""
    if not rows:
        return "None.\n"
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def fields_table(model: type[BaseModel], links: Mapping[str, str] | None = None) -> str:
    """Return the fields of a model: name, type, default, description.

    Args:
        model: the pydantic model.
        links: field name to what stands for its type, for nested models that have a section.
    """
    return table(("Field", "Type", "Default", "Meaning"), _rows(model, links or {}))


def _rows(model: type[BaseModel], links: Mapping[str, str], path: str = "") -> list[list[str]]:
    """Return one row a field; those of a nested model without a link follow it."""
    rows = []
    for name, info in model.model_fields.items():
        inner = nested(info.annotation)
        kind = links.get(name) or field_type(info)
        rows.append([f"`{path}{name}`", kind, default(info), info.description or ""])
        if inner is not None and name not in links:
            rows += _rows(inner, {}, f"{path}{name}.")
    return rows


def nested(annotation: Any) -> type[BaseModel] | None:
    """Return the config model that an annotation holds, or `None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [nested(argument) for argument in get_args(annotation)]
    return next((item for item in found if item is not None), None)


def field_type(info: FieldInfo) -> str:
    """Return type and bounds in words."""
    extra = info.json_schema_extra
    if isinstance(extra, dict) and extra.get("media"):
        return f"{extra['media']}: path, or `{IN_PYTHON[str(extra['media'])]}` in Python"
    bounds = [
        f"{sign} {getattr(item, name)}"
        for name, sign in BOUNDS
        for item in info.metadata
        if getattr(item, name, None) is not None
    ]
    patterns = [item.pattern for item in info.metadata if getattr(item, "pattern", None)]
    return ", ".join([type_name(info.annotation), *bounds, *(f"`{p}`" for p in patterns)])


def type_name(annotation: Any) -> str:
    """Return an annotation in words: ``list of text``, ``int or null``."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_name(arguments[0])
    if Ellipsis in arguments:  # a tuple of any length
        origin, arguments = list, arguments[:1]
    if origin in COMPOUND:
        return COMPOUND[origin]([type_name(a) if origin is not Literal else a for a in arguments])
    if annotation in PLAIN:
        return PLAIN[annotation]
    if issubclass(annotation, enum.Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    if issubclass(annotation, BaseModel):
        return "mapping"
    return str(annotation.__name__)


def default(info: FieldInfo) -> str:
    """Return the default as YAML shows it, or that the field is required."""
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "its defaults"
    return "required" if value is PydanticUndefined else f"`{shown(value)}`"


def shown(value: Any) -> str:
    """Return a value as YAML in one line would have it."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {shown(item)}' for key, item in value.items())}}}"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(item) for item in value)}]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)
