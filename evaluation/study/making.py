"""Make a study: choose items, hide who made what, write the page and its key."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import numpy as np

from ...core.errors import DataError, RequestError
from .clip_folders import REFERENCE, common_ids, find_clips
from .key import OVL, REL, ClipKey, ItemKey, StudyKey, save_key
from .levels import POLICY
from .orders import draw_orders
from .page.render import PageClip, StudyPage, write_page
from .prompts import load_prompts
from .stimuli import Stimulus, build_stimuli

DEFAULT_SAMPLES = 20
MOST_CLIPS = 12
"""Clips of an item that a person can keep apart on one page."""

Placement = Literal["auto", "inside", "beside"]


@dataclass(frozen=True)
class StudyRequest:
    """What to make a study of.

    Attributes:
        systems: folders of clips by the name of their system.
        reference: folder of true recordings, which bring a hidden reference and a low anchor.
        prompts: file of what each id was made from; with it, relevance is asked for.
        raters: how many people will rate.
        samples: items to draw; left out: 20, or all where there are fewer.
        seed: draws items and orders; left out: a fresh one, kept in the key.
        title: what raters read at the top.
        allow_missing: whether to draw from the ids in common where systems lack some.
        audio: clips inside the page, in a folder beside it, or by their size.
    """

    systems: Mapping[str, Path]
    reference: Path | None = None
    prompts: Path | None = None
    raters: int = 20
    samples: int | None = None
    seed: int | None = None
    title: str = "Listening study"
    allow_missing: bool = False
    audio: Placement = "auto"


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
    _check(request, page_path, key_path)
    folders = {name: find_clips(folder) for name, folder in request.systems.items()}
    if request.reference is not None:
        folders[REFERENCE] = find_clips(request.reference)
    ids = common_ids(folders, allow_missing=request.allow_missing)
    seed = secrets.randbelow(2**32) if request.seed is None else request.seed
    rng = np.random.default_rng(seed)
    chosen = [ids[index] for index in rng.permutation(len(ids))[: _count(request, len(ids))]]
    prompts = load_prompts(request.prompts, chosen) if request.prompts else None

    items = {name: clip for name, clip in zip(_names(len(chosen)), chosen, strict=True)}
    clips: dict[str, tuple[ClipKey, bytes]] = {}
    by_item: list[list[str]] = []
    told: list[str] = []
    for done, (item, clip) in enumerate(items.items(), start=1):
        stimuli, notes = build_stimuli({name: files[clip] for name, files in folders.items()})
        told += [f"{clip}: {note}" for note in notes]
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
        scales=(OVL, REL) if prompts else (OVL,),
        systems=tuple(request.systems),
        level_policy=POLICY,
        items={
            name: ItemKey(id=clip, prompt=prompts[clip] if prompts else None)
            for name, clip in items.items()
        },
        clips={name: made for name, (made, _) in sorted(clips.items())},
    )
    page = _page(request.title, key, by_item, clips, rng)
    output.mkdir(parents=True, exist_ok=True)
    write_page(page, page_path, request.audio)
    save_key(key, key_path)
    return MadeStudy(page_path, key_path, key, tuple(told))


def _page(
    title: str,
    key: StudyKey,
    by_item: list[list[str]],
    clips: Mapping[str, tuple[ClipKey, bytes]],
    rng: np.random.Generator,
) -> StudyPage:
    """Return what the page may know: names that mean nothing, prompts, orders."""
    items = list(key.items)
    orders: list[dict[str, list[tuple[str, list[str]]]]] = [{} for _ in range(key.raters)]
    for scale in key.scales:
        drawn = draw_orders(key.raters, len(items), len(by_item[0]), rng)
        for rater, screens in enumerate(drawn):
            orders[rater][scale] = [
                (items[one.item], [by_item[one.item][clip] for clip in one.clips])
                for one in screens
            ]
    return StudyPage(
        study=key.study,
        title=title,
        prompts={name: item.prompt for name, item in key.items.items()},
        clips=[PageClip(name, clips[name][1]) for name in sorted(clips)],
        orders=orders,
    )


def _check(request: StudyRequest, page: Path, key: Path) -> None:
    if request.raters < 1:
        raise RequestError(f"Got {request.raters} raters; expected at least one.")
    if request.samples is not None and request.samples < 1:
        raise RequestError(f"Got {request.samples} samples; expected at least one.")
    hidden = 2 if request.reference is not None else 0
    if len(request.systems) + hidden > MOST_CLIPS:
        raise RequestError(
            f"{len(request.systems)} systems{' and two hidden clips' if hidden else ''} are more "
            f"than the {MOST_CLIPS} clips that a rater can keep apart. Make two studies."
        )
    there = next((path for path in (key, page) if path.exists()), None)
    if there is not None:
        raise RequestError(
            f"{there} exists already; a new key would make ratings of that study unreadable. "
            "Choose another folder."
        )


def _count(request: StudyRequest, available: int) -> int:
    if request.samples is None:
        return min(DEFAULT_SAMPLES, available)
    if request.samples > available:
        raise DataError(
            f"Asked for {request.samples} samples; {available} ids are common to all folders. "
            "Ask for fewer, or generate more."
        )
    return request.samples


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
