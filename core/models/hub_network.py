"""Loading a network of transformers: safetensors only, offline unless told, errors that advise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from ..errors import ConfigError


class Fetching(Protocol):
    """Options of whatever loads one.

    Attributes:
        revision: commit, tag or branch on the hub.
        download: whether it may be fetched.
    """

    @property
    def revision(self) -> str | None:  # noqa: D102
        ...

    @property
    def download(self) -> bool:  # noqa: D102
        ...


@contextmanager
def hub_loading(
    who: str, name: str, options: Fetching, *, advice: str, fetched: str | None = None
) -> Iterator[dict[str, Any]]:
    """Give the block the arguments of its calls of ``from_pretrained``.

    Args:
        who: opens messages: ``"Conditioner 'clap'"``.
        name: folder, or name on the hub.
        options: which revision, and whether it may be fetched.
        advice: what else to do, after the command that fetches it.
        fetched: name on the hub where ``name`` is a folder.

    Raises:
        ConfigError: if the block cannot load; says what was expected and how to get it.
    """
    _hide_progress_bars()
    offline = Path(name).is_dir() or not options.download
    try:
        yield {"revision": options.revision, "local_files_only": offline}
    except (OSError, ValueError) as failure:
        reason = (str(failure).strip().splitlines() or [type(failure).__name__])[0]
        at = f" --revision {options.revision}" if options.revision else ""
        raise ConfigError(
            f"{who}: the network '{name}' cannot be loaded ({reason}). Expected a folder with "
            "config.json, *.safetensors and the files of what prepares its inputs, or a network "
            f"in the hub's cache. Fetch it with `hf download {fetched or name}{at}`{advice}"
        ) from failure


def _hide_progress_bars() -> None:
    """Keep transformers from drawing bars on the standard error of whoever uses this library."""
    from transformers.utils import logging

    logging.disable_progress_bar()
