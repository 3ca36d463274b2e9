"""The source ``audioedit:``: rows of packed shards, reached by number through their indices."""

from __future__ import annotations

import glob
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import parse_qs

from pydantic import BaseModel

from ....core.config import parse_config
from ....core.data.entry_source import EntrySource
from ....core.data.manifest_entries import Entry, is_held_out
from ....core.errors import ConfigError, DataError
from ....core.source import LoadAudio, Row
from ..latents.reading import open_latents
from ..licences import allows
from ..records import EditRecord
from ..words.instructions import is_held_out as is_unseen
from ..words.instructions import says_when
from .index import read_shard_index
from .options import AudioEditOptions
from .places import Place, PlacedMedia
from .redraw import Redraw
from .rows import TASK_NAMES, heard_at
from .shards import FACTS, SOURCE, STEMS, TARGET

if TYPE_CHECKING:
    from ....core.codec_identity import CodecIdentity
    from ....core.media.waveform import Waveform

logger = logging.getLogger(__name__)

QUERY = (
    "task",
    "branch",
    "split",
    "commercial",
    "licence",
    "words",
    "lang",
    "wording",
    "latents",
)
STEM_PLACES = "stem_places"
SOURCE_AUDIO = "source_audio"
LISTS = {"task", "licence", "lang"}
"""Of them, those with several values, with commas between."""


class AudioEditSource(EntrySource):
    """Pairs of a data set that was packed; the pairs of split ``validation`` are held out.

    Attributes:
        left_out: licence → pairs that were not read because of it.
    """

    config: ClassVar[type[BaseModel]] = AudioEditOptions

    def __init__(self, locator: str, options: BaseModel) -> None:
        """Read the indices of the shards, and the rows' fields.

        Args:
            locator: the data set's folder, or a pattern of shards; a query may follow.
            options: see `AudioEditOptions`; a query counts more.

        Raises:
            ConfigError: for a query that does not fit.
            DataError: if there are no shards, or one is not what its index says, or latents are
                asked for and no codec has those of all shards.
        """
        assert isinstance(options, AudioEditOptions)  # noqa: S101 - open_source validates them
        where, _, query = locator.partition("?")
        options = _with_query(options, query, locator)
        if options.words == "stored" and _drawing(options):
            raise ConfigError(
                f"audioedit:{locator}: {', '.join(_drawing(options))} without words=redraw; "
                "instructions are read as they are stored. Set it, or leave these out."
            )
        shards = find_shards(where, options.split)
        held_out = find_shards(where, "validation") if options.split == "train" else []
        self._redraw = Redraw(options) if options.words == "redraw" else None
        left_out: Counter[str] = Counter()
        entries = [
            *_entries(shards, options, left_out, self._redraw, held_out=False),
            *_entries(held_out, options, left_out, None, held_out=True),
        ]
        self.left_out = dict(sorted(left_out.items()))
        name = f"audioedit:{locator}"
        self._latents = (
            [] if options.latents is None else open_latents(shards, options.latents, name)
        )
        _tell(locator, len(entries), self.left_out)
        self._keep(
            name,
            options,
            entries=entries,
            media=PlacedMedia(),
            digest=_digest([*shards, *held_out], options, self._redraw),
        )

    def row(self, index: int) -> Row:
        """Return row ``index``; its truth's ``stems``, if it has any, opens event and residual.

        Raises:
            DataError: as `EntrySource.row`.
        """
        entry, row = self.entry(index), super().row(index)
        if self._latents:
            row = replace(row, latents={
                latents.codec.key: partial(latents.tensor, entry.id) for latents in self._latents
            })  # fmt: skip
        places = row.fields.get(STEM_PLACES)
        if places is None:
            return row
        loaders = {name: self._loader(entry, SOURCE_AUDIO, place) for name, place in places.items()}
        fields = {name: value for name, value in row.fields.items() if name != STEM_PLACES}
        return replace(row, fields=fields, truth={**row.truth, "stems": partial(_opened, loaders)})

    def row_in_epoch(self, index: int, *, epoch: int, seed: int) -> Row:
        """Return row ``index``, its instruction worded anew with option ``words: redraw``.

        Raises:
            DataError: as `row`.
        """
        row = self.row(index)
        entry = self.entry(index)
        if self._redraw is None or entry.is_held_out:
            return row
        return self._redraw.reworded(row, entry.id, epoch=epoch, seed=seed)

    def latents(self) -> tuple[CodecIdentity, ...]:
        """Return the codecs whose latents rows bring; none where the options ask for none."""
        return tuple(latents.codec for latents in self._latents)

    def held_out(self) -> Self | None:
        """Return the rows that are held out, without latents: they are heard, not learned."""
        sibling = super().held_out()
        if sibling is not None:
            sibling._latents = []
        return sibling

    def _names_audio(self, value: Any) -> bool:
        return isinstance(value, Place)


def _opened(loaders: Mapping[str, LoadAudio]) -> dict[str, Waveform]:
    return {name: load() for name, load in loaders.items()}


