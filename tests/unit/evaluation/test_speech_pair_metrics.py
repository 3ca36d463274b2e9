"""Metrics of pairs of voices: how long, which words, and whether the rest was left alone."""

from dataclasses import replace

import pytest
import torch
from audio_omni import Heard, Measured, RequestError, Waveform, build_metric
from audio_omni.core.errors import ConfigError, UndefinedError
from audio_omni.core.media.sounding import sounding_span
from audio_omni.evaluation.metrics.edited_words import Change, changed_words
from audio_omni.plugins.manager import build_plugin_manager

RATE = 8000


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(extra_modules=("band_embedder",), entry_points=False)


def sound(seconds, before=0.0, behind=0.0, floor=0.0):
    """A tone with quiet around it."""
    parts = [torch.zeros(round(before * RATE)), torch.zeros(round(behind * RATE))]
    tone = 0.3 * torch.sin(torch.arange(round(seconds * RATE)) * 0.5)
    samples = torch.cat([parts[0], tone, parts[1]])
    noise = floor * torch.randn(samples.shape, generator=torch.Generator().manual_seed(0))
    return Waveform((samples + noise)[None], RATE)


def test_what_sounds_is_found_between_noise():
    assert sounding_span(sound(0.5, 0.2, 0.3)) == pytest.approx((0.2, 0.7))
    assert sounding_span(sound(0.5, 0.2, 0.3, floor=0.001)) == pytest.approx((0.2, 0.7))
    assert sounding_span(sound(0.5, 0.2, 0.3, floor=0.01)) == pytest.approx((0.0, 1.0))
    assert sounding_span(sound(0.5, 0.2, 0.3, floor=0.01), 20.0) == pytest.approx((0.2, 0.7))
    assert sounding_span(Waveform(torch.zeros(2, RATE), RATE)) is None
    assert sounding_span(Waveform(torch.ones(1, 3), RATE)) is None


def durations(host, clips, **options):
    metric = build_metric("duration_ratio", host, options)
    for number, clip in enumerate(clips):
        metric.update(replace(clip, id=f"row {number}"))
    return metric.compute()


def test_twice_and_half_as_long_are_equally_wrong(host):
    reference = sound(0.4, 0.1, 0.5)
    clips = [Measured(sound(0.8), reference), Measured(sound(0.2, 0.3), reference)]
    result = durations(host, clips)
    assert result.value == pytest.approx(2.0)
    assert result.details["mean_ratio"] == pytest.approx(1.25)
    assert result.details["share_close"] == 0.0
    assert durations(host, [Measured(reference, reference)]).value == 1.0


def test_silence_around_a_clip_counts_only_if_asked(host):
    clip = Measured(sound(0.4, 0.4), sound(0.4))
    assert durations(host, [clip]).value == pytest.approx(1.0)
    assert durations(host, [clip], of="clip").value == pytest.approx(2.0)


def test_a_length_may_be_told_in_a_field(host):
    clip = Measured(sound(0.6), sound(5.0), fields={"speech_s": 0.5})
    assert durations(host, [clip], seconds_from="speech_s").value == pytest.approx(1.2)
    for told in (None, "long", True, 0.0, -1):
        with pytest.raises(RequestError, match="speech_s"):
            durations(host, [replace(clip, fields={"speech_s": told})], seconds_from="speech_s")


def test_silence_has_no_length(host):
    metric = build_metric("duration_ratio", host)
    with pytest.raises(UndefinedError, match="without sound"):
        metric.update(Measured(Waveform(torch.zeros(1, RATE), RATE), sound(0.5)))
    assert metric.values == metric.ratios == []


def edited(made=None, **fields):
    """A recording of one second, whose part 0.25 … 0.5 s became 0.5 s long."""
    source = torch.arange(RATE, dtype=torch.float32)[None] / RATE
    new = torch.cat([source[:, :2000], torch.full((1, 4000), 0.5), source[:, 4000:]], dim=1)
    part = {"start_seconds": 0.25, "end_seconds": 0.5, "new_seconds": 0.5, **fields}
    generated = Waveform(new if made is None else made(new), RATE)
    return Measured(generated, Waveform(source, RATE), fields=part, id="row")


def outside(host, clip, **options):
    return build_metric("outside_equal", host, options).score(clip)


def nudged(place):
    def made(samples):
        samples = samples.clone()
        samples[0, place] = torch.nextafter(samples[0, place], torch.tensor(2.0))
        return samples

    return made


def test_one_last_bit_outside_the_part_is_seen_and_none_inside(host):
    assert outside(host, edited()) == 1.0
    assert outside(host, edited(nudged(3000))) == 1.0
    assert outside(host, edited(nudged(1999))) == 0.0
    assert outside(host, edited(nudged(6000))) == 0.0
    assert outside(host, edited(nudged(6000)), of="samples") == pytest.approx(1 - 1 / 6000)


