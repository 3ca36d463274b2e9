"""Render scenes by Scaper as they come on standard input; a part of ``docs/scaper_speed.py``.

Runs in an environment that has Scaper, and needs nothing else. A line is a scene as JSON; the
answer is a line too: processor seconds of the rendering, and of rendering and two FLAC files.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np

if not hasattr(np, "Inf"):
    np.Inf = np.inf  # Scaper 1.6.5 asks for a name that numpy 2 no longer has

import scaper
import soundfile


def processor_seconds() -> float:
    """Return what this process and those that it ran have used."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def rendered(scene: dict[str, Any]) -> tuple[Any, list[Any]]:
    """Return the soundscape and its parts."""
    maker = scaper.Scaper(scene["seconds"], scene["foreground"], scene["background"])
    maker.sr, maker.ref_db, maker.protected_labels = scene["rate"], scene["ref_db"], []
    bed, event = scene["bed"], scene["event"]
    maker.add_background(
        label=("const", bed["label"]),
        source_file=("const", bed["file"]),
        source_time=("const", bed["start_s"]),
    )
    maker.add_event(
        label=("const", event["label"]),
        source_file=("const", event["file"]),
        source_time=("const", event["start_s"]),
        event_time=("const", event["onset_s"]),
        event_duration=("const", event["seconds"]),
        snr=("const", event["snr_db"]),
        pitch_shift=("const", event["semitones"]),
        time_stretch=("const", event["stretch"]),
    )
    soundscape, _, _, parts = maker.generate(fix_clipping=True)
    return soundscape, parts


def main() -> None:
    """Answer until standard input ends."""
    warnings.simplefilter("ignore")  # Scaper warns of every event that it moves
    names = ("scaper", "soxbindings", "numpy")
    sys.stdout.write(json.dumps({name: version(name) for name in names}) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        scene = json.loads(line)
        began = processor_seconds()
        soundscape, parts = rendered(scene)
        mixed = processor_seconds()
        for track in (soundscape, parts[0]):  # with the event, and without it
            soundfile.write(io.BytesIO(), track, scene["rate"], format="FLAC", subtype="PCM_24")
        written = processor_seconds()
        sys.stdout.write(json.dumps([mixed - began, written - began]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
