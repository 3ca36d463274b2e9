from dataclasses import replace

import numpy as np
import pytest
import torch
from audio_omni.core.data.cut import crop_row, cut_truth
from audio_omni.core.errors import DataError
from audio_omni.core.geometry import Geometry
from audio_omni.core.media.video import VideoClip, sample_frames
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.source import Row
from hypothesis import given
from hypothesis import strategies as st

GEOMETRY = Geometry(sample_rate_hz=8000, channels=1, hop=100, clip_seconds=2.0)
RATE = 16000


def row(seconds=10.0, **truth):
    ramp = torch.arange(round(seconds * RATE), dtype=torch.float32)[None]
    return Row(
        id="r",
        fields={"duration_s": seconds, "description": "a dog"},
        audio=lambda: Waveform(ramp, RATE),
        media={"source_audio": lambda: Waveform(-ramp, RATE)},
        truth=truth,
    )


@pytest.mark.parametrize(
    ("span", "start"),
    [([[4.0, 5.0]], 3.5), ([4.0, 5.0], 3.5), ([[0.0, 0.4]], 0.0), ([[9.5, 10.0]], 8.0)],
    ids=["middle", "one-pair", "at-the-start", "at-the-end"],
)
def test_a_long_row_is_cut_around_its_edited_span(span, start):
    cut = crop_row(row(span=span), GEOMETRY, "span")
    target, source = cut.audio(), cut.media["source_audio"]()
    assert target.samples[0, 0] == start * RATE
    assert target.samples.shape == (1, 2 * RATE)
    assert torch.equal(target.samples, -source.samples)
    assert target.conversions[-1] == f"cropped 10.000 s to {start:.3f} … {start + 2:.3f} s"
    assert cut.fields["duration_s"] == 2.0
    first, last = cut.truth["span"][0]
    begin = span[0][0] if isinstance(span[0], list) else span[0]
    assert first == pytest.approx(begin - start)
    assert 0 <= first < last <= 2.0


def test_a_row_without_a_span_is_cut_at_its_start():
    assert crop_row(row(), GEOMETRY, "span").audio().samples[0, 0] == 0


def test_a_row_that_fits_is_left_alone():
    short = row(1.5, span=[[0.2, 0.4]])
    cut = crop_row(short, GEOMETRY, "span")
    assert cut.fields is short.fields
    assert cut.truth is short.truth
    assert cut.audio().conversions == ()


def test_truth_moves_with_the_cut_and_loses_what_is_not_heard():
    truth = {
        "events": [
            {"label": "dog", "onset_s": 1.0, "length_s": 3.0},
            {"label": "bell", "onset_s": 6.0, "length_s": 1.0},
        ],
        "span": [[1.0, 4.0], [6.0, 7.0]],
        "label": "dog",
        "bpm": 90,
        "stems": lambda: None,
    }
    assert cut_truth(truth, 2.0, 1.5) == {
        "events": [{"label": "dog", "onset_s": 0.0, "length_s": 1.5, "begun": True}],
        "span": [[0.0, 1.5]],
        "label": "dog",
        "bpm": 90,
    }


@given(start=st.floats(0, 9), onset=st.floats(0, 9), length=st.floats(0.01, 3))
def test_only_what_begins_within_a_cut_has_an_onset_in_it(start, onset, length):
    event = {"label": "dog", "onset_s": onset, "length_s": length}
    found = cut_truth({"events": [event]}, start, 2.0)["events"]
    onsets = [e["onset_s"] for e in found if not e.get("begun")]
    assert onsets == ([onset - start] if start <= onset < min(start + 2, onset + length) else [])
    again = cut_truth({"events": found}, 0.0, 2.0)["events"]
    assert [e.get("begun") for e in again] == [e.get("begun") for e in found]


def test_the_rule_error_says_how_to_go_on():
    with pytest.raises(DataError, match=r"Row 'r' lasts 10\.000 s; the model's clips last 2 s"):
        crop_row(row(), GEOMETRY, "error")


def test_speech_is_not_cut_away_from_its_words():
    long = row()
    with pytest.raises(DataError, match=r"'r' lasts 10.000 s.*longest_seconds"):
        crop_row(replace(long, fields={"transcript": "good morning"}), GEOMETRY, "start")


def test_a_video_is_cut_with_its_sound():
    frames = np.arange(250, dtype=np.uint8)[:, None, None, None].repeat(3, axis=3)
    video = VideoClip.of_frames(frames, 25.0)
    long = replace(row(span=[[4.0, 5.0]]), media={"video": lambda: video})
    cut = crop_row(long, GEOMETRY, "span").media["video"]()
    assert (cut.seconds, cut.start_seconds) == (2.0, 3.5)
    shown = sample_frames(cut, fps=25, seconds=cut.seconds, size=None)
    assert shown[:, 0, 0, 0].tolist() == list(range(87, 137))


SPANS = st.tuples(st.floats(0, 9), st.floats(0.01, 9)).map(
    lambda pair: (pair[0], min(10.0, sum(pair)))
)


@given(span=SPANS, seed=st.integers(0, 99))
def test_a_cut_at_an_edit_shows_at_least_half_of_what_it_could(span, seed):
    begin, end = span
    cut = crop_row(row(span=[list(span)]), GEOMETRY, "edit", np.random.default_rng(seed))
    (shown,) = cut.truth["span"]
    assert shown[1] - shown[0] >= min(end - begin, 2.0) / 2 - 2e-3
    target, source = cut.audio(), cut.media["source_audio"]()
    assert torch.equal(target.samples, -source.samples)
    assert target.samples.shape == (1, 2 * RATE)


def test_a_cut_at_an_edit_is_anywhere_around_it_and_at_every_span():
    rng = np.random.default_rng(0)
    one, two = row(span=[[4.0, 5.0]]), row(span=[[0.5, 1.0], [8.0, 8.5]])
    starts, others = (
        [float(crop_row(r, GEOMETRY, "edit", rng).audio().samples[0, 0]) / RATE for _ in range(200)]
        for r in (one, two)
    )
    assert 2.5 <= min(starts) < 2.6
    assert 4.4 < max(starts) <= 4.5
    assert {start < 4 for start in others} == {True, False}


def test_where_no_span_tells_the_place_a_cut_at_an_edit_is_a_random_one():
    edit, random = (
        crop_row(row(), GEOMETRY, rule, np.random.default_rng(3)).audio().samples
        for rule in ("edit", "random")
    )
    assert torch.equal(edit, random)
