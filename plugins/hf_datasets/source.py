"""The source ``hf:``: rows of a data set of the library ``datasets``, reached by number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel

from ...core.data.entry_source import EntrySource
from ...core.data.manifest_entries import entries_of
from ...core.errors import DataError
from .config import HfOptions
from .media import Cell, TableMedia
from .opening import open_dataset

TOGETHER = 1000


class HfSource(EntrySource):
    """Rows of a data set, with the fields and options of a manifest.

    Columns are fields; those of sound or film are opened when they are wanted. A label is given by
    its name. Rows without a column ``id`` are called by their number in the split.
    """

    config: ClassVar[type[BaseModel]] = HfOptions

    def __init__(self, locator: str, options: BaseModel) -> None:
        """Open the data set, and read all of it that is neither sound nor film.

        Raises:
            DataError: if it is not there, or an id is used twice.
        """
        assert isinstance(options, HfOptions)  # noqa: S101 - open_source validates them
        if options.folder is not None:
            raise DataError(
                f"hf:{locator}: got folder = {options.folder}; a data set knows where its files "
                "are. Leave the option out."
            )
        table = open_dataset(locator, options)
        name = f"hf:{locator}, {options.split}"
        entries = entries_of(_rows(table, name, options.split), options)
        self._keep(
            name,
            options,
            entries=entries,
            media=TableMedia(table),
            digest=_digest(table, options),
        )

    def _names_audio(self, value: Any) -> bool:
        return isinstance(value, Cell)

    def _names_a_video(self, value: Any) -> bool:
        return isinstance(value, Cell)

    def _video_field(self, name: Cell) -> str:
        """Return what messages call a film."""
        return str(name)


def _rows(table: Any, name: str, split: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what messages call each row, and its fields."""
    import datasets

    features = table.features
    media = [c for c, f in features.items() if isinstance(f, datasets.Audio | datasets.Video)]
    labels = {c: f for c, f in features.items() if isinstance(f, datasets.ClassLabel)}
    words = table.remove_columns(media)
    number = 0
    for batch in words.iter(TOGETHER) if words.column_names else [{}] * len(table):
        count = len(next(iter(batch.values()))) if batch else 1
        for i in range(count):
            fields = {column: values[i] for column, values in batch.items()}
            for column, feature in labels.items():
                if fields[column] is not None and fields[column] >= 0:
                    fields[column] = feature.int2str(fields[column])
            cells = {column: Cell(column, number) for column in media}
            yield f"{name}, row {number}", {"id": f"{split}/{number}", **fields, **cells}
            number += 1


def _digest(table: Any, options: HfOptions) -> str:
    """Return a hash of the data set's own fingerprint and the options."""
    text = f"{table._fingerprint} {options.model_dump_json()}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
