"""Runs the toy stages, in this process or in several."""

from collections import Counter
from contextlib import ExitStack
from functools import partial

from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.stages.local import LocalProcesses
from audio_omni.plugins.audioedit.stages.pipeline import stage_keys
from audio_omni.plugins.audioedit.stages.runner import in_this_process, run_steps
from audio_omni.plugins.audioedit.stages.workshop import Job, Workshop
from audio_omni.plugins.manager import build_plugin_manager

from . import STEPS

ITEMS = 23


def config(items=ITEMS, **limits):
    values = {
        "items_per_part": 5,
        "synthesis": {
            "scenes": items,
            "warper": None,
            "pitch_semitones": [0, 0],
            "stretch": [1, 1],
            "foreground": [{"uri": "soundworld:events"}],
            "background": [{"uri": "soundworld:backgrounds"}],
        },
        "limits": {"backoff_s": 0.0, **limits},
    }
    return AudioEditConfig.model_validate(values)


def opened(root, **options):
    chosen = config(**options)
    workshop = Workshop(root, chosen, build_plugin_manager(entry_points=False))
    workshop.keys = stage_keys(STEPS, workshop)
    return workshop, Job(root, chosen, build_plugin_manager, workshop.keys)


def run(root, *, workers=0, only=None, limit=None, **options):
    workshop, job = opened(root, **options)
    with ExitStack() as stack:
        execute = partial(in_this_process, workshop=workshop)
        if workers:
            execute = stack.enter_context(LocalProcesses(workers))
        run_steps(job, workshop, STEPS, execute, only=only, limit=limit)
    return workshop


def files(workshop):
    """Contents of all complete parts; what a run leaves behind."""
    return {
        path.relative_to(workshop.root).as_posix(): path.read_bytes()
        for path in sorted(workshop.root.rglob("part-*.jsonl"))
    }


def seen(orders):
    return Counter((orders / "seen.log").read_text().split())
