"""What a score costs is measured on rendered clips, in processes of their own."""

import json
import re
from dataclasses import replace

import pytest
from audio_omni.core.cli.main import main
from audio_omni.evaluation.performance.metrics_command import print_metrics
from audio_omni.evaluation.performance.metrics_report import MetricsReport, ScoreCost
from audio_omni.evaluation.performance.statistics import measure_statistics

SMALL = ("--metric", "si_sdr,lsd", "--clips", "9", "--seconds", "1", "--sample-rate", "8000")
FEW = ("--vectors", "300", "--width", "64")


@pytest.mark.slow
def test_bench_metrics_tells_times_memory_and_that_values_are_equal(capfd):
    with pytest.raises(SystemExit) as ended:
        main(["bench", "metrics", *SMALL, *FEW, "--json"])
    said = capfd.readouterr()
    assert ended.value.code in (0, None), said.err
    report = json.loads(said.out)
    assert report["is_equal"] is True
    names = [cost["what"] for cost in report["costs"]]
    assert names == ["one process", "again, all known", "2 processes"]
    first, again, _ = report["costs"]
    assert report["known_share"] == pytest.approx(again["seconds"] / first["seconds"])
    together = report["costs"][2]["cpu_seconds"] / first["cpu_seconds"]
    assert report["cpu_ratio"] == pytest.approx(together)
    assert first["computed"] > 0
    assert again["computed"] == 0  # what makes it quick, whatever else the machine does
    assert all(100 < cost["peak_memory_bytes"] / 2**20 < 4096 for cost in report["costs"])
    assert all(cost["cpu_seconds"] > 0 for cost in report["costs"])
    assert (report["statistics"]["vectors"], report["statistics"]["width"]) == (300, 64)
    assert report["statistics"]["gather_seconds"] > 0
    assert re.search("rendered 9 of 9 clips", said.err)


def test_the_statistics_are_printed_and_can_be_left_out(capsys):
    costs = [ScoreCost(what, 2.0, 1.5, 4.5, 2**20, 9) for what in ("one", "again", "two")]
    report = MetricsReport(
        metrics=("fad",),
        clips=9,
        clip_seconds=1.0,
        sample_rate_hz=8000,
        costs=costs,
        known_share=0.03,
        speedup=1.8,
        cpu_ratio=1.05,
        is_equal=True,
        statistics=measure_statistics(300, 64),
    )
    print_metrics(report)
    assert "two sets of 300 vectors of 64: gathered in" in capsys.readouterr().out
    print_metrics(replace(report, statistics=None))
    said = capsys.readouterr().out
    assert "two sets" not in said
    assert "speed-up 1.80 for 1.05 times the processor time, values equal" in said
