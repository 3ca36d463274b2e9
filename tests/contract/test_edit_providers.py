"""Every registered provider of editing pairs keeps the contract."""

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
    options = {"program": "sox-of-another-name"}  # noqa: RUF012


class TestEnergy(EditProviderContract):
    plugin = PLUGIN
    name = "energy"


class TestClap(EditProviderContract):
    plugin = PLUGIN
    name = "clap"

    @pytest.fixture(autouse=True)
    def tiny(self, tmp_path):
        self.options = {"model": str(save_clap(tmp_path / "clap"))}
