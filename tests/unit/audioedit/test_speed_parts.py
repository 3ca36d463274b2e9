"""What tells how fast pairs are made: the stopwatch of parts, the machine's ceiling, the tables."""

import time

import pytest
from audio_omni.plugins.audioedit.ceiling import ceilings, kernels
from audio_omni.plugins.audioedit.providers.signalsmith import SignalsmithWarper
from audio_omni.plugins.audioedit.speed import measure
from audio_omni.plugins.audioedit.speed_report import Run, Speed
from audio_omni.plugins.audioedit.stopwatch import listening, timed
from small_pairs import CATALOG, config


@timed("work")
def work(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return seconds


def test_parts_report_while_one_listens_and_only_then():
    assert work(0.001) == 0.001
    with listening() as spent:
        work(0.02)
        work(0.01)
        with pytest.raises(TypeError):
            work("long")
    work(0.01)
    assert set(spent) == {"work"}
    assert 0.03 <= spent["work"] < 0.04


def test_a_listener_within_another_hears_alone():
    with listening() as outer:
        with listening() as inner:
            work(0.001)
        assert "work" in inner
        assert "work" not in outer


def test_a_ceiling_is_measured_for_each_kernel(tmp_path):
    pytest.importorskip("python_stretch")
    known = kernels(tmp_path, SignalsmithWarper(SignalsmithWarper.config()))
    found = ceilings(known, 2, seconds=0.05, rounds=1)
    assert [ceiling.kernel for ceiling in found] == list(known)
    assert len(known) == 4
    for ceiling in found:
        assert ceiling.scaling == pytest.approx(ceiling.all / ceiling.one)
    assert list(tmp_path.glob("*.bin"))


def test_scaling_is_of_pairs_a_second_and_stands_beside_the_ceilings():
    runs = [Run(1, 10, 30, 0.5, 10.0, 9.0), Run(2, 10, 30, 1.0, 6.0, 9.6)]
    told = Speed({}, runs, {"warp": 4.0, "FLAC": 3.0})
    assert told.scaling == pytest.approx(10 / 6)
    assert [row["waiting"] for row in told.run_rows()] == ["10%", "20%"]
    assert [row["CPU ms/pair"] for row in told.run_rows()] == ["300", "320"]
    assert told.to_dict()["parts"] == pytest.approx({"warp": 400, "FLAC": 300, "all else": 200})
    assert told.part_rows()[0] == {"part": "warp", "CPU ms/scene": "400.0", "share": "44%"}
    assert told.scaling_rows()[0]["times as fast as one"] == "1.67"
    both = runs[0].plus(runs[0])
    assert (both.scenes, both.pairs, both.seconds, both.cpu_seconds) == (20, 60, 20.0, 18.0)


def test_the_same_scenes_are_rendered_by_one_and_by_all():
    told = measure(config(), CATALOG, 2, seconds=0.02, rounds=1)
    one, both = told.runs
    assert (one.processes, both.processes) == (1, 2)
    assert one.scenes == both.scenes == 12 - 2  # the first of each process do not count
    assert one.pairs == both.pairs > one.scenes
    assert min(one.cpu_seconds, both.cpu_seconds) > 0
    assert both.start_seconds > one.start_seconds > 0  # processes start and load things first
    assert {"FLAC", "true peaks", "records"} <= set(told.parts)
    assert sum(told.parts.values()) < one.cpu_seconds
    assert "warper" not in " ".join(ceiling.kernel for ceiling in told.ceilings)


def test_one_process_needs_no_ceiling():
    told = measure(config(), CATALOG, 1)
    assert told.runs[0].scenes == 11
    assert not told.ceilings
