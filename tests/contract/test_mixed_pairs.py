import json

import numpy as np
import pytest
import soundfile
from audio_omni.plugins.testing import SourceContract

RATE = 8000


class TestMixed(SourceContract):
    plugin = "audio_omni.plugins.mixed_pairs.plugin"
    name = "mixed"
    options = {"clip_seconds": 1.0, "sample_rate_hz": RATE, "rows": 20}  # noqa: RUF012 - read only

    @pytest.fixture(autouse=True)
    def _recordings(self, tmp_path):
        t = np.arange(2 * RATE) / RATE
        for i in range(4):
            tone = 0.2 * np.sin(2 * np.pi * 200 * (i + 1) * t)
            soundfile.write(tmp_path / f"{i}.flac", tone, RATE)
        rows = [
            {"id": f"r{i}", "path": f"{i}.flac", "label": f"tone {i}", "duration_s": 2.0}
            for i in range(4)
        ]
        self.manifest = tmp_path / "manifest.jsonl"
        self.manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def open(self):
        pools = {"events": [str(self.manifest)], "backgrounds": [str(self.manifest)]}
        return self.implementation("remove", self.config.model_copy(update=pools))
