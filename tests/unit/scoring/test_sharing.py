"""Neither the order of files nor who measures them changes a bit; a kill loses no finished work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from audio_omni.core.config import parse_config
from audio_omni.core.data.bounded_folder import BoundedFolder
from audio_omni.evaluation.scoring.clip_set import open_set
from audio_omni.evaluation.scoring.config import Policies, ScoreOptions
from audio_omni.evaluation.scoring.pairing import pair_sets
from audio_omni.evaluation.scoring.preparing import prepare_rows
from audio_omni.evaluation.scoring.scoring import score
from audio_omni.evaluation.scoring.screening import Screen
from audio_omni.evaluation.scoring.worker import BATCH, Job, Worker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import open_host, plain, sound, table, write

METRICS = ("si_sdr", "band_distance", "band_sets")
SIDES = ("gen", "ref")
CLIPS = 2 * BATCH + 3


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    root = tmp_path_factory.mktemp("clips")
    for i in range(CLIPS):
        target = sound(i, 0.3)
        write(root / "ref" / f"{i}.wav", target)
        write(root / "gen" / f"{i}.wav", target + sound(100 + i, 0.3, gain=0.01))
    return root


def manifest(root, side, order):
    lines = [{"id": f"clip {i}", "path": str(root / side / f"{i}.wav")} for i in order]
    return table(root / f"{side}.jsonl", lines)


def scored(root, cache, orders=None):
    orders = orders or (range(CLIPS), range(CLIPS))
    sides = [manifest(root, side, order) for side, order in zip(SIDES, orders, strict=True)]
    values = {"metrics": METRICS, "generated": sides[0], "reference": sides[1]}
    return score(parse_config(ScoreOptions, values, where="x"), open_host, cache).report


@pytest.fixture(scope="module")
def alone(clips, tmp_path_factory):
    return scored(clips, tmp_path_factory.mktemp("alone"))


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_order_and_processes_change_nothing(clips, alone, tmp_path_factory, data):
    """Each process takes some of the batches, in any order, and fills the cache of all."""
    cache = tmp_path_factory.mktemp("shared")
    orders = [data.draw(st.permutations(range(CLIPS))) for _ in range(2)]
    sides = [manifest(clips, side, o) for side, o in zip(SIDES, orders, strict=True)]
    pairing = pair_sets(
        open_set("generated", sides[0]), open_set("reference", sides[1]), is_paired=True
    )
    screen = Screen(BoundedFolder(cache))
    paths = [clip.path for row in pairing.rows for clip in (row.generated, row.reference)]
    facts = {path: screen.look(path) for path in paths}
    rows = prepare_rows(pairing.rows, facts, Policies(), compares=True)
    batches = [rows[start : start + BATCH] for start in range(0, CLIPS, BATCH)]
    processes = data.draw(st.integers(1, 3))
    owners = data.draw(
        st.lists(st.integers(0, processes - 1), min_size=len(batches), max_size=len(batches))
    )
    job = Job(METRICS, {}, BoundedFolder(cache), open_host)
    workers = [Worker(job, open_host()) for _ in range(processes)]
    for number in data.draw(st.permutations(range(len(batches)))):
        list(workers[owners[number]].measure(batches[number]))
    for worker in workers:
        worker.save()
    report = scored(clips, cache, orders)
    assert report.made["computed"] == 0
    assert plain(report) == plain(alone)


KILLED = """
import os, signal, sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from audio_omni.core.cli.main import main
from audio_omni.evaluation.scoring import worker
from band_embedder.parts import Bands

worker.SAVE_EVERY_S = 0.0  # of a long run, what was done in the last seconds may be lost
log, most = Path(sys.argv[2]), int(sys.argv[3])
inner = Bands._bands

def bands(self, samples):
    with log.open("a") as file:
        file.write(f"{hash(samples.numpy().tobytes())}\\n")
    if len(log.read_text().split()) == most:
        os.kill(os.getpid(), signal.SIGKILL)
    return inner(self, samples)

Bands._bands = bands
main(sys.argv[4:])
"""


def test_a_kill_loses_no_batch_that_was_done(clips, alone, tmp_path):
    log, stand_ins = tmp_path / "heard.txt", Path(__file__).parents[2] / "stand_ins"
    sides = [manifest(clips, side, range(CLIPS)) for side in SIDES]

    def run(most):
        command = [sys.executable, "-c", KILLED, str(stand_ins), str(log), str(most)]
        command += ["--plugin", "band_embedder", "--plugin", "band_sets", "score", "--metric"]
        command += [",".join(METRICS), "--generated", str(sides[0]), "--reference", str(sides[1])]
        command += ["-o", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
        done = subprocess.run(
            command, check=False, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "0"}
        )
        return done.returncode

    killed_at = 2 * BATCH + 5  # within the second batch of pairs
    assert run(killed_at) == -9
    assert len(log.read_text().split()) == killed_at
    assert not (tmp_path / "out" / "score.json").exists()
    assert run(0) == 0
    heard = log.read_text().split()
    assert len(set(heard)) == 2 * CLIPS
    assert len(set(heard[: 2 * BATCH]) & set(heard[killed_at:])) == 0
    assert len(heard) == 2 * CLIPS + 5  # what the killed process had begun
    from audio_omni.evaluation.scoring.report import read_report

    assert plain(read_report(tmp_path / "out")) == plain(alone)


def test_a_full_cache_loses_what_was_unused_longest_and_the_score_is_the_same(
    sets, measure, tmp_path, caplog
):
    whole = measure()
    small = measure(cache="small", cache_gb=1e-6)  # a thousand bytes: less than a shard
    assert plain(small) == plain(whole)
    kept = list((tmp_path / "small").rglob("*.safetensors"))
    assert sum(path.stat().st_size for path in kept) <= 1000
    assert "--cache-gb sets that" in caplog.text
    assert len(list((tmp_path / "cache").rglob("*.safetensors"))) > len(kept)
