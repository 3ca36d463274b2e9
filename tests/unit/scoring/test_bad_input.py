"""What does not fit is refused, in words that say what to do."""

import numpy as np
import pytest
import soundfile
from audio_omni.core.errors import (
    ConfigError,
    DataError,
    MediaError,
    RequestError,
    UnknownNameError,
)
from audio_omni.evaluation.scoring.markdown import markdown
from audio_omni.evaluation.scoring.measures import parse_options, split_names

from .conftest import sound, table, write


def test_unequal_sets_are_listed(sets, measure):
    (sets / "ref" / "clip1.wav").unlink()
    write(sets / "ref" / "lone.wav", sound(5))
    said = r"3 ids are in both, 1 generated clips have no reference \('clip1'\), 1 ref.*'lone'"
    with pytest.raises(DataError, match=said):
        measure("lsd")
    report = measure("lsd", allow_missing=True)
    assert report.result("lsd").n == 3
    assert report.pairing["without_reference"] == ["clip1"]


def test_no_common_id(sets, measure):
    for path in list((sets / "ref").rglob("*.wav")):
        path.rename(path.with_name(f"target_{path.name}"))
    with pytest.raises(DataError, match=r"No id is in both sets: 4 generated .*'clip1'.*--pairs"):
        measure("lsd", allow_missing=True)


def test_unlike_durations(sets, measure):
    write(sets / "gen" / "clip1.wav", sound(1, seconds=1.5))
    with pytest.raises(
        RequestError, match=r"1 of 4 .*'clip1' \(1.500 against 1.000 s\).*--durations"
    ):
        measure("lsd")
    assert measure("lsd", durations="shorter").applied == {"cut": 1}


def test_unlike_rates(sets, measure):
    write(sets / "gen" / "clip1.wav", sound(1, rate=16000), 16000)
    with pytest.raises(RequestError, match=r"'clip1' \(16000 against 8000 Hz\).*--sample-rate"):
        measure("lsd")
    assert measure("lsd", sample_rate_hz=8000).applied == {"resampled": 1}
    assert measure("band_distance").result("band_distance").n == 4  # a network has its own rate


def test_stereo_among_mono_is_mixed_and_said(sets, measure):
    write(sets / "gen" / "clip1.wav", sound(1, channels=2))
    report = measure("lsd")
    assert report.applied == {"mixed to mono": 1}
    assert "1 (3 clips), 2 (1 clips) channels of 4 generated clips." in report.notes


def test_a_silent_reference_is_counted_by_the_metric_that_has_no_value_for_it(sets, measure):
    write(sets / "ref" / "clip1.wav", np.zeros((8000, 1)))
    report = measure("si_sdr,lsd")
    found = report.result("si_sdr")
    assert (found.n, report.result("lsd").n) == (3, 4)
    assert (found.undefined, found.flags) == ({"the reference is silent": 1}, ("rows_undefined",))
    assert found.value == pytest.approx(np.mean([*report.clips["si_sdr"].values()]))
    assert report.undefined == {"si_sdr": {"clip1": "the reference is silent"}}
    assert report.left_out == {}
    assert "'si_sdr' has no value for 1 of 4 rows: the reference is silent (1). They are" in (
        " ".join(report.notes)
    )
    again = measure("si_sdr,lsd")  # from the cache
    assert again.made["computed"] == 0
    assert again.result("si_sdr") == found
    assert measure("si_sdr", processes=2, cache="other").result("si_sdr") == found


def test_a_metric_without_a_value_for_any_row_says_why(sets, measure):
    for path in (sets / "ref").rglob("*.wav"):
        write(path, np.zeros((8000, 1)))
    report = measure("si_sdr,lsd")
    assert [result.name for result in report.results] == ["lsd"]
    assert "no value for any row: the reference is silent (4 rows)" in report.refused["si_sdr"]


