"""What rows of edits say of their source and their target is what sounds in them."""

import pytest
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.languages.english import ENGLISH
from audio_omni.plugins.soundworld.source import SoundworldSource

ROWS = 40


def told(text, label):
    """Whether a text names an event, by any of its nouns or clauses."""
    words = ENGLISH.events[label]
    return any(word.lower() in text.lower() for word in (*words.nouns, *words.clauses))


@pytest.mark.parametrize(
    ("locator", "source", "target"),
    [("add", "others", "all"), ("remove", "all", "others"), ("extract", "all", "edited")],
)
def test_captions_name_the_events_that_sound_and_no_other(locator, source, target):
    world = SoundworldSource(locator, SoundworldOptions(rows=ROWS))
    for index in range(ROWS):
        row, plan = world.row(index), world.plan(index)
        labels = [event.label for event in plan.events]
        edited = labels[plan.edited]
        sounding = {"all": set(labels), "edited": {edited}, "others": set(labels) - {edited}}
        for side, which in (("source_caption", source), ("target_caption", target)):
            text = row.fields[side]
            if which != "edited":  # an event alone is told by its noun
                assert {label for label in labels if told(text, label)} == sounding[which]
            assert text[0] == text[0].upper()
        if "edited" in (source, target):
            assert row.fields["target_caption"].lower() == row.fields["description"].lower()
        whole = "source_caption" if source == "all" else "target_caption"
        assert row.fields[whole] == row.fields["caption"]


def test_a_style_pair_names_each_instrument_on_its_side():
    world = SoundworldSource("style_transfer", SoundworldOptions(rows=ROWS))
    for index in range(ROWS):
        fields, melody = world.row(index).fields, world.plan(index).melody
        old, new = (
            ENGLISH.instruments[name] for name in (melody.instrument, melody.other_instrument)
        )
        assert old.name in fields["source_caption"].lower()
        assert new.name in fields["target_caption"].lower()
        assert fields["source_caption"] == fields["caption"] != fields["target_caption"]
