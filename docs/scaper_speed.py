"""Compare the making of pairs with Scaper: ``python docs/scaper_speed.py PYTHON [SCENES]``.

PYTHON is that of an environment with Scaper 1.6.5 and soxbindings. The same scenes of the profile
``mini`` are rendered by both, in turns of ten: 10 s, 44.1 kHz, mono, one event, shifted by −3 to 3
semitones, 0.8 to 1.2 times as long, 0 to 3 LU over the background, no low-pass, which Scaper lacks.
Printed are medians of the turns, of processor time, so that a busy machine slows both alike.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import soundfile
from audio_omni.plugins.audioedit.config import Task
from audio_omni.plugins.audioedit.stages.outcomes import Item, Kept
from audio_omni.plugins.audioedit.stages.runner import in_this_process, run_steps
from audio_omni.plugins.audioedit.stages.workshop import Workshop
from audio_omni.plugins.audioedit.synthesis.plan import ScenePlan
from audio_omni.plugins.audioedit.synthesis.stages import RenderStage
from audio_omni.plugins.audioedit.synthesis.unusable import Unusable
from audio_omni.plugins.audioedit.workspace import open_workshop, read_config
from audio_omni.plugins.manager import build_plugin_manager

SCENES, TURN, REF_DB = 240, 10, -25.0
TASKS: tuple[Task, ...] = ("add", "remove", "extract")
SETTINGS = (
    "synthesis.events={1: 1.0}",
    "synthesis.bandwidth_jitter=0",
    f"synthesis.level={{mode: fixed, fixed_lufs: {REF_DB}}}",
)
CATALOG = partial(build_plugin_manager, entry_points=False)


def prepared(root: Path, scenes: int) -> Workshop:
    """Return a data set whose recordings are read and whose scenes are planned."""
    config = read_config("mini", [*SETTINGS, f"synthesis.scenes={scenes}"])
    workshop, job, steps = open_workshop(root, config, CATALOG)
    for name in ("ingredients", "plan_scenes"):
        run_steps(job, workshop, steps, partial(in_this_process, workshop=workshop), only=name)
    return workshop


def as_wav(workshop: Workshop, folder: Path) -> dict[str, dict[str, str]]:
    """Lay the recordings out as Scaper wants them; return label and file of each, by hash."""
    placed = {}
    for item in workshop.table("ingredients"):
        facts = item.data
        path = folder / facts["role"] / facts["label"].replace("/", " ") / f"{facts['sha256']}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        samples, rate = workshop.blobs.samples(facts["sha256"])
        soundfile.write(path, samples, rate, subtype="PCM_24")
        placed[facts["sha256"]] = {"label": path.parent.name, "file": str(path)}
    return placed


def for_scaper(plan: ScenePlan, placed: dict[str, dict[str, str]], folder: Path) -> str:
    """Return a plan as a line for ``scaper_scenes.py``."""
    event, rate = plan.event, 44100
    half = 0.5 / rate  # Scaper cuts times down to whole samples
    scene = {
        "seconds": 10.0,
        "rate": rate,
        "ref_db": REF_DB,
        "foreground": str(folder / "event"),
        "background": str(folder / "background"),
        "bed": {**placed[plan.background_sha256], "start_s": plan.background_start / rate + half},
        "event": {
            **placed[event.sha256],
            "start_s": event.start / rate + half,
            "seconds": event.frames / rate,
            "onset_s": event.onset / rate + half,
            "snr_db": event.snr_db,
            "semitones": event.pitch_semitones,
            "stretch": event.stretch,
        },
    }
    return json.dumps(scene) + "\n"


class Theirs:
    """Scaper, in a process of its own."""

    def __init__(self, python: str) -> None:
        """Start it."""
        script = Path(__file__).with_name("scaper_scenes.py")
        self.process = subprocess.Popen(  # noqa: S603 - the interpreter that was named
            [python, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.versions = self._answer()

    def seconds(self, lines: Sequence[str]) -> tuple[float, float]:
        """Return processor seconds a scene: to render, and with two FLAC files of it."""
        told = []
        for line in lines:
            assert self.process.stdin is not None  # noqa: S101 - it is a pipe
            self.process.stdin.write(line)
            self.process.stdin.flush()
            told.append(self._answer())
        rendered, written = np.mean(told, axis=0)
        return float(rendered), float(written)

    def _answer(self) -> Any:
        assert self.process.stdout is not None  # noqa: S101 - it is a pipe
        return json.loads(self.process.stdout.readline())


def rendering(stage: RenderStage, plans: Sequence[ScenePlan]) -> float:
    """Return processor seconds a scene of ours to render, nothing written."""
    began = time.process_time()
    for plan in plans:
        try:
            stage.renderer.render(plan)
        except Unusable:
            continue
    return (time.process_time() - began) / len(plans)


def whole(
    stage: RenderStage, plans: Sequence[ScenePlan], tasks: tuple[Task, ...]
) -> tuple[float, float]:
    """Return processor seconds of a scene and of a pair of ours: files, hashes and records too."""
    items = [
        Item(
            str(plan.scene), plan.scene, {"plan": {**plan.model_dump(mode="json"), "tasks": tasks}}
        )
        for plan in plans
    ]
    began = time.process_time()
    outcomes = stage.process(items)
    spent = time.process_time() - began
    return spent / len(plans), spent / sum(len(o.items) for o in outcomes if isinstance(o, Kept))


def main(python: str, scenes: int) -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workshop = prepared(folder / "pairs", scenes)
        placed = as_wav(workshop, folder / "wav")
        plans = [ScenePlan.model_validate(i.data["plan"]) for i in workshop.table("plan_scenes")]
        shutil.copytree(workshop.root, folder / "own")
        one = read_config("mini", [*SETTINGS, "synthesis.share_scenes=false"])
        alone = open_workshop(folder / "own", one, CATALOG)[0]
        bare, own, shared = RenderStage(workshop), RenderStage(alone), RenderStage(workshop)
        theirs = Theirs(python)
        sys.stdout.write(f"{theirs.versions}, load {os.getloadavg()[0]:.1f}\n")
        rows: dict[str, list[float]] = {}
        for start in range(0, len(plans), TURN):
            turn = plans[start : start + TURN]
            rendered, written = theirs.seconds(
                [for_scaper(p, placed, folder / "wav") for p in turn]
            )
            pair, _ = whole(own, turn, TASKS[:1])
            together, third = whole(shared, turn, TASKS)
            told = {
                "Scaper, a scene, nothing written": rendered,
                "Scaper, with two FLAC files": written,
                "ours, a scene, nothing written": rendering(bare, turn),
                "ours, a scene for one pair: two FLAC files, record": pair,
                "ours, a scene for three pairs: three FLAC files, records": together,
                "ours, a pair of a scene for three": third,
            }
            for what, seconds in told.items():
                rows.setdefault(what, []).append(seconds)
        turns = {what: seconds[1:] for what, seconds in rows.items()}  # the first one loads things
        base = turns["Scaper, a scene, nothing written"]
        for what, seconds in turns.items():
            ratio = median(b / s for b, s in zip(base, seconds, strict=True))
            cells = (what, *(f"{1e3 * value:.0f}" for value in (median(seconds), min(seconds))))
            sys.stdout.write(f"| {' | '.join(cells)} | {ratio:.2f} |\n")
        sys.stdout.write(f"{len(base)} turns of {TURN} scenes, load {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else SCENES)
