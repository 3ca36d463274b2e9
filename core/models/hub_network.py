"""Loading a network of transformers: safetensors only, offline unless told, errors that advise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from ..errors import ConfigError
from .hub import INDEX, SINGLE


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
    who: str,
    name: str,
    options: Fetching,
    *,
    advice: str,
    fetched: str | None = None,
    holds: str = "config.json, *.safetensors and the files of what prepares its inputs",
) -> Iterator[dict[str, Any]]:
    """Give the block the arguments of its calls of ``from_pretrained``.

    Args:
        who: opens messages: ``"Conditioner 'clap'"``.
        name: folder, or name on the hub.
        options: which revision, and whether it may be fetched.
        advice: what else to do, after the command that fetches it.
        fetched: name on the hub where ``name`` is a folder.
        holds: what its folder has.

    Raises:
        ConfigError: if the block cannot load; says what was expected and how to get it.
    """
    if _is_path(name) and not Path(name).is_dir():
        raise ConfigError(
            f"{who}: there is no folder '{name}'. Expected one with {holds}, or the name of a "
            "network on the hub, like 'owner/name'. Check the path."
        )
    _hide_progress_bars()
    offline = Path(name).is_dir() or not options.download
    try:
        yield {"revision": options.revision, "local_files_only": offline}
    except (OSError, ValueError) as failure:
        reason = (str(failure).strip().splitlines() or [type(failure).__name__])[0]
        at = f" --revision {options.revision}" if options.revision else ""
        raise ConfigError(
            f"{who}: the network '{name}' cannot be loaded ({reason}). Expected a folder with "
            f"{holds}, or a network in the hub's cache. Fetch it with `hf download "
            f"{fetched or name}{at}`{advice}"
        ) from failure


def _is_path(name: str) -> bool:
    """Tell whether a name can be no network on the hub: those have at most one slash, inside."""
    return name.startswith(("/", ".", "~")) or name.count("/") > 1


def check_headers(name: str, where: Mapping[str, Any]) -> None:
    """Raise unless a network's safetensors files are there, whole as far as their headers tell.

    No weight is read. Call it in a block of `hub_loading`.

    Args:
        name: folder, or name on the hub.
        where: further arguments of ``from_pretrained``.

    Raises:
        OSError, ValueError: names the file.
    """
    for file in weight_files(name, where):
        check_header(file)


def weight_files(name: str, where: Mapping[str, Any]) -> list[Path]:
    """Return a network's safetensors files: the one, or all that its index lists.

    Raises:
        OSError: if one is not there; names it.
    """
    from transformers.utils import cached_file

    def found(file: str) -> Path:
        return Path(str(cached_file(name, file, **where)))

    try:
        return [found(SINGLE)]
    except OSError as failure:
        try:
            index = json.loads(found(INDEX).read_text(encoding="utf-8"))
        except OSError:
            raise failure from None
        return [found(shard) for shard in sorted(set(index["weight_map"].values()))]


def weights_sha256(name: str, where: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a network's weights; reads all of them. No path changes it.

    Of a single file it is the hash that the hub shows; of several, that of the list of theirs.

    Raises:
        OSError: if one is not there; names it.
    """
    hashes = []
    for path in weight_files(name, where):
        with path.open("rb") as file:
            hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def check_header(file: Path) -> None:
    """Raise ValueError unless a safetensors file is as long as its header says; names it."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "np"):  # as "pt" it would reserve memory for the whole file
            pass
    except SafetensorError as failure:
        raise ValueError(f"{file.name} is no whole safetensors file: {failure}") from None


def _hide_progress_bars() -> None:
    """Keep transformers from drawing bars on the standard error of whoever uses this library."""
    from transformers.utils import logging

    logging.disable_progress_bar()
