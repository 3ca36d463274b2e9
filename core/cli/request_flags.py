"""Command-line flags from a task's request model: one field, one flag, the same words."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ..task import media_fields


def flag_parameters(model: type[BaseModel]) -> list[inspect.Parameter]:
    """Return keyword parameters for typer, one for each field of a request model.

    A required field without a default is a required flag, and those come first. Audio and video
    fields take a path; the flag of a list is given once for each of its items.
    """
    paths = media_fields(model)
    fields = sorted(model.model_fields.items(), key=lambda item: not item[1].is_required())
    return [_parameter(name, info, is_path=name in paths) for name, info in fields]


def keyword(name: str, annotation: Any, option: Any) -> inspect.Parameter:
    """Return a keyword parameter for typer: the type that it is parsed as, and its option."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=option, annotation=annotation)


def command_function(
    parameters: list[inspect.Parameter], body: Callable[..., None], *, name: str, doc: str
) -> Callable[..., None]:
    """Return a function with the given signature that typer can turn into a command."""

    def command(**values: Any) -> None:
        body(**values)

    command.__name__ = name
    command.__doc__ = doc
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": None}
    return command


def _parameter(name: str, info: FieldInfo, *, is_path: bool) -> inspect.Parameter:
    flag = "--" + name.replace("_", "-")
    annotation = Path if is_path else _flag_type(info.annotation)
    required = info.is_required()
    kind = annotation if required else Union[annotation, None]  # noqa: UP007 (built at run time)
    option = typer.Option(
        ... if required else None,
        flag,
        help=_help(info),
        show_default=False,
    )
    return keyword(name, kind, option)


def _help(info: FieldInfo) -> str | None:
    """Return a field's description, and its default where that is a number or a word."""
    if isinstance(info.default, bool) or not isinstance(info.default, int | float | str):
        return info.description
    return f"{info.description} Left out: {info.default}."


def _flag_type(annotation: Any) -> Any:
    """Return the type that a flag is parsed as: the field's own, without `None` or metadata."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _flag_type(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        kinds = [a for a in get_args(annotation) if a is not type(None)]
        return _flag_type(kinds[0]) if len(kinds) == 1 else str
    if origin is list:
        return list[_flag_type(get_args(annotation)[0])]  # type: ignore[misc]  # built at run time
    if annotation in {int, float, bool, str}:
        return annotation
    return str  # the request model parses and checks it
