"""The parts of a score's page."""

import math
import re

import pytest
from audio_omni.evaluation.scoring.extremes import LONGEST_SECONDS, Extremes
from audio_omni.evaluation.scoring.histogram import histogram, quartiles
from audio_omni.evaluation.scoring.preparing import Prepared, PreparedRow, Steps

from .conftest import sound, write


def bars(svg):
    """The counts of the wide chart's bars."""
    return [int(n) for n in re.findall(r"<title>(\d+) clips from", svg.split("</svg>")[0])]


def test_every_finite_value_is_in_a_bar_and_the_mean_has_its_interval():
    values = [0.1 * i for i in range(50)] + [math.inf, math.nan]
    svg = histogram(values, unit="dB", mean=2.45, interval=(2.0, 2.9))
    assert sum(bars(svg)) == 50
    assert 5 <= len(bars(svg)) <= 40
    assert "mean 2.45" in svg
    assert 'class="band"' in svg
    assert "value (dB)" in svg


def test_equal_values_have_one_bar_and_one_value_has_none():
    assert bars(histogram([3.0, 3.0, 3.0], unit="", mean=3.0, interval=None)) == [3]
    assert "Too few clips" in histogram([3.0], unit="", mean=3.0, interval=None)


def test_quartiles_are_of_finite_values():
    found = dict(quartiles([1.0, 2.0, 3.0, math.nan]))
    assert (found["least"], found["median"], found["greatest"]) == (1.0, 2.0, 3.0)
    assert quartiles([math.nan]) == []


@pytest.mark.parametrize(("direction", "worst"), [("higher", "a"), ("lower", "e")])
def test_the_worst_come_first(direction, worst):
    values = dict(zip("abcde", range(5), strict=True))
    bad, good = Extremes({}, {}).chosen(values, direction)
    assert (bad[0], len(bad), len(good)) == (worst, 3, 2)
    assert not set(bad) & set(good)


def test_a_clip_is_shown_once_cut_and_with_its_words_escaped(tmp_path):
    path = write(tmp_path / "long.wav", sound(0, seconds=LONGEST_SECONDS + 5))
    row = PreparedRow("<b>", Prepared("<b>", path, "k", Steps(), 1.0), None, {"caption": "a <dog>"})
    extremes = Extremes({"<b>": row}, {})
    (clip,) = extremes.waveforms(["<b>"])
    assert clip.seconds == LONGEST_SECONDS
    first, second = (extremes.html(["<b>"], {"lsd": {"<b>": 1.5}}) for _ in range(2))
    assert first.count("<audio") == 1
    assert "a &lt;dog&gt;" in first
    assert "<b>" not in first
    assert second.count("<audio") == 0
    assert 'href="#row-1"' in second
