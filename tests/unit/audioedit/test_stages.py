"""Parts survive whatever ends a process: nothing is lost, done twice or half there."""

import errno
import json
import os
import random
import threading
from pathlib import Path

import pytest
from audio_omni.core.errors import DataError, WriteError
from audio_omni.plugins.audioedit.funnel import funnel
from audio_omni.plugins.audioedit.stages import locks
from audio_omni.plugins.audioedit.stages.lines import dump, line_of, load
from audio_omni.plugins.audioedit.stages.locks import STALE_SECONDS, held
from audio_omni.plugins.audioedit.stages.outcomes import Item, Kept
from audio_omni.plugins.audioedit.stages.parts import Part, parts_in
from audio_omni.plugins.audioedit.stages.pipeline import stage_keys
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from toy_stages import STEPS
from toy_stages.running import ITEMS, files, opened, run, seen


def squares(workshop):
    return {
        item.id: item.data["square"]
        for part in parts_in(workshop.folder("square"))
        for item in part.kept()
    }


def test_every_item_has_one_outcome_and_the_funnel_adds_up(tmp_path, orders):
    workshop = run(tmp_path / "set")
    first, second = (line.to_dict() for line in funnel(workshop, STEPS))
    assert first["in"] == ITEMS == first["kept"] + sum(first["rejected"].values())
    assert first["rejected"] == {"fifth": 4}
    assert second["in"] == first["made"] == 2 * first["kept"]
    assert len(squares(workshop)) == 38
    assert squares(workshop)["count-00000007b"] == 49


def test_the_funnel_tells_how_fast_a_stage_is_and_what_is_left(tmp_path, orders):
    run(tmp_path / "set", only="count")
    first, second = funnel(opened(tmp_path / "set")[0], STEPS)
    assert (first.waiting, first.left_s) == (None, None)
    assert first.finished == ITEMS
    first.seconds = 2.0
    assert first.per_second == ITEMS / 2
    assert (second.waiting, second.per_second, second.left_s) == (first.made, None, None)
    second.finished, second.seconds = 10, 4.0
    assert second.to_dict()["process_seconds_left"] == round(first.made / 2.5)
    done = run(tmp_path / "set")
    assert [line.waiting for line in funnel(done, STEPS)] == [None, 0]


def test_a_second_run_does_nothing(tmp_path, orders):
    before = files(run(tmp_path / "set"))
    assert files(run(tmp_path / "set")) == before
    assert set(seen(orders).values()) == {1}


@pytest.mark.parametrize("workers", [1, 3])
def test_processes_leave_the_same_bytes(tmp_path, orders, workers):
    alone = files(run(tmp_path / "alone"))
    assert files(run(tmp_path / "crew", workers=workers)) == alone


def test_processes_have_one_thread_each_and_load_no_torch_by_themselves(
    tmp_path, orders, monkeypatch
):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (orders / "tell-count-00000003").touch()
    run(tmp_path / "set", workers=1)
    assert (orders / "told").read_text() == "1 False"
    assert "OMP_NUM_THREADS" not in os.environ


def test_a_limit_and_then_the_rest_is_the_same_as_all_at_once(tmp_path, orders):
    whole = files(run(tmp_path / "whole"))
    limited = run(tmp_path / "parts", limit=7)
    assert len(squares(limited)) == 12  # 0 … 6 without 4, twice
    run(tmp_path / "parts", limit=11)
    assert files(run(tmp_path / "parts")) == whole


def test_an_item_that_breaks_fails_alone_and_is_tried_again_later(tmp_path, orders):
    whole = files(run(tmp_path / "whole"))
    (orders / "seen.log").unlink()
    (orders / "break-count-00000008").touch()
    workshop = run(tmp_path / "set")
    counts = funnel(workshop, STEPS)[0]
    assert (counts.failed, counts.retryable) == (1, 1)
    assert seen(orders)["count-00000008"] == 3  # max_attempts
    line = next(
        x for p in parts_in(workshop.folder("count")) for x in p.lines() if x.reason == "error"
    )
    assert line.detail == "RuntimeError: broken on purpose"
    (orders / "break-count-00000008").unlink()
    assert files(run(tmp_path / "set")) == whole
    assert seen(orders)["count-00000007"] == 1