def find_shards(where: str, split: str) -> list[Path]:
    """Return the shards of a folder's split, or those that a pattern names.

    Raises:
        DataError: if there are none, unless it is the hold-out.
    """
    folder = Path(where).expanduser()
    if folder.is_dir():
        found = sorted((folder / "shards" / split).glob("*.tar"))
    else:
        named = sorted(Path(name) for name in glob.glob(str(folder)))
        found = named if split != "validation" else []
    if not found and split != "validation":
        raise DataError(
            f"audioedit:{where} has no shards of split '{split}'; expected some below "
            f"{folder / 'shards' / split}. Pack them first: audio-omni audioedit pack {where}."
        )
    return found


def _tell(locator: str, read: int, left_out: Mapping[str, int]) -> None:
    """Log what was left out because of its licence.

    Raises:
        DataError: if that is everything.
    """
    if not left_out:
        return
    told = ", ".join(f"{name} {number}" for name, number in left_out.items())
    if not read:
        raise DataError(
            f"audioedit:{locator}: no pair may be used as asked; their licences are {told}. "
            "Correct 'commercial' or 'licence', or make pairs of other recordings."
        )
    logger.info(
        "audioedit:%s: %d pairs are read, %d are left out for their licence: %s",
        locator, read, sum(left_out.values()), told,
    )  # fmt: skip


def _entries(
    shards: Sequence[Path],
    options: AudioEditOptions,
    left_out: Counter[str],
    redraw: Redraw | None,
    *,
    held_out: bool,
) -> Iterator[Entry]:
    wanted = None if options.task is None else {TASK_NAMES[task] for task in options.task}
    for shard in shards:
        for sample in read_shard_index(shard).samples:
            where = f"{shard.name}, pair {sample['id']}"
            places = {
                name: Place(shard, f"{sample['id']}.{name}", *place)
                for name, place in sample["members"].items()
            }
            row = json.loads(places[FACTS].read(where))
            record = EditRecord.model_validate(row.pop("record"))
            if _is_read(row, record, wanted, options):
                if not allows(record.licence, options.commercial, options.licence):
                    left_out[record.licence.effective] += 1
                    continue
                fields = {
                    **options.fields,
                    **{name: value for name, value in row.items() if value is not None},
                    **heard_at(record),
                    "audio": places[TARGET],
                    "source_audio": places[SOURCE],
                }
                stems = {name: places[member] for name, member in STEMS.items() if member in places}
                if stems:
                    fields[STEM_PLACES] = stems
                id_ = str(fields.pop("id"))
                kept_back = held_out or is_held_out(id_, fields, options)
                if redraw is not None and not kept_back:
                    redraw.keep(id_, record, where)
                yield Entry(where, id_, fields, kept_back)


def _is_read(
    row: Mapping[str, Any],
    record: EditRecord,
    tasks: Collection[str] | None,
    options: AudioEditOptions,
) -> bool:
    """Tell whether a pair is one of those that the options ask for."""
    return (
        (tasks is None or row["task"] in tasks)
        and options.branch in {None, row["branch"]}
        and (options.timed or not says_when(record.instruction))
        and (options.wording is None or _is_worded(record, options.wording))
    )


def _is_worded(record: EditRecord, wording: str) -> bool:
    """Tell whether a pair is worded as training never is (``held_out``), or as it is (``seen``)."""
    return is_unseen(record.instruction) == (wording == "held_out")


def _with_query(options: AudioEditOptions, query: str, locator: str) -> AudioEditOptions:
    if not query:
        return options
    values: dict[str, Any] = {
        name: found[-1] for name, found in parse_qs(query, keep_blank_values=True).items()
    }
    unknown = sorted(set(values) - set(QUERY))
    if unknown:
        raise ConfigError(
            f"audioedit:{locator}: unknown {', '.join(unknown)}; a query has {', '.join(QUERY)}."
        )
    for name in LISTS & values.keys():
        values[name] = values[name].split(",")
    merged = {**options.model_dump(), **values}
    return parse_config(AudioEditOptions, merged, where=f"audioedit:{locator}")


def _digest(shards: Sequence[Path], options: AudioEditOptions, redraw: Redraw | None) -> str:
    """Return a hash of what the shards' indices tell, of the options, and of what may be said.

    By which codec latents are does not count: what rows become is a matter of the model's.
    """
    asked = options.model_dump_json(exclude={"latents", *_unused(options)})
    digest = hashlib.blake2b(asked.encode(), digest_size=16)
    if redraw is not None:
        digest.update(redraw.sha256.encode())
    for shard in shards:
        digest.update(f"{shard.name}:{read_shard_index(shard).sha256}\n".encode())
    if options.latents is not None:
        digest.update(b"latents")
    return digest.hexdigest()


DRAWING = ("lang", "words_files", "words_more")
"""Options that say what is drawn."""


def _drawing(options: AudioEditOptions) -> list[str]:
    """Return those of them that are set."""
    return [name for name in DRAWING if getattr(options, name)]


def _unused(options: AudioEditOptions) -> set[str]:
    """Return options of wordings that change no row: what was encoded without them stays good."""
    drawn = {"words", *DRAWING} if options.words == "stored" else set()
    return drawn if options.wording else drawn | {"wording"}
