"""Imported scenes as files: every track, and the plan that it was rendered from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ....core.catalog import Catalog
from ....core.errors import DataError
from ..blobs import BlobStore, encode_flac, write_whole
from ..sound.loudness import to_db
from ..stages.workshop import Workshop
from ..synthesis.stages import renderer_of
from ..synthesis.unusable import Unusable
from .importing import import_scene
from .jams import read_scene

PLAN = "plan.json"
FACTS = ("scene", "events", "gain_db", "background_lufs", "event_lufs", "refused")
"""What is told of a scene; ``refused``: why it cannot be rendered well."""


def render_scenes(
    files: Sequence[Path],
    output: Path,
    catalog: Catalog,
    *,
    audio: Path | None = None,
    bits: int = 24,
    warper: str | None = "signalsmith",
) -> Iterator[dict[str, Any]]:
    """Write each scene's tracks and plan into a folder of its name, and yield what came of it.

    Tracks are ``mix.flac``, ``background.flac`` and ``event-0.flac`` …, whose integers add up.

    Args:
        files: JAMS files of Scaper's.
        output: folder.
        catalog: where the warper is looked up.
        audio: folder of the recordings; left out: beside each file, or as it was named.
        bits: of the integer grid, 16 or 24.
        warper: what changes pitch and length.

    Raises:
        DataError: if a file or a recording cannot be used, or two files have one name.
        PluginError: if the warper cannot work here.
        StopRun: if the disk is full.
    """
    names = [path.stem for path in files]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"Two scenes are called {', '.join(twice)}; expected a name for each.")
    for path in files:
        folders = [*([audio] if audio else []), path.parent]
        yield _rendered(path, output, catalog, folders, bits=bits, warper=warper)


def _rendered(
    path: Path,
    output: Path,
    catalog: Catalog,
    folders: Sequence[Path],
    *,
    bits: int,
    warper: str | None,
) -> dict[str, Any]:
    scene = read_scene(path)
    made = import_scene(scene, BlobStore(output), folders, bits=bits, warper=warper)
    workshop = Workshop(output, made.config, catalog)
    renderer = renderer_of(workshop)
    workshop.check_providers()
    facts = {"scene": scene.name, "events": len(made.plan.events)}
    try:
        tracks = renderer.render(made.plan)
    except Unusable as failure:
        return {**dict.fromkeys(FACTS), **facts, "refused": failure.reason}
    folder = output / scene.name
    grids = {"mix": tracks.mixture(), "background": tracks.background}
    grids |= {f"event-{k}": event for k, event in enumerate(tracks.events)}
    for name, grid in grids.items():
        data = encode_flac(grid, made.config.sample_rate_hz, bits)
        write_whole(folder / f"{name}.flac", data)
    write_whole(folder / PLAN, f"{made.plan.model_dump_json(indent=2)}\n".encode())
    return {
        **facts,
        "gain_db": round(to_db(tracks.gain) or 0.0, 2),
        "background_lufs": round(tracks.background_lufs, 2),
        "event_lufs": [round(one, 2) for one in tracks.event_lufs],
        "refused": None,
    }
