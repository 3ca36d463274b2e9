"""Make a study: choose items, hide who made what, write the page and its key."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    clips: dict[str, tuple[ClipKey, bytes]] = {}
    by_item: list[list[str]] = []
    shown: dict[str, PageCondition] = {}
    told: list[str] = []
    for done, (item, clip) in enumerate(items.items(), start=1):
        stimuli, notes = build_stimuli({name: files[clip] for name, files in folders.items()})
        condition, more = _condition(conditions.get(clip, Condition(None)))
        shown[item] = condition
        told += [f"{clip}: {note}" for note in (*notes, *more)]
        names = _names(len(stimuli), taken=clips)
        by_item.append(names)
        clips |= {n: (_key(item, s), s.data) for n, s in zip(names, stimuli, strict=True)}
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
        clips={name: made for name, (made, _) in sorted(clips.items())},
    )
    files = [PageFile(name, clips[name][1], "flac") for name in sorted(clips)]
    orders = _orders(key, by_item, rng)
    page = StudyPage(key.study, request.title, shown, files, orders)
    output.mkdir(parents=True, exist_ok=True)
    write_page(page, page_path, request.audio)
    save_key(key, key_path)
    return MadeStudy(page_path, key_path, key, tuple(told))


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
