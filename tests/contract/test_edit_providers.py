"""The built-in providers of editing pairs keep their contracts."""

from typing import ClassVar

from audio_omni.plugins.testing import EditProviderContract

PLUGIN = "audio_omni.plugins.audioedit.plugin"


class TestSignalsmith(EditProviderContract):
    plugin = PLUGIN
    name = "signalsmith"


class TestSox(EditProviderContract):
    plugin = PLUGIN
    name = "sox"
    options = {"program": "sox-of-another-name"}  # noqa: RUF012


class TestDatasetLabeler(EditProviderContract):
    plugin = PLUGIN
    name = "dataset_labeler"
    other_options: ClassVar = {"field": "class"}


class TestTableStyleWords(EditProviderContract):
    plugin = PLUGIN
    name = "table_style_words"
    other_options: ClassVar = {"reach": "family"}
