import json
import tarfile

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


class TestWebdataset(SourceContract):
    plugin = "audio_omni.plugins.shards.plugin"
    name = "webdataset"
    options = {"held_out_fraction": 0.5}  # noqa: RUF012 - read only

    @pytest.fixture(autouse=True)
    def _shard(self, tmp_path):
        generator = torch.Generator().manual_seed(0)
        self.path = tmp_path / "train-000000.tar"
        with tarfile.open(self.path, "w") as archive:
            for index in range(12):
                clip = Waveform(0.1 * torch.randn(1, 800, generator=generator), 16000)
                facts = tmp_path / "facts.json"
                facts.write_text(json.dumps({"licence": "CC0-1.0", "caption": f"sound {index}"}))
                save_waveform(clip, tmp_path / "clip.wav")
                archive.add(tmp_path / "clip.wav", f"{index:06d}.wav")
                archive.add(facts, f"{index:06d}.json")

    def open(self):
        return self.implementation(str(self.path), self.config)


class TestHf(SourceContract):
    plugin = "audio_omni.plugins.hf_datasets.plugin"
    name = "hf"
    options = {"held_out_fraction": 0.5, "field_map": {"audio": "sound"}}  # noqa: RUF012 - read only

    @pytest.fixture(autouse=True)
    def _saved(self, tmp_path):
        datasets = pytest.importorskip("datasets")
        generator = torch.Generator().manual_seed(0)
        names = [str(tmp_path / f"{index}.wav") for index in range(12)]
        for name in names:
            save_waveform(Waveform(0.1 * torch.randn(1, 800, generator=generator), 16000), name)
        columns = {"sound": names, "licence": ["CC0-1.0", "CC-BY-4.0"] * 6}
        table = datasets.Dataset.from_dict(columns).cast_column("sound", datasets.Audio())
        table.save_to_disk(str(tmp_path / "set"))
        self.path = tmp_path / "set"

    def open(self):
        return self.implementation(str(self.path), self.config)
