"""Scenes of which every stem is known, with a fault in each that can be asked for."""

import json

import numpy as np
import soundfile
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.manager import build_plugin_manager

from .sounds import noise_in

RATE, SECONDS = 32000, 3.0
LEVELS = {"dog barking": 0.1, "rain falling": 0.03, "car horn honking": 0.02}


def open_catalog():
    return build_plugin_manager(extra_modules=("real_parts.plugin",), entry_points=False)


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
