import json

import pytest
import torch
from audio_omni import Waveform
from audio_omni.core.media.audio import save_waveform
from audio_omni.plugins.testing import SourceContract


class TestManifest(SourceContract):
    plugin = "audio_omni.plugins.engine.plugin"
    name = "manifest"
    options = {"held_out_fraction": 0.5}  # noqa: RUF012 - read only

    @pytest.fixture(autouse=True)
    def _manifest(self, tmp_path):
        generator = torch.Generator().manual_seed(0)
        lines = []
        for index in range(12):
            clip = Waveform(0.1 * torch.randn(1, 800, generator=generator), 16000)
            save_waveform(clip, tmp_path / f"{index}.wav")
            row = {"id": f"clip-{index}", "audio": f"{index}.wav", "caption": f"sound {index}"}
            lines.append(json.dumps({**row, "licence": ("CC0-1.0", "CC-BY-4.0")[index % 2]}))
        self.path = tmp_path / "rows.jsonl"
        self.path.write_text("\n".join(lines) + "\n")

    def open(self):
        return self.implementation(str(self.path), self.config)
