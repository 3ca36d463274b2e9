"""Every registered provider of editing pairs keeps the contract."""

from audio_omni.plugins.testing import EditProviderContract

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