def test_an_item_that_kills_its_process_is_set_aside_after_three_deaths(tmp_path, orders):
    (orders / "kill-count-00000011").touch()
    workshop = run(tmp_path / "set", workers=2)
    counts = funnel(workshop, STEPS)[0]
    assert counts.came_in == ITEMS
    assert (counts.failed, counts.retryable) == (1, 0)
    assert seen(orders)["count-00000011"] == 3
    others = {id_: n for id_, n in seen(orders).items() if id_ != "count-00000011"}
    assert set(others.values()) == {1}, "what had an outcome was done again"


def test_too_many_failures_stop_the_run(tmp_path, orders):
    for number in range(0, 600, 5):
        (orders / f"fail-count-{number:08d}").touch()
    with pytest.raises(
        StopRun, match=r"of 500 items failed, more than limits\.fail_rate_stop = 0\.05"
    ):
        run(tmp_path / "set", items=600, max_attempts=1)


def full_at(call, real):
    calls = []

    def fsync(number):
        calls.append(number)
        if len(calls) == call:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    return fsync


def test_a_full_disk_stops_the_run_and_leaves_nothing_half(tmp_path, orders, monkeypatch):
    whole = files(run(tmp_path / "whole"))
    rng, real = random.Random(0), os.fsync
    for _ in range(8):
        monkeypatch.setattr(os, "fsync", full_at(rng.randrange(1, 9), real))
        try:
            run(tmp_path / "set")
        except StopRun as stop:
            assert "bytes for part-" in str(stop)  # noqa: PT017 - some rounds end well
        assert not list((tmp_path / "set").rglob("*.part"))
    monkeypatch.setattr(os, "fsync", real)
    assert files(run(tmp_path / "set")) == whole


def test_too_little_room_stops_before_anything_is_lost(tmp_path, orders):
    with pytest.raises(StopRun, match=r"expected at least .* \(limits.min_free_bytes\)"):
        run(tmp_path / "set", min_free_bytes=2**60)


def test_a_journal_that_was_cut_off_goes_on_at_its_last_whole_line(tmp_path, orders):
    whole = files(run(tmp_path / "whole"))
    workshop = run(tmp_path / "set", limit=8)
    part = Part(workshop.folder("count"), 1)
    assert part.done() is None
    part.journal.write_bytes(part.journal.read_bytes()[:-9])
    assert files(run(tmp_path / "set")) == whole


def test_a_part_that_was_changed_is_named(tmp_path, orders):
    workshop = run(tmp_path / "set")
    part = Part(workshop.folder("count"), 2)
    part.path.write_bytes(part.path.read_bytes().replace(b"kept", b"kepl"))
    with pytest.raises(
        DataError, match=r"count/.{12}/part-000002.jsonl is damaged.*only this part"
    ):
        part.lines()


@pytest.mark.parametrize("workers", [0, 1])
def test_what_cannot_be_written_ends_the_run_and_is_no_items_fault(tmp_path, orders, workers):
    """As where the folder of blobs may not be written: to try the next item helps nobody."""
    (orders / "locked-count-00000008").touch()
    with pytest.raises(WriteError, match=r"Cannot write .*blob\.flac: "):
        run(tmp_path / "set", workers=workers)
    workshop, _ = opened(tmp_path / "set")
    lines = [line for part in parts_in(workshop.folder("count")) for line in part.lines()]
    assert {line.outcome for line in lines} <= {"kept", "rejected"}
    assert seen(orders)["count-00000008"] == 1
    (orders / "locked-count-00000008").unlink()
    assert files(run(tmp_path / "set")) == files(run(tmp_path / "whole"))


def test_a_full_disk_behind_an_item_ends_the_run(tmp_path, orders):
    """As where a provider finds no room for what it was answered."""
    (orders / "full-count-00000008").touch()
    with pytest.raises(StopRun, match="The disk is full: stage 'count' found no room"):
        run(tmp_path / "set")
    (orders / "full-count-00000008").unlink()
    assert files(run(tmp_path / "set")) == files(run(tmp_path / "whole"))


