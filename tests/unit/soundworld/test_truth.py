import pytest
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.metrics.event_heard import prompted_labels
from audio_omni.plugins.demo.listener import labels_of
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.instruments import INSTRUMENT_LABELS
from audio_omni.plugins.soundworld.source import SoundworldSource
from audio_omni.plugins.soundworld.vocabulary import EVENT_LABELS

SCENES = ("add", "extract", "music", "remove", "sounds", "style_transfer")
SILENCE = Waveform(torch.zeros(1, 160), 16000)
EDITS = ("add", "remove", "extract")


def rows(locator, count=60):
    source = SoundworldSource(locator, SoundworldOptions())
    return [(source.plan(i), source.row(i)) for i in range(count)]


def asked(row):
    return prompted_labels("event_heard", Measured(generated=SILENCE, truth=row.truth))[0]


@pytest.mark.parametrize("locator", SCENES)
def test_a_metric_and_a_listener_read_the_truth(locator):
    known = set(EVENT_LABELS) | set(INSTRUMENT_LABELS)
    for _, row in rows(locator):
        assert asked(row)
        assert asked(row) | set(labels_of(row)) <= known


def test_a_scene_asks_for_all_of_its_events():
    for plan, row in rows("sounds"):
        labels = {event.label for event in plan.events}
        assert asked(row) == set(labels_of(row)) == labels


@pytest.mark.parametrize("locator", ["music", "style_transfer"])
def test_a_melody_asks_for_the_instrument_of_the_target(locator):
    for plan, row in rows(locator):
        heard = plan.melody.other_instrument or plan.melody.instrument
        assert row.truth["label"] == heard
        assert asked(row) == set(labels_of(row)) == {heard}


@pytest.mark.parametrize("locator", EDITS)
def test_an_edit_is_about_its_event_and_listens_to_its_target(locator):
    for plan, row in rows(locator):
        edited = plan.events[plan.edited]
        labels = {event.label for event in plan.events}
        assert row.truth["label"] == edited.label
        assert asked(row) == {edited.label}
        expected = {"add": labels, "remove": labels - {edited.label}, "extract": {edited.label}}
        assert set(labels_of(row)) == expected[locator]
        before = {event["label"] for event in row.truth["source_events"]}
        assert before == (labels - {edited.label} if locator == "add" else labels)
        start, end = row.truth["span"][0]
        assert (start * plan.rate, end * plan.rate) == pytest.approx(
            (edited.onset, edited.onset + edited.length)
        )
