"""The built-in providers of editing pairs keep their contracts."""

import sys
from pathlib import Path
from typing import ClassVar

import pytest
from audio_omni.plugins.testing import EditProviderContract
from tiny_networks.folders import save_clap

PLUGIN = "audio_omni.plugins.audioedit.plugin"
FAKE_SAM_AUDIO = Path(__file__).resolve().parents[1] / "stand_ins" / "fake_sam_audio"


class TestSignalsmith(EditProviderContract):
    plugin = PLUGIN
    name = "signalsmith"


class TestSox(EditProviderContract):
    plugin = PLUGIN
    name = "sox"
    other_options: ClassVar = {"program": "sox_ng"}
    cannot_run = "the sox program is not needed by anything else; test_warpers has a small one"


class TestEnergy(EditProviderContract):
    plugin = PLUGIN
    name = "energy"
    other_options: ClassVar = {"window_ms": 100}


class TestClap(EditProviderContract):
    plugin = PLUGIN
    name = "clap"
    other_options: ClassVar = {"batch": 2}

    @pytest.fixture(autouse=True)
    def tiny(self, tmp_path):
        self.options = {"model": str(save_clap(tmp_path / "clap"))}


class TestSamAudio(EditProviderContract):
    plugin = PLUGIN
    name = "sam_audio"
    options: ClassVar = {"python": sys.executable, "device": "cpu", "dtype": "float32"}
    other_options: ClassVar = {"steps": 16}

    @pytest.fixture(autouse=True)
    def fake(self, monkeypatch):
        monkeypatch.setenv("PYTHONPATH", str(FAKE_SAM_AUDIO))


class TestDatasetLabeler(EditProviderContract):
    plugin = PLUGIN
    name = "dataset_labeler"
    other_options: ClassVar = {"field": "class"}


class TestTableStyleWords(EditProviderContract):
    plugin = PLUGIN
    name = "table_style_words"
    other_options: ClassVar = {"reach": "family"}
