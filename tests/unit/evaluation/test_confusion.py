import io

import numpy as np
import pytest
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.confusion import CELL, GAP, confusion_of
from audio_omni.evaluation.metrics.event_heard import EventHeard, MoodHeard
from PIL import Image

LABELS = ("bell", "clap", "drum")


def test_right_guesses_are_on_the_diagonal():
    found = confusion_of(LABELS, [({"bell"}, ["bell"]), ({"clap", "drum"}, ["drum", "clap"])])
    assert np.array_equal(found.counts, np.eye(3))


def test_what_is_missed_goes_to_what_was_heard_instead():
    found = confusion_of(
        LABELS, [({"bell"}, ["drum"]), ({"bell"}, ["bell", "clap"]), ({"bell"}, ["clap", "drum"])]
    )
    assert found.counts[0] == pytest.approx([1.0, 0.5, 1.5])
    assert found.shares[0] == pytest.approx([1 / 3, 1 / 6, 1 / 2])
    assert np.array_equal(found.shares[1:], np.zeros((2, 3)))


def test_the_picture_is_dark_where_the_share_is_high():
    found = confusion_of(LABELS, [({"bell"}, ["bell"]), ({"clap"}, ["drum"])])
    picture = np.asarray(Image.open(io.BytesIO(found.png())).convert("L"), dtype=float)
    size = 3 * CELL
    cells = picture[-size - GAP : -GAP, -size - GAP : -GAP].reshape(3, CELL, 3, CELL)
    shade = cells.mean(axis=(1, 3))
    dark = np.array([[True, False, False], [False, False, True], [False, False, False]])
    assert (shade[dark] < 140).all()
    assert (shade[~dark] > 240).all()


class Ear:
    """Hears a level as a label."""

    labels, digest = LABELS, "ear"

    def predict(self, waveform):
        level = float(waveform.samples.abs().max())
        return {label: -abs(level - 0.1 * i) for i, label in enumerate(LABELS)}


def test_a_metric_tells_what_it_confuses():
    def clip(heard, **truth):
        samples = torch.full((1, 8), 0.1 * LABELS.index(heard))
        return Measured(Waveform(samples, 16000), truth=truth)

    metric = EventHeard(classifier=Ear())
    found = metric.confusion([clip("bell", label="bell"), clip("drum", label="bell")])
    assert found.labels == LABELS
    assert found.counts[0].tolist() == [1.0, 0.0, 1.0]
    moods = MoodHeard(classifier=Ear()).confusion([clip("drum", label="bell", mood="clap")])
    assert moods.counts[1].tolist() == [0.0, 0.0, 1.0]
