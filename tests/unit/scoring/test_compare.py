"""Two scores compare where they were measured alike, clip by clip."""

import json

import numpy as np
import pytest
from audio_omni.core.bootstrap import bootstrap_interval
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.evaluation.scoring.compare import compare
from audio_omni.evaluation.scoring.report import read_report

from .conftest import sound, write


@pytest.fixture
def two(sets, measure):
    """A system, and one whose clips are all nearer to the references."""
    import soundfile

    for path in sorted((sets / "ref").rglob("*.wav")):
        target, _ = soundfile.read(path, always_2d=True)
        near = target + sound(20, gain=0.001)
        write(sets / "near" / path.relative_to(sets / "ref"), near)
    metrics = "si_sdr,lsd,band_sets"
    return measure(metrics), measure(metrics, generated=sets / "near")


def test_differences_have_paired_intervals_and_say_who_is_better(two):
    first, second = two
    found = {one.metric: one for one in compare(first, second)}
    for name, better in (("si_sdr", "second"), ("lsd", "second")):
        one = found[name]
        ours, theirs = (np.array(list(r.clips[name].values())) for r in two)
        assert one.difference == first.result(name).value - second.result(name).value
        assert one.interval == bootstrap_interval(ours - theirs)
        assert (one.better, one.first_is_better, one.n) == (better, 0.0, 4)
    assert (found["band_sets"].interval, found["band_sets"].better) == (None, None)
    assert {one.metric: one.better for one in compare(second, first)}["lsd"] == "first"
    assert all(one.better != "first" for one in compare(first, first))


def test_unlike_fingerprints_and_rows_are_refused_with_the_difference(sets, measure, two):
    first, _ = two
    other = measure("lsd", options={"lsd": {"floor_dbfs": -80}})
    with pytest.raises(
        ConfigError,
        match=r"'lsd' were measured differently.*: options.floor_dbfs: -100.0 against -80.0 ",
    ):
        compare(first, other)
    level = measure("lsd", level="peak")
    with pytest.raises(ConfigError, match=r"policies.level: 'as_is' against 'peak'"):
        compare(first, level)
    with pytest.raises(ConfigError, match="candidates: 1 against 4"):
        compare(first, measure("lsd", candidates=4))
    write(sets / "ref" / "clip1.wav", sound(7))
    with pytest.raises(ConfigError, match=r"reference: '\w+' against '\w+'"):
        compare(first, measure("lsd"))
    for side in ("gen", "ref"):
        (sets / side / "clip1.wav").unlink()
    with pytest.raises(ConfigError, match=r"clips: 4 against 3.*rows: '\w+' against '\w+'"):
        compare(first, measure("lsd"))
    with pytest.raises(
        ConfigError, match="in common: si_sdr, lsd, band_sets against band_distance"
    ):
        compare(first, measure("band_distance"))


def test_a_report_comes_back_from_its_file(two, tmp_path):
    path = tmp_path / "score.json"
    path.write_text(json.dumps(two[0].to_dict()))
    assert read_report(path) == two[0] == read_report(tmp_path)
    path.write_text("{}")
    with pytest.raises(DataError, match=r"score.json is not a score of this version"):
        read_report(path)
    path.write_text("nothing")
    with pytest.raises(DataError, match="is not JSON"):
        read_report(path)
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_report(tmp_path / "gone.json")
