"""The numbers of the runner: when it stops, how long it waits, when processes and locks are new."""

import hashlib
import os
import threading
import time

import numpy as np
import pytest
from audio_omni.plugins.audioedit.config import LimitsConfig
from audio_omni.plugins.audioedit.seeds import stream
from audio_omni.plugins.audioedit.stages import local, locks, tally, work
from audio_omni.plugins.audioedit.stages.lines import Line
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from audio_omni.plugins.audioedit.stages.tally import Tally
from toy_stages.running import files, run


def test_the_numbers_of_the_design():
    assert (local.RECYCLE_AFTER, locks.STALE_SECONDS, tally.FEW, work.DEATHS) == (2000, 600, 500, 3)
    limits = LimitsConfig()
    assert (limits.max_attempts, limits.fail_rate_stop) == (3, 0.05)
    assert locks.REFRESH_SECONDS < locks.STALE_SECONDS / 10


@pytest.mark.parametrize(
    ("failed", "items", "stops"),
    [(499, 499, False), (25, 500, False), (26, 500, True), (50, 1000, False)],
)
def test_failures_stop_a_stage_from_500_items_on_and_above_their_share(failed, items, stops):
    counts = Tally("toy", items, fail_rate_stop=0.05)
    lines = [Line(str(k), "kept") for k in range(items - failed)]
    lines += [Line(str(k), "failed") for k in range(failed)]
    for line in lines[:-1]:
        counts.add(line)
    if stops:
        with pytest.raises(StopRun, match=rf"{failed} of {items} items failed"):
            counts.add(lines[-1])
    else:
        counts.add(lines[-1])
    assert counts.done == items


def test_an_item_that_fails_waits_twice_as_long_each_time_with_jitter(
    tmp_path, orders, monkeypatch
):
    waits = []
    monkeypatch.setattr(work.time, "sleep", waits.append)
    (orders / "fail-count-00000003").touch()
    run(tmp_path / "set", backoff_s=8.0, max_attempts=4)
    for k, wait in enumerate(waits):
        assert 0.5 * 8 * 2**k <= wait <= 1.5 * 8 * 2**k
    assert len(waits) == 3
    assert len({wait / 2**k for k, wait in enumerate(waits)}) == 3  # no two the same


def test_a_process_is_replaced_after_so_many_outcomes_and_the_bytes_stay(
    tmp_path, orders, monkeypatch
):
    alone = files(run(tmp_path / "alone"))
    pids = orders / "pids.log"
    pids.unlink()
    monkeypatch.setattr(local, "RECYCLE_AFTER", 8)
    recycled = files(run(tmp_path / "crew", workers=1, only="count"))
    told = pids.read_text().split()
    runs = [told.count(pid) for pid in dict.fromkeys(told)]
    assert runs == [10, 10, 3]  # parts are of 5 items, and a part is never shared
    assert recycled.items() <= alone.items()


def test_a_lock_that_is_held_is_kept_young(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "REFRESH_SECONDS", 0.02)
    path = tmp_path / "part.lock"
    with locks.held(path) as mine:
        assert mine
        old = time.time() - locks.STALE_SECONDS - 60
        os.utime(path, (old, old))
        deadline = time.monotonic() + 20
        while path.stat().st_mtime < old + 1 and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        assert time.time() - path.stat().st_mtime < locks.STALE_SECONDS
        with locks.held(path) as other:
            assert not other


def test_streams_are_a_function_of_their_texts_alone():
    digest = hashlib.sha256(b"audioedit/1/synth/plan_scenes-00000003/scene").digest()[:16]
    seed = int.from_bytes(digest, "little")
    wanted = np.random.Generator(np.random.PCG64(seed)).random(4)
    found = stream("audioedit/1", "synth", "plan_scenes-00000003", "scene")
    np.testing.assert_array_equal(found.random(4), wanted)
    other = stream("audioedit/1", "synth", "plan_scenes-00000003", "words")
    assert not np.array_equal(other.random(4), wanted)
