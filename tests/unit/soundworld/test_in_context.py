import numpy as np
import pytest
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.instruments import INSTRUMENT_LABELS
from audio_omni.plugins.soundworld.melody import tempo_word
from audio_omni.plugins.soundworld.source import SoundworldSource

ROWS = 60


@pytest.fixture(scope="module")
def rows():
    source = SoundworldSource("in_context", SoundworldOptions())
    return [(source.plan(i), source.row(i)) for i in range(ROWS)]


def test_both_clips_have_one_instrument_and_two_melodies(rows):
    for plan, row in rows:
        heard, wanted = plan.reference.melody, plan.wanted.melody
        assert heard.instrument == wanted.instrument == row.truth["label"]
        assert heard.notes != wanted.notes
        assert plan.reference.background == plan.wanted.background
    assert {row.truth["label"] for _, row in rows} == set(INSTRUMENT_LABELS)


def test_an_order_tells_tempo_and_mode_and_never_the_instrument(rows):
    for _, row in rows:
        order = row.fields["instruction"].lower()
        assert not any(name in order for name in INSTRUMENT_LABELS)
        assert tempo_word(row.truth["bpm"]) in order
        assert row.truth["mode"] in order
        assert row.truth["label"] in row.fields["caption"].lower()


def test_the_reference_is_the_first_melody_and_the_target_the_second(rows):
    music = SoundworldSource("music", SoundworldOptions()).kind
    for plan, row in rows[:6]:
        reference, target = row.media["audio"]().samples[0], row.audio().samples[0]
        assert np.array_equal(reference.numpy(), music.render(plan.reference).target)
        assert np.array_equal(target.numpy(), music.render(plan.wanted).target)
        assert [note["midi"] for note in row.truth["notes"]] == [
            note.midi for note in plan.wanted.melody.notes
        ]


def test_held_out_rows_are_another_stream():
    source = SoundworldSource("in_context", SoundworldOptions())
    assert source.plan(3) != source.held_out().plan(3)
