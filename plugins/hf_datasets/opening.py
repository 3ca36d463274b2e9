"""Opens a data set with the library ``datasets``, from the hub only if that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...core.errors import DataError
from .config import HfOptions

SAVED = "state.json"
"""What `Dataset.save_to_disk` leaves in its folder."""


def open_dataset(locator: str, options: HfOptions) -> Any:
    """Return a map-style data set, its sound and films not decoded.

    Args:
        locator: a folder that ``save_to_disk`` wrote, a folder of data files, or a name on the hub.
        options: which part.

    Raises:
        DataError: if ``datasets`` is not installed, the data set is not there, or it has no such
            split or configuration.
    """
    datasets = _library(locator)
    folder = Path(locator).expanduser()
    is_here = folder.is_dir()
    try:
        if is_here and (folder / SAVED).is_file():
            found = _saved(datasets, folder, locator, options)
        else:
            with _offline(datasets, unless=options.download or is_here):
                found = datasets.load_dataset(
                    str(folder) if is_here else locator,
                    options.config_name,
                    split=options.split,
                    revision=None if is_here else options.revision,
                )
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as failure:
        raise DataError(_why(locator, is_here, options, failure)) from None
    return _undecoded(datasets, found)


def _library(locator: str) -> Any:
    try:
        import datasets
    except ImportError:
        raise DataError(
            f"hf:{locator} needs the library 'datasets', which is not installed. Run: "
            "pip install 'audio-omni[data]'."
        ) from None
    return datasets


def _saved(datasets: Any, folder: Path, locator: str, options: HfOptions) -> Any:
    """Return a data set that ``save_to_disk`` wrote, which has no splits."""
    if options.split != HfOptions().split or options.config_name is not None:
        raise DataError(
            f"hf:{locator} is one saved data set, without splits or configurations. Leave out "
            "'split' and 'config_name'."
        )
    return datasets.load_from_disk(str(folder))


@contextmanager
def _offline(datasets: Any, *, unless: bool) -> Iterator[None]:
    """Keep the library from asking the hub: a run must not hang on a network it may lack."""
    before = datasets.config.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = before or not unless
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE = before


def _undecoded(datasets: Any, found: Any) -> Any:
    """Return the data set with bytes or paths where it has sound and films: we decode them."""
    for column, feature in found.features.items():
        if isinstance(feature, datasets.Audio | datasets.Video):
            found = found.cast_column(column, type(feature)(decode=False))
    return found


def _why(locator: str, is_here: bool, options: HfOptions, failure: Exception) -> str:
    cause = failure.__cause__ or failure  # the library wraps what went wrong in what it was doing
    said = " ".join(str(cause).split())[:300]
    if is_here or options.download:
        return f"hf:{locator}: {said}"
    return (
        f"hf:{locator} is not on this machine ({said}). Set its option download to true, or fetch "
        f"it before: hf download --repo-type dataset {locator}"
    )
