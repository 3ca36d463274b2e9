"""However it is run, and whatever ends it, the same bytes lie there."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from audio_omni.plugins.audioedit.beginning import begin
from audio_omni.plugins.audioedit.config import SYNTHETIC
from audio_omni.plugins.audioedit.making import make, pack_all
from audio_omni.plugins.audioedit.stages.locks import held
from audio_omni.plugins.audioedit.stages.parts import parts_in
from audio_omni.plugins.audioedit.stages.runner import do_work, run_steps
from audio_omni.plugins.audioedit.stages.workshop import Workshop
from audio_omni.plugins.audioedit.workspace import open_workshop
from small_pairs import CATALOG, SCENES, config, hashes, reopen, written


@pytest.mark.parametrize("workers", [2, 3])
def test_processes_leave_the_same_bytes(made, tmp_path, workers):
    again = make(tmp_path / "set", config(), CATALOG, workers=workers)
    assert hashes(again.root) == hashes(made.root)


def test_a_limit_and_then_the_rest_leave_the_same_bytes(made, tmp_path):
    some = make(tmp_path / "set", config(), CATALOG, limit=5)
    assert Counter(record.task for record in some.records) == dict.fromkeys(SYNTHETIC, 5)
    make(tmp_path / "set", config(), CATALOG)
    assert hashes(tmp_path / "set") == hashes(made.root)


def test_packing_again_gives_the_same_bytes(made, tmp_path):
    before = hashes(made.root)
    stray = made.root / "shards" / "train" / "pairs-synth-000099.tar"
    stray.write_bytes(b"of an earlier packing")
    workshop, _, steps = reopen(made.root)
    pack_all(workshop, steps)
    assert hashes(made.root) == before


def command(root, folder, *more):
    return [
        sys.executable, "-m", "audio_omni", "audioedit", "run", "-o", str(root),
        "--profile", str(written(folder)), "--workers", "2", *more,
    ]  # fmt: skip


def test_parts_in_any_order_leave_the_same_bytes(made, tmp_path):
    """Of every stage, each part in a workshop of its own, as processes have them."""
    workshop, job, steps = open_workshop(tmp_path / "set", config(), CATALOG)
    begin(workshop.root, config(), workshop.keys)

    def shuffled(job, works, tally):
        works = random.Random(7).sample(works, len(works))
        assert len(works) > 2
        for work in works:
            own = Workshop(job.root, job.config, workshop.catalog, job.keys)
            do_work(own, work, lambda: False, lambda stage, line: tally.add(line))

    run_steps(job, workshop, steps, shuffled)
    pack_all(workshop, steps)
    assert hashes(tmp_path / "set") == hashes(made.root)


TOTAL = 32 + SCENES + SCENES + 3 * SCENES
"""Outcomes of a whole run: recordings, plans, scenes, pairs."""


def outcomes(root):
    """Outcomes that are written down, of parts in work and of complete ones."""
    found = 0
    for path in root.rglob("part-*.jsonl"):
        with contextlib.suppress(FileNotFoundError):  # it may have been renamed
            found += path.read_bytes().count(b'"outcome"')
    return found


def workers_of(pid):
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [n for n in told if b"spawn_main" in Path(f"/proc/{n}/cmdline").read_bytes()]


def kill(process, whom):
    if whom == "all":
        os.killpg(process.pid, signal.SIGKILL)
    elif whom == "parent":
        os.kill(process.pid, signal.SIGKILL)
    else:
        os.kill(int(workers_of(process.pid)[0]), signal.SIGKILL)


def wait_until(is_so, process):
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline and not is_so():
        time.sleep(0.005)


PACKING = -1


MOMENTS = {"all": ((3, TOTAL), PACKING), "parent": ((3, TOTAL),), "worker": ((34, TOTAL),)}


@pytest.mark.parametrize("whom", MOMENTS)
def test_killed_anywhere_it_ends_with_the_same_bytes(made, tmp_path, whom):
    """SIGKILL at random moments and while it packs: to all, to the parent, or to one process."""
    environment, root = {**os.environ, "OMP_NUM_THREADS": "1"}, tmp_path / "set"
    rng, killed = random.Random(whom), 0
    for moment in MOMENTS[whom]:
        wanted = None if moment == PACKING else rng.randrange(*moment)
        process = subprocess.Popen(
            command(root, tmp_path), env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        if wanted is None:
            wait_until(lambda: list(root.glob("shards/*/.*")), process)
        else:
            wait_until(lambda n=wanted: outcomes(root) >= n, process)
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError, IndexError):  # it may be over
                kill(process, whom)
                killed += 1
        _, said = process.communicate()
        assert whom != "worker" or process.returncode == 0, said
    assert killed > 0
    for _ in range(100):
        done = subprocess.run(
            command(root, tmp_path, "--json"), env=environment, capture_output=True,
            check=False, text=True, timeout=300,
        )  # fmt: skip
        if "another run is at work" not in done.stderr:
            break  # a process whose parent was killed ends with the item in its hands
    assert done.returncode == 0, done.stderr
    ids = [json.loads(line)["id"]
           for path in root.glob("manifest-*.jsonl")
           for line in path.read_text().splitlines()]  # fmt: skip
    assert len(ids) == len(set(ids)) == 3 * SCENES
    assert hashes(root) == hashes(made.root)
    assert not temporary_files(root)


def temporary_files(root):
    return [p for p in root.rglob("*") if p.name.endswith((".part", ".lock", ".open.jsonl"))]


def test_what_the_killed_left_beside_complete_parts_is_removed_and_other_runs_is_not(
    made, tmp_path
):
    shutil.copytree(made.root, tmp_path / "set")
    workshop, _, steps = reopen(tmp_path / "set")
    first, second = parts_in(workshop.folder("verify"))[:2]
    gone = {"host": os.uname().nodename, "pid": 2**22 + 1, "token": "x"}
    first.lock_path.write_text(json.dumps(gone))
    first.journal.write_text("")
    with held(second.lock_path):
        second.journal.write_text("")
        pack_all(workshop, steps)
        assert sorted(temporary_files(tmp_path)) == [second.lock_path, second.journal]
    assert hashes(tmp_path / "set").items() >= hashes(made.root).items()


def test_two_runs_in_one_folder_do_not_disturb_each_other(made, tmp_path):
    """They share the parts; whoever finds none left says so, and the same command goes on."""
    environment, root = {**os.environ, "OMP_NUM_THREADS": "1"}, tmp_path / "set"
    both = [
        subprocess.Popen(
            [*command(root, tmp_path)[:-1], "1"], env=environment, stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in both:
        _, said = process.communicate(timeout=300)
        assert process.returncode in {0, 3}, said
        assert process.returncode == 0 or "another run is at work on" in said
    make(root, config(), CATALOG)
    assert hashes(root) == hashes(made.root)
    assert not temporary_files(root)


def test_asked_to_end_it_leaves_with_3_and_goes_on(made, tmp_path):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command(tmp_path / "set", tmp_path), env=environment, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list((tmp_path / "set").rglob("*.open.jsonl")):
        time.sleep(0.02)
    process.terminate()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 3, said
    assert "stopped: Stopped as asked. Run the same command again" in said
    make(tmp_path / "set", config(), CATALOG)
    assert hashes(tmp_path / "set") == hashes(made.root)
