"""Writes the scenes and ``expected.json`` by Scaper; run in an environment that has it.

    cd tests/stand_ins && PYTHON -m scaper_scenes.make

with scaper 1.6.5, soxbindings 1.2.3 (or sox 1.4.0 and the program), numpy < 2.
"""

import json
import os
import shutil
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import scaper

from . import FOLDER, told_of, write_sounds

RATE = 16000
BELL, KNOCK, HORN = ("bell", 0.0, 1.2), ("knock", 0.0, 0.3), ("horn", 0.2, 0.6)
PLANS = {  # (label, cut at, seconds), where, SNR
    "quiet": (-30, ("hiss", 0.5), [(BELL, 0.4137, 2.0)]),
    "overlapping": (-25, ("hum", 0.0), [(HORN, 0.25, -2.0), (BELL, 0.6, 3.0), (KNOCK, 1.7, 6.0)]),
    "hot": (-12, ("hiss", 1.0), [(KNOCK, 0.9, 3.0), (HORN, 1.2, 1.0)]),
}


def made(name: str) -> dict[str, object]:
    ref_db, (bed, start), events = PLANS[name]
    scene = scaper.Scaper(2.0, "audio/fg", "audio/bg", random_state=0)
    scene.sr, scene.ref_db, scene.protected_labels = RATE, ref_db, []
    scene.add_background(("const", bed), ("choose", []), ("const", start))
    for (label, cut, seconds), onset, snr in events:
        scene.add_event(
            ("const", label), ("choose", []), ("const", cut), ("const", onset),
            ("const", seconds), ("const", snr), None, None,
        )  # fmt: skip
    mix, _, _, parts = scene.generate(jams_path=f"{name}.jams")
    shutil.copy(f"{name}.jams", FOLDER)
    return {"mix": told_of(mix[:, 0]), "parts": [told_of(part[:, 0]) for part in parts]}


def main() -> None:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        write_sounds(Path(folder))
        os.chdir(folder)  # paths in the scenes are then relative
        found = {name: made(name) for name in PLANS}
    tools = {name: version(name) for name in ("scaper", "soxbindings", "numpy")}
    text = json.dumps({"made_with": tools, "scenes": found}, separators=(",", ":"))
    (FOLDER / "expected.json").write_text(f"{text}\n")


if __name__ == "__main__":
    main()
