"""Recordings as people really have them: broken, empty, oddly named, loud, short, cancelling."""

import json
import shutil

import numpy as np
import soundfile

RATE = 16000


def noise(samples, level=0.2, seed=0):
    made = level * np.random.default_rng(seed).standard_normal(samples)
    return made.clip(-0.99, 0.99).astype(np.float32)


class OddFiles:
    """Writes recordings into a folder, and a manifest of them."""

    def __init__(self, folder):
        self.folder, self.rows = folder, []
        folder.mkdir(parents=True)

    def add(self, name, samples, *, suffix="wav", rate=RATE, row=None, **encoding):
        """Write (N,) or (N, C) samples as file NAME.SUFFIX, and a row for them."""
        soundfile.write(self.folder / f"{name}.{suffix}", samples, rate, **encoding)
        return self.row(name, f"{name}.{suffix}", **(row or {}))

    def row(self, name, audio, **more):
        """Write a row alone."""
        said = {"id": name, "audio": audio, "label": "dog barking", "caption": "a dog barking"}
        self.rows.append({**said, **more})
        return self.folder / (audio or "")

    def cut(self, name, samples, *, suffix, keep):
        """Write a file of which only the first part is there."""
        path = self.add(name, samples, suffix=suffix)
        data = path.read_bytes()
        path.write_bytes(data[: keep if keep > 1 else round(keep * len(data))])

    def renamed(self, name, samples, *, written, called):
        """Write a file whose suffix tells of another format."""
        path = self.folder / f"{name}.{called}"
        soundfile.write(self.folder / f"as-written.{written}", samples, RATE)
        shutil.move(self.folder / f"as-written.{written}", path)
        self.row(name, path.name)

    def source(self):
        """Return the manifest as a source of recordings."""
        path = self.folder / "rows.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in self.rows), encoding="utf-8")
        return [{"uri": f"manifest:{path}"}]
