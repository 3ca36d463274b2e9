"""A labeller that hears nothing: it believes the class that a data set gives.

The honest choice where no model is at hand, and the only one that costs nothing.
"""

from __future__ import annotations

from pydantic import Field

from ....core.config import Config
from ..records import normal_text
from ..words.spoken import is_speech
from .contract import Clip, HeardSource, Labeler, Labels, Refusal
from .phrasing import phrase_of


class DatasetLabelerConfig(Config):
    """Where a row says what it is."""

    field: str = Field(default="label", description="Field of the row with its class.")
    caption_field: str = Field(
        default="caption", description="Field with a sentence on the scene, if the row has one."
    )
    first_of_commas: bool = Field(
        default=True,
        description="Whether only what stands before a comma is the sound: VGGSound names some "
        "classes twice, as in 'bird chirping, tweeting'.",
    )


class DatasetLabeler(Labeler):
    """Makes the row's own class the one source of a clip."""

    config = DatasetLabelerConfig
    licence = (
        "Code: Apache-2.0. Labels: those of the data set, for VGGSound CC BY 4.0, "
        "https://www.robots.ox.ac.uk/~vgg/data/vggsound/"
    )
    version = 2
    options: DatasetLabelerConfig

    def label(self, clip: Clip) -> Labels | Refusal:
        """Return the class as the only source; a refusal if the row has none."""
        found = clip.facts.get(self.options.field)
        text = found if isinstance(found, str) else ""
        if self.options.first_of_commas:
            text = text.partition(",")[0]
        phrase = phrase_of(text)
        if phrase is None:
            return Refusal("no_label", f"Field '{self.options.field}' holds {found!r}.")
        caption = clip.facts.get(self.options.caption_field)
        scene = normal_text(caption) if isinstance(caption, str) else ""
        source = HeardSource(**phrase.model_dump(), prominence="dominant")
        speaks = clip.facts.get("has_speech") is True or is_speech(text)
        return Labels(scene=scene[:200], has_speech=speaks, sources=(source,))
