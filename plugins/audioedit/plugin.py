"""Registers the factory of editing pairs: its command, its source and its providers."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import EditProviderSpec
from .providers.dataset_labeler import DatasetLabelerConfig
from .providers.gemini.config import GeminiLabelerConfig, GeminiStyleWordsConfig
from .providers.table_style_words import TableStyleWordsConfig

_PROVIDERS = f"{__name__.rpartition('.')[0]}.providers"


@hookimpl
def register_edit_providers() -> list[EditProviderSpec]:
    """Return what ships with audio-omni, sorted by kind."""
    return [
        EditProviderSpec(
            name="dataset_labeler",
            summary="The class that a data set gives, as the only source; hears nothing.",
            factory=f"{_PROVIDERS}.dataset_labeler:DatasetLabeler",
            config=DatasetLabelerConfig,
            provides="labeler",
        ),
        EditProviderSpec(
            name="gemini_labeler",
            summary="Google's Gemini names the sounds of a clip; needs a key, and costs money.",
            factory=f"{_PROVIDERS}.gemini.labeler:GeminiLabeler",
            config=GeminiLabelerConfig,
            provides="labeler",
        ),
        EditProviderSpec(
            name="gemini_style_words",
            summary="Google's Gemini suggests sounds in a sound's place; needs a key.",
            factory=f"{_PROVIDERS}.gemini.style_words:GeminiStyleWords",
            config=GeminiStyleWordsConfig,
            provides="style_writer",
        ),
        EditProviderSpec(
            name="table_style_words",
            summary="Sounds of the same group of a table that anyone can read and change.",
            factory=f"{_PROVIDERS}.table_style_words:TableStyleWords",
            config=TableStyleWordsConfig,
            provides="style_writer",
        ),
    ]