def test_a_death_that_finds_no_room_to_be_noted_ends_the_run(tmp_path, orders, monkeypatch):
    (orders / "kill-count-00000011").touch()
    real, full = Path.open, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def open_(path, mode="r", *arguments, **options):
        if path.name.endswith(".open.jsonl") and mode == "a":
            raise full  # here alone: processes have a module of their own
        return real(path, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", open_)
    with pytest.raises(StopRun, match="there is no room for part-000002"):
        run(tmp_path / "set", workers=2)
    monkeypatch.setattr(Path, "open", real)
    (orders / "kill-count-00000011").unlink()
    assert files(run(tmp_path / "set")) == files(run(tmp_path / "whole"))


def test_halves_of_letters_become_marks():
    """Names of files in another encoding hold such; no UTF-8 does."""
    odd = Item("x", 0, {"text": "caf\udce9", "whole": "\U0001f436"})
    text = dump(line_of(odd, Kept((odd,))))
    found = load(json.loads(text.encode())).items[0].data
    assert found == {"text": "caf\ufffd", "whole": "\U0001f436"}


def test_a_lock_that_finds_no_room_leaves_nothing(tmp_path, monkeypatch):
    def write_text(path, *arguments, **options):
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", write_text)
    with pytest.raises(OSError, match="No space left"), held(tmp_path / "part.lock"):
        pass
    assert not (tmp_path / "part.lock").exists()


def test_an_unknown_stage_is_named(tmp_path, orders):
    with pytest.raises(DataError, match="no stage 'cube'; expected one of count, square"):
        run(tmp_path / "set", only="cube")


def test_stages_run_one_by_one(tmp_path, orders):
    whole = files(run(tmp_path / "whole"))
    run(tmp_path / "set", only="count")
    assert files(run(tmp_path / "set", only="square")) == whole


def test_settings_change_the_key_of_a_stage_and_of_those_that_read_it(tmp_path, monkeypatch):
    workshop, _ = opened(tmp_path)
    before = stage_keys(STEPS, workshop)
    monkeypatch.setattr(STEPS[1].stage, "version", 2)
    after = stage_keys(STEPS, workshop)
    assert before["count"] == after["count"]
    assert before["square"] != after["square"]
    monkeypatch.setattr(STEPS[0].stage, "settings", classmethod(lambda cls, w: {"new": 1}))
    assert stage_keys(STEPS, workshop)["square"] != after["square"]


def test_a_lock_is_held_by_one(tmp_path):
    path = tmp_path / "part.lock"
    with held(path) as mine, held(path) as other:
        assert (mine, other) == (True, False)
    assert not path.exists()


@pytest.mark.parametrize("owner", ["gone", "old"])
def test_a_lock_of_the_dead_is_taken_over(tmp_path, owner):
    path = tmp_path / "part.lock"
    here = {"host": os.uname().nodename, "pid": 2**22 + 1, "token": "x"}
    path.write_text(json.dumps(here if owner == "gone" else {**here, "host": "elsewhere"}))
    if owner == "old":
        with held(path) as mine:
            assert not mine
        long_ago = path.stat().st_mtime - STALE_SECONDS - 1
        os.utime(path, (long_ago, long_ago))
    with held(path) as mine:
        assert mine


def test_of_many_that_want_a_stale_lock_one_gets_it(tmp_path, monkeypatch):
    look = locks._is_stale

    def slowly(path):
        found = look(path)
        threading.Event().wait(0.05)  # time for others to look, too
        return found

    monkeypatch.setattr(locks, "_is_stale", slowly)
    path = tmp_path / "part.lock"
    path.write_text(json.dumps({"host": os.uname().nodename, "pid": 2**22 + 1, "token": "x"}))
    got, gate, over = [], threading.Barrier(6), threading.Event()

    def want():
        gate.wait()
        with held(path) as mine:
            got.append(mine)
            over.wait(5)

    crew = [threading.Thread(target=want) for _ in range(6)]
    for thread in crew:
        thread.start()
    while len(got) < 6:
        threading.Event().wait(0.01)
    over.set()
    for thread in crew:
        thread.join()
    assert sum(got) == 1


def test_a_part_that_another_run_holds_is_left_to_it(tmp_path, orders):
    workshop, _ = opened(tmp_path / "set")
    folder = workshop.folder("count")
    with held(Part(folder, 1).lock_path):
        with pytest.raises(
            StopRun, match=r"another run is at work on 1 of 5 parts, the first .* 1"
        ):
            run(tmp_path / "set")
        assert [part.number for part in parts_in(folder)] == [0, 2, 3, 4]
    assert files(run(tmp_path / "set")) == files(run(tmp_path / "whole"))
