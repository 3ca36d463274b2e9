"""Which options of codecs and conditioners name files."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

FILES = ("weights", "vocabulary")
"""Options by which parts name files, here and in other people's plugins that do as ours do."""


def named_files(options: BaseModel) -> Iterator[tuple[str, str]]:
    """Yield option and path of each file that options name, those inside groups too."""
    for name in type(options).model_fields:
        value = getattr(options, name)
        if isinstance(value, BaseModel):
            yield from ((f"{name}.{inner}", path) for inner, path in named_files(value))
        elif name in FILES and isinstance(value, str):
            yield name, value


def is_without_network(options: BaseModel) -> bool:
    """Tell whether a part that can have a frozen network was told of none."""
    known = [name for name in ("weights", "local", "model") if name in type(options).model_fields]
    return "weights" in known and all(getattr(options, name) is None for name in known)
