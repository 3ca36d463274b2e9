"""Scenes of which every stem is known, with a fault in each that can be asked for."""

import json
from functools import partial

import numpy as np
import pytest
import soundfile
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.real.steps import real_steps
from audio_omni.plugins.audioedit.stages.pipeline import stage_keys
from audio_omni.plugins.audioedit.stages.runner import in_this_process, run_steps
from audio_omni.plugins.audioedit.stages.workshop import Job, Workshop
from audio_omni.plugins.manager import build_plugin_manager
from real_parts.sounds import noise_in

RATE, SECONDS = 32000, 3.0
LEVELS = {"dog barking": 0.1, "rain falling": 0.03, "car horn honking": 0.02}


def open_catalog():
    return build_plugin_manager(extra_modules=("real_parts.plugin",), entry_points=False)


@pytest.fixture(scope="session")
def catalog():
    return open_catalog()


class Scenes:
    """Writes scenes as wave files, their stems and labels beside, and a manifest."""

    def __init__(self, folder):
        self.folder, self.rows = folder, []
        folder.mkdir()

    def add(self, name, labels=("dog barking",), *, change=None, rate=RATE, row=None, **truth):
        """Mix a burst of each label over rain; ``change`` makes a fault of the samples (C, N)."""
        samples = round(SECONDS * rate)
        stems = {"rain falling": LEVELS["rain falling"] * noise_in("rain falling", samples, rate)}
        for k, label in enumerate(truth.pop("sounding", labels)):
            seed = len(self.rows)
            gate = np.zeros(samples, np.float32)
            start = round((0.4 + 0.9 * k) * rate)
            gate[start : start + round(0.8 * rate)] = 1
            level = LEVELS.get(label, 0.08)
            stems[label] = (level * gate * noise_in(label, samples, rate, seed)).astype(np.float32)
        mixture = np.sum(list(stems.values()), axis=0)[None].astype(np.float32)
        if change is not None:
            mixture = change(mixture)
        soundfile.write(self.folder / f"{name}.wav", mixture.T, rate, subtype="FLOAT")
        np.savez(self.folder / f"{name}.npz", **stems)
        said = {"labels": list(labels), "rate": rate, **truth}
        (self.folder / f"{name}.json").write_text(json.dumps(said))
        plain = {"id": name, "name": name, "audio": f"{name}.wav", "caption": "a scene",
                 "licence": "CC0-1.0"}  # fmt: skip
        self.rows.append({**plain, **(row or {})})
        return self

    def manifest(self):
        path = self.folder / "manifest.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in self.rows), encoding="utf-8")
        return f"manifest:{path}"

    def config(self, **real):
        known = {"folder": str(self.folder)}
        values = {
            "scenes": [{"uri": self.manifest()}],
            "labeler": {"name": "stub", "options": known},
            "separator": {"name": "oracle", "options": known},
            "scorer": {"name": "hash"},
            "clips": {"least_seconds": 0.95 * SECONDS},
            "semantic": {"keep_fraction": 1.0},
            **real,
        }
        return AudioEditConfig(
            sample_rate_hz=RATE, clip_seconds=SECONDS, items_per_part=64,
            limits={"backoff_s": 0.0, "min_free_bytes": 0}, real=values,
        )  # fmt: skip


@pytest.fixture
def scenes(tmp_path):
    return Scenes(tmp_path / "scenes")


class Ran:
    """What came of a run: workshop, steps, and every stage's lines by item."""

    def __init__(self, workshop, steps):
        self.workshop, self.steps = workshop, steps

    def lines(self, stage):
        from audio_omni.plugins.audioedit.stages.parts import parts_in

        parts = parts_in(self.workshop.folder(stage))
        return {line.id: line for part in parts for line in part.lines()}

    def verdicts(self, stage):
        """Id (without the data set's name) → reason, or ``"kept"``."""
        return {
            id_.removeprefix("scenes:"): line.reason or line.outcome
            for id_, line in self.lines(stage).items()
        }

    def records(self):
        from audio_omni.plugins.audioedit.packing.collect import finished

        return finished(self.workshop, self.steps)


@pytest.fixture
def run(tmp_path, catalog):
    def _run(config, *, name="made", limit=None):
        root = tmp_path / name
        steps = real_steps(config)
        workshop = Workshop(root, config, catalog)
        workshop.keys = stage_keys(steps, workshop)
        workshop.check_providers()
        job = Job(root, config, open_catalog, workshop.keys)
        execute = partial(in_this_process, workshop=workshop)
        run_steps(job, workshop, steps, execute, limit=limit)
        return Ran(workshop, steps)

    return _run
