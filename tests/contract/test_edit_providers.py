"""The built-in providers of editing pairs keep their contracts."""

from typing import ClassVar

import pytest
from audio_omni.plugins.testing import EditProviderContract
from tiny_networks.folders import save_clap

PLUGIN = "audio_omni.plugins.audioedit.plugin"


class TestSignalsmith(EditProviderContract):
    plugin = PLUGIN
    name = "signalsmith"


class TestSox(EditProviderContract):
    plugin = PLUGIN
    name = "sox"
    options: ClassVar = {"program": "sox-of-another-name"}
    other_options: ClassVar = {"program": "sox"}
    cannot_run = "sox is a program of its own, and need not be installed"


class TestDatasetLabeler(EditProviderContract):
    plugin = PLUGIN
    name = "dataset_labeler"
    other_options: ClassVar = {"field": "class"}


class TestTableStyleWords(EditProviderContract):
    plugin = PLUGIN
    name = "table_style_words"
    other_options: ClassVar = {"reach": "family"}


class TestEnergy(EditProviderContract):
    plugin = PLUGIN
    name = "energy"
    other_options: ClassVar = {"window_ms": 100}


class TestClap(EditProviderContract):
    plugin = PLUGIN
    name = "clap"
    other_options: ClassVar = {"batch": 3}

    @pytest.fixture(autouse=True)
    def tiny(self, tmp_path):
        self.options = {"model": str(save_clap(tmp_path / "clap"))}