def test_a_row_that_lacks_what_a_metric_needs_is_refused_or_left_out(sets, measure):
    rows = [{"id": name, "span": [[0.2, 0.4]]} for name in ("clip1", "clip3", "part/clip0")]
    spans = table(sets / "spans.jsonl", [*rows, {"id": "part/clip2", "caption": "x"}])
    said = r"'lsd_inside' refuses 1 of 4 rows. 'part/clip2': .*truth\['span'\].*--skip-unmeas"
    with pytest.raises(RequestError, match=said):
        measure("lsd_inside", captions=spans)
    report = measure("lsd_inside", captions=spans, skip_unmeasurable=True)
    assert report.result("lsd_inside").n == 3
    assert report.result("lsd_inside").flags == ("rows_left_out",)
    assert list(report.left_out["lsd_inside"]) == ["part/clip2"]


def test_an_edit_that_fills_its_clip_has_nothing_outside_and_does_not_end_a_score(sets, measure):
    spans = {"clip1": [0.0, 1.5], "clip3": [0.2, 0.4], "part/clip0": [0.2, 0.4],
             "part/clip2": [0.2, 0.4]}  # fmt: skip
    told = table(sets / "s.jsonl", [{"id": i, "span": [span]} for i, span in spans.items()])
    outside = ("log_mel_distance_outside", "lsd_outside", "si_sdr_outside")
    report = measure(",".join(outside), captions=told)
    for name in outside:
        assert report.result(name).n == 3
        assert report.undefined[name].keys() == {"clip1"}
        assert "outside the edited spans" in report.undefined[name]["clip1"]
    page = markdown(report)
    assert "| log_mel_distance_outside |" in page
    assert "| 3 (1 without value) |" in page


@pytest.mark.parametrize("together", [False, True])
def test_a_clip_that_a_network_cannot_hear(sets, measure, monkeypatch, together):
    """Alone, and among others of a batch, as on a GPU."""
    monkeypatch.setattr("audio_omni.evaluation.scoring.batch._is_on_gpu", lambda _: together)
    for side in ("gen", "ref"):
        write(sets / side / "clip1.wav", sound(1, seconds=0.1))
    with pytest.raises(RequestError, match=r"'band_distance' refuses 1 of 4 .*'clip1': bands: exp"):
        measure("band_distance")
    assert measure("band_distance", skip_unmeasurable=True).result("band_distance").n == 3


def test_an_embedding_that_is_no_number_is_refused_with_its_row(sets, measure, monkeypatch):
    from band_embedder.parts import Bands

    spoiled, _ = soundfile.read(sets / "gen" / "clip1.wav", dtype="float32")
    inner = Bands._bands

    def bands(self, samples):
        is_it = samples.shape == spoiled.shape and np.array_equal(samples.numpy(), spoiled)
        return inner(self, samples) * (np.nan if is_it else 1.0)

    monkeypatch.setattr(Bands, "_bands", bands)
    use = {"options": {"fad": {"embedder": {"name": "bands"}}}}
    with pytest.raises(RequestError, match=r"'fad' refuses 1 of 8 rows. 'clip1': .*not finite"):
        measure("fad", **use)
    report = measure("fad", skip_unmeasurable=True, **use)
    assert (report.result("fad").n, list(report.left_out["fad"])) == (3, ["clip1"])
    assert "rows_left_out" in report.result("fad").flags


def test_one_clip_has_no_interval_and_a_set_of_one_has_no_value(tmp_path, measure):
    for side in ("gen", "ref"):
        write(tmp_path / side / "only.wav", sound(1))
    report = measure("lsd,band_sets")
    assert (report.result("lsd").interval, report.result("lsd").flags) == (None, ("one_clip",))
    assert "expected two or more" in report.refused["band_sets"]
    assert report.result("band_sets") is None


def test_empty_and_missing_folders(sets, measure):
    (sets / "empty").mkdir()
    (sets / "empty" / "notes.txt").write_text("x")
    with pytest.raises(DataError, match=r"empty holds no reference clip \(1 other files\)"):
        measure("lsd", reference=sets / "empty")
    with pytest.raises(DataError, match=r"There is nothing at .*gone; expected a folder"):
        measure("lsd", generated=sets / "gone")


