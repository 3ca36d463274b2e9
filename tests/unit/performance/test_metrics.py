"""What a score costs is measured on rendered clips, in processes of their own."""

import json
import re

import pytest
from audio_omni.core.cli.main import main

SMALL = ("--metric", "si_sdr,lsd", "--clips", "9", "--seconds", "1", "--sample-rate", "8000")


@pytest.mark.slow
def test_bench_metrics_tells_times_memory_and_that_values_are_equal(capfd):
    with pytest.raises(SystemExit) as ended:
        main(["bench", "metrics", *SMALL, "--json"])
    said = capfd.readouterr()
    assert ended.value.code in (0, None), said.err
    report = json.loads(said.out)
    assert report["is_equal"] is True
    names = [cost["what"] for cost in report["costs"]]
    assert names == ["one process", "again, all known", "2 processes"]
    first, again, _ = report["costs"]
    assert report["known_share"] == pytest.approx(again["seconds"] / first["seconds"])
    assert first["computed"] > 0
    assert again["computed"] == 0  # what makes it quick, whatever else the machine does
    assert all(100 < cost["peak_memory_bytes"] / 2**20 < 4096 for cost in report["costs"])
    assert re.search("rendered 9 of 9 clips", said.err)