def test_a_clip_that_ends_early_is_not_equal_and_more_behind_it_does_not_matter(host):
    assert outside(host, edited(lambda samples: samples[:, :-1])) == 0.0
    assert outside(host, edited(lambda samples: samples[:, :-60]), of="samples") == 0.99
    longer = edited(lambda samples: torch.nn.functional.pad(samples, (0, 5)))
    assert outside(host, longer) == 1.0


@pytest.mark.parametrize(
    ("clip", "told"),
    [
        (replace(edited(), reference=None), "no reference"),
        (replace(edited(), reference=Waveform(torch.zeros(1, RATE), 2 * RATE)), "model's rate"),
        (replace(edited(), reference=Waveform(torch.zeros(2, RATE), RATE)), "in 2; expected"),
        (edited(start_seconds=None), "start_seconds = None"),
        (edited(new_seconds="long"), "new_seconds = 'long'"),
        (edited(start_seconds=0.6), "part from 0.6 to 0.5 s"),
        (edited(end_seconds=1.5), "to 1.5 s"),
        (edited(start_seconds=0.0, end_seconds=1.0), "leaves something outside"),
    ],
)
def test_what_is_not_comparable_is_refused(host, clip, told):
    with pytest.raises(RequestError, match=told):
        outside(host, clip)


OLD, NEW = "the brave dog sleeps", "the quiet dog sleeps"


def words(host, heard, old=OLD, new=NEW):
    metric = build_metric("edited_words_error_rate", host, {"embedder": {"name": "loud_or_soft"}})
    fields = {"transcript": new, "source_transcript": old}
    return metric.score_heard(Heard(id="row", generated={"text": heard}, fields=fields))


@pytest.mark.parametrize(
    ("heard", "rate"),
    [
        ("The quiet dog sleeps!", 0.0),
        ("the quiet cat weeps", 0.0),  # wrong elsewhere
        ("a loud the quiet dog sleeps", 0.0),  # more elsewhere
        ("the brave dog sleeps", 1.0),
        ("the dog sleeps", 1.0),
        ("the quiet brave dog sleeps", 1.0),  # the old word beside the new one
        ("the quiet so very big dog sleeps", 1.0),  # no more than all wrong
        ("", 1.0),
    ],
)
def test_only_the_words_of_the_edit_count(host, heard, rate):
    assert words(host, heard) == rate


@pytest.mark.parametrize(
    ("heard", "rate"),
    [("the dog sleeps", 0.0), (OLD, 1.0), ("the big dog sleeps", 1.0), ("the dog weeps", 0.0)],
)
def test_a_word_that_was_to_go_must_not_be_heard(host, heard, rate):
    assert words(host, heard, new="the dog sleeps") == rate


def test_a_word_that_was_put_in_must_be_heard(host):
    new = "the very brave dog sleeps"
    assert words(host, new, new=new) == 0.0
    assert words(host, OLD, new=new) == 1.0
    assert words(host, "two are the wrong very brave dog sleeps", new=new) == 1.0


def test_of_several_places_each_counts_its_words(host):
    new = "a brave dog often sleeps"
    assert changed_words(OLD.split(), new.split()) == [Change(0, 1, 1), Change(3, 4, 0)]
    assert words(host, "the brave dog often sleeps", new=new) == 0.5


def test_rows_without_an_edit_or_its_texts_are_told_apart(host):
    with pytest.raises(UndefinedError, match="do not differ"):
        words(host, OLD, new="The brave, dog sleeps")
    with pytest.raises(RequestError, match="source_transcript"):
        words(host, OLD, old=None)
    with pytest.raises(RequestError, match="'transcript'"):
        words(host, OLD, new=None)


def test_references_are_judged_by_what_they_say(host):
    metric = build_metric("reference_word_error_rate", host, {"embedder": {"name": "loud_or_soft"}})
    asked = {"transcript": "other words entirely"}
    heard = Heard("row", None, {"text": "a loud voice"}, fields=asked)
    assert metric.score_heard(heard) == 1.0
    own = {**asked, "reference_transcript": "A loud voice."}
    assert metric.score_heard(replace(heard, fields=own)) == 0.0


def test_a_network_that_writes_nothing_is_refused(host):
    metric = build_metric("edited_words_error_rate", host, {"embedder": {"name": "bands"}})
    row = Measured(sound(0.5), fields={"transcript": NEW, "source_transcript": OLD}, id="row")
    with pytest.raises(ConfigError, match="gives 'text'"):
        metric.update(row)
