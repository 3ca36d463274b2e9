"""The base of every config model, and readable errors for what does not fit one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import ConfigError, suggestion

ConfigT = TypeVar("ConfigT", bound=BaseModel)


class Config(BaseModel):
    """An immutable settings record: unknown fields are errors, numbers finite, units named."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False
    )


class NoOptions(Config):
    """The config of a plugin that has no options."""


def parse_config(
    model: type[ConfigT],
    values: Mapping[str, Any],
    *,
    where: str,
    error: type[Exception] = ConfigError,
) -> ConfigT:
    """Validate ``values`` with a pydantic model.

    Args:
        model: the pydantic model to fill.
        values: raw values, for example read from YAML.
        where: what the values belong to; opens the error message.
        error: the exception class to raise.

    Raises:
        ConfigError (or ``error``): lists every field that does not fit, with its path,
            what was got and, for an unknown field, close matches.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as failure:
        problems = "; ".join(_describe(model, item) for item in failure.errors())
        raise error(f"{where}: {problems}") from None


def _describe(model: type[BaseModel], item: Any) -> str:
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        owner = _model_at(model, item["loc"][:-1])
        known = list(owner.model_fields) if owner else []
        hint = suggestion(str(item["loc"][-1]), known)
        listed = "" if hint else f" Known fields: {', '.join(known) or 'none'}."
        return f"unknown field '{path}'.{hint}{listed}"
    if item["type"] == "missing":
        return f"field '{path}' is required"
    field = f"field '{path}': " if path else ""  # a rule between fields belongs to none of them
    message = item["msg"].removeprefix("Value error, ")  # how pydantic opens what validators say
    return f"{field}{message} (got {item['input']!r})"


def _model_at(model: type[BaseModel], path: tuple[Any, ...]) -> type[BaseModel] | None:
    """Follow field names to the nested model that an error's path points into."""
    current: type[BaseModel] | None = model
    for part in path:
        if current is None:
            return None
        if isinstance(part, int) or part not in current.model_fields:
            continue  # an index, a mapping key or a union tag: stay with the element's model
        current = _nested_model(current.model_fields[part].annotation)
    return current


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _nested_model(argument)
        if found is not None:
            return found
    return None