def test_two_files_of_one_id(sets, measure):
    (sets / "gen" / "clip1.ogg").write_bytes(b"x")
    with pytest.raises(DataError, match=r"Two generated clips have the id 'clip1'.*clip1.ogg"):
        measure("lsd")


def test_no_such_metric(sets, measure):
    with pytest.raises(UnknownNameError, match=r"'lds'.*Did you mean 'lsd'"):
        measure("lds")
    with pytest.raises(RequestError, match="'exact_match' measures answers of a model, not clips"):
        measure("exact_match")
    with pytest.raises(UnknownNameError, match="No metric is named; expected --metric"):
        split_names([" ,"])


def test_references_that_are_missing(sets, measure):
    with pytest.raises(RequestError, match=r"lsd, band_sets: .*expected --reference DIR \(without"):
        measure("lsd,band_sets,band_caption", reference=None)


def test_captions_that_are_missing(sets, measure):
    captions = table(sets / "captions.jsonl", [{"id": "clip1", "caption": "a dog"}])
    with pytest.raises(RequestError, match=r"reads field 'caption' of each clip, and 3 of 4 "):
        measure("band_caption", captions=captions)
    with pytest.raises(DataError, match="has no id of a clip: it has 'x'"):
        measure("band_caption", captions=table(captions, [{"id": "x", "caption": "a"}]))


def test_samples_that_are_no_numbers_and_files_that_are_no_audio(sets, measure):
    broken = sound(1)
    broken[100] = np.nan
    write(sets / "gen" / "clip1.wav", broken)
    (sets / "ref" / "clip3.wav").write_text("not audio")
    said = r"2 files cannot be read. .*clip1.wav has a sample that is not finite.*clip3.wav"
    with pytest.raises(MediaError, match=said):
        measure("lsd")
    report = measure("lsd,band_sets", skip_unreadable=True)
    assert report.result("lsd").n == 2
    assert list(report.sets["generated"].unreadable) == ["clip1"]
    assert list(report.sets["reference"].unreadable) == ["clip3"]
    assert report.result("band_sets").n == 3


def test_tables_that_are_broken(sets, measure):
    for text, said in [
        ("generated,ref\nclip1,clip1\n", "line 2: got fields generated, ref; expected"),
        ("generated,reference\nclip9,clip1\n", "no generated clip 'clip9' in .*'clip1'"),
        ("generated,reference\nclip1,clip1\nclip1,clip3\n", "line 3: the id 'clip1' was used"),
        ("generated,reference\n", "names no pair"),
        ("generated,reference\na,b,c\n", "line 2: more cells than the header"),
    ]:
        (sets / "pairs.csv").write_text(text)
        with pytest.raises(DataError, match=said):
            measure("lsd", pairs=sets / "pairs.csv")
    with pytest.raises(DataError, match="expected 'id', and 'path'"):
        measure("lsd", generated=table(sets / "a.jsonl", [{"id": "x", "file": "y"}]))
    (sets / "a.txt").write_text("x")
    with pytest.raises(DataError, match=r"a.txt is neither a folder nor a table; expected a name"):
        measure("lsd", generated=sets / "a.txt")


def test_options_that_do_not_fit(sets, measure):
    with pytest.raises(ConfigError, match=r"--option lsd=3: expected METRIC.KEY=VALUE"):
        parse_options(["lsd=3"])
    assert parse_options(["a.b.c=1", "a.d=[x]"]) == {"a": {"b": {"c": 1}, "d": ["x"]}}
    with pytest.raises(ConfigError, match=r"for metric 'lds', which is not measured. Did you"):
        measure("lsd", options={"lds": {"floor_dbfs": -80}})
    with pytest.raises(ConfigError, match=r"Options of metric 'lsd': unknown field 'flor_dbfs'"):
        measure("lsd", options={"lsd": {"flor_dbfs": -80}})
