"""From a URI in a recipe to an open data source."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from ..catalog import Catalog
from ..config import parse_config
from ..errors import ConfigError
from ..source import DataSource

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def open_source(uri: str, options: Mapping[str, Any], catalog: Catalog) -> DataSource:
    """Return the source that a URI ``scheme:locator`` names.

    Args:
        uri: for example ``"manifest:${DATA}/rows.jsonl"``; the locator may be empty, and
            ``${NAME}`` is replaced by that environment variable.
        options: options of the source; strings in them may name variables too.
        catalog: where schemes are looked up.

    Raises:
        ConfigError: for a URI without a scheme, a variable that is not set, or options that do
            not fit.
        UnknownNameError: for a scheme that no plugin registered; lists close matches.
        DataError: if the source itself is broken.
    """
    scheme, locator = split_uri(uri)
    factory: type[DataSource] = catalog.sources.load(scheme)
    where = f"Options of source '{uri}'"
    expanded = {key: expand(value, where) for key, value in options.items()}
    config = parse_config(factory.config, expanded, where=where)
    source: Any = factory
    opened: DataSource = source(expand(locator, f"Source '{uri}'"), config)
    return opened


def split_uri(uri: str) -> tuple[str, str]:
    """Return scheme and locator.

    Raises:
        ConfigError: if there is no scheme.
    """
    scheme, colon, locator = uri.partition(":")
    if not colon or not scheme:
        raise ConfigError(
            f"Source '{uri}' has no scheme; expected 'scheme:locator', like "
            "'manifest:rows.jsonl' or 'soundworld:sounds'."
        )
    return scheme, locator


def expand(value: Any, where: str) -> Any:
    """Return a value with ``${NAME}`` replaced in every string of it.

    Raises:
        ConfigError: if a variable is not set; names it.
    """
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _variable(match.group(1), where), value)
    if isinstance(value, Mapping):
        return {key: expand(item, where) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [expand(item, where) for item in value]
    return value


def _variable(name: str, where: str) -> str:
    found = os.environ.get(name)
    if not found:
        raise ConfigError(
            f"{where}: the environment variable {name} is not set; set it, or write the path "
            f"in place of ${{{name}}}."
        )
    return found
