"""Make a study: choose items, hide who made what, write the page and its key."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from .clip_folders import REFERENCE, common_ids, find_clips
from .conditions import Condition, load_conditions
from .key import OVL, REL, ClipKey, ItemKey, StudyKey, save_key
from .levels import POLICY
from .orders import draw_orders
from .page.render import PageCondition, PageFile, StudyPage, write_page
from .pictures import silent_video
from .request import StudyRequest, check_request, count_items
from .stimuli import Stimulus, build_source, build_stimuli


@dataclass(frozen=True)
class MadeStudy:
    """A study on disk.

    Attributes:
        page: what raters open; with ``clips`` beside it where that exists.
        key_path: what stays private.
        key: its content.
        told: what a reader of the results should know.
    """

    page: Path
    key_path: Path
    key: StudyKey
    told: tuple[str, ...]


def make_study(
    request: StudyRequest, output: Path, on_item: Callable[[int, int], None] | None = None
) -> MadeStudy:
    """Write ``OUTPUT/page``, which goes to the raters, and ``OUTPUT/key.json``, which does not.

    Args:
        request: what to make it of.
        output: a folder, made if missing.
        on_item: told how many of how many items are ready.

    Raises:
        RequestError: for numbers out of range, or a study that is there already.
        DataError: if folders hold unlike ids, too few, or a prompt is missing.
        MediaError: if a clip cannot be decoded or converted.
        ConfigError: if pyloudnorm is not installed.
    """
    page_path, key_path = output / "page" / "study.html", output / "key.json"
    check_request(request, page_path, key_path)
    folders = {name: find_clips(folder) for name, folder in request.systems.items()}
    if request.reference is not None:
        folders[REFERENCE] = find_clips(request.reference)
    ids = common_ids(folders, allow_missing=request.allow_missing)
    seed = secrets.randbelow(2**32) if request.seed is None else request.seed
    rng = np.random.default_rng(seed)
    chosen = [ids[index] for index in rng.permutation(len(ids))[: count_items(request, len(ids))]]
    conditions = load_conditions(request.prompts, chosen) if request.prompts else {}

    items = {name: clip for name, clip in zip(_names(len(chosen)), chosen, strict=True)}
    built = _Built()
    for done, (item, clip) in enumerate(items.items(), start=1):
        files = {name: clips[clip] for name, clips in folders.items()}
        built.add(item, clip, files, conditions.get(clip, Condition(None)))
        if on_item is not None:
            on_item(done, len(items))
    key = StudyKey(
        study=secrets.token_hex(4),
        version=_version(),
        seed=seed,
        raters=request.raters,
        scales=(OVL, REL) if conditions else (OVL,),
        systems=tuple(request.systems),
        level_policy=POLICY,
        items={name: _item(clip, conditions.get(clip)) for name, clip in items.items()},
        clips={name: made for name, (made, _) in sorted(built.clips.items())},
    )
    orders = _orders(key, built.by_item, rng)
    page = StudyPage(key.study, request.title, built.shown, built.files(), orders)
    output.mkdir(parents=True, exist_ok=True)
    write_page(page, page_path, request.audio)
    save_key(key, key_path)
    return MadeStudy(page_path, key_path, key, tuple(built.told))


@dataclass
class _Built:
    """What has been made of items so far.

    Attributes:
        clips: name in the page → what the key says of a clip, and its file.
        by_item: names of the clips of each item.
        shown: item → what its clips are to agree with.
        told: what a reader of the results should know.
    """

    clips: dict[str, tuple[ClipKey, bytes]] = field(default_factory=dict)
    by_item: list[list[str]] = field(default_factory=list)
    shown: dict[str, PageCondition] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def add(self, item: str, clip: str, files: Mapping[str, Path], condition: Condition) -> None:
        """Build the clips of an item, which are called ``clip`` in the systems' folders."""
        stimuli, notes = build_stimuli(files)
        self.shown[item], more = _condition(condition)
        self.told += [f"{clip}: {note}" for note in (*notes, *more)]
        names = _names(len(stimuli), taken=self.clips)
        self.by_item.append(names)
        self.clips |= {n: (_key(item, s), s.data) for n, s in zip(names, stimuli, strict=True)}

    def files(self) -> list[PageFile]:
        """Return the clips as files of the page, sorted by name."""
        return [PageFile(name, self.clips[name][1], "flac") for name in sorted(self.clips)]


def _orders(
    key: StudyKey, by_item: list[list[str]], rng: np.random.Generator
) -> list[dict[str, list[tuple[str, list[str]]]]]:
    """Return for each rater and scale the items with their clips, each scale drawn anew."""
    items = list(key.items)
    orders: list[dict[str, list[tuple[str, list[str]]]]] = [{} for _ in range(key.raters)]
    for scale in key.scales:
        drawn = draw_orders(key.raters, len(items), len(by_item[0]), rng)
        for rater, screens in enumerate(drawn):
            orders[rater][scale] = [
                (items[one.item], [by_item[one.item][clip] for clip in one.clips])
                for one in screens
            ]
    return orders


def _condition(condition: Condition) -> tuple[PageCondition, list[str]]:
    """Return what the page shows of what an item was made from, and what was noted."""
    source, video = None, None
    notes: list[str] = []
    if condition.source is not None:
        data, notes = build_source(condition.source)
        source = PageFile(secrets.token_hex(5), data, "flac")
    if condition.video is not None:
        video = PageFile(secrets.token_hex(5), *silent_video(condition.video))
    return PageCondition(condition.text, source, video), notes


def _item(clip: str, condition: Condition | None) -> ItemKey:
    if condition is None:
        return ItemKey(id=clip)
    return ItemKey(
        id=clip,
        prompt=condition.text,
        source_audio=None if condition.source is None else str(condition.source),
        video=None if condition.video is None else str(condition.video),
    )


def _names(count: int, taken: Mapping[str, object] | None = None) -> list[str]:
    """Return names that come from no seed, so that nobody can draw them again."""
    found: set[str] = set()
    while len(found) < count:
        name = secrets.token_hex(5)
        if name not in found and name not in (taken or {}):
            found.add(name)
    return list(found)


def _key(item: str, stimulus: Stimulus) -> ClipKey:
    return ClipKey(
        item=item,
        role=stimulus.role,
        source=stimulus.source,
        sha256=stimulus.sha256,
        seconds=stimulus.seconds,
        level=stimulus.level,
        conversions=stimulus.conversions,
    )


def _version() -> str:
    try:
        return version("audio-omni")
    except PackageNotFoundError:
        return "not installed"
