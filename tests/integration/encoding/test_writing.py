"""How rows are encoded: by one process, by many, over a cluster, and on where one was killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from audio_omni.core.encoding.ahead import encode_ahead
from audio_omni.core.errors import ConfigError, PluginError
from audio_omni.core.recipe import find_recipe, resolve_recipe

from .runs import FEW, OPEN, SHARDS, SHORT, contents


def test_two_processes_write_the_bytes_of_one(recipe, shards, tmp_path):
    outcome = encode_ahead(recipe(), OPEN, tmp_path / "rows", workers=2, **SHARDS)
    assert outcome.written == 7
    assert contents(tmp_path / "rows") == contents(shards)


def test_a_killed_command_goes_on_with_the_first_missing_shard(recipe, shards, tmp_path):
    rows = tmp_path / "rows"
    sets = [word for change in (*SHORT, *FEW) for word in ("--set", change)]
    command = [sys.executable, "-m", "audio_omni", "data", "encode", "micro", "-o", str(rows)]
    process = subprocess.Popen([*command, *sets, "--shard-rows", "3", "--device", "cpu"])
    deadline = time.monotonic() + 120
    while not list(rows.glob("*/*.tar")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    there = len(list(rows.glob("*/*.json")))
    assert 0 <= there < 7
    left = rows / "000-text_to_audio" / ".000001.tar.x.part"  # as of a shard in writing
    left.write_bytes(b"half")
    outcome = encode_ahead(recipe(), OPEN, rows, **SHARDS)
    assert (outcome.shards, outcome.written) == (7, 7 - there)
    assert contents(rows) == contents(shards)


def test_a_folder_is_begun_once(recipe, shards, tmp_path, host):
    rows = tmp_path / "rows"
    shutil.copytree(shards, rows)
    with pytest.raises(ConfigError, match="begun with shard_rows = 3; got 4"):
        encode_ahead(recipe(), OPEN, rows, shard_rows=4, device="cpu")
    with pytest.raises(ConfigError, match="begun with seed = 0; got 1"):
        encode_ahead(recipe("seed=1"), OPEN, rows, **SHARDS)
    values = find_recipe("nano_understanding", host.recipes)
    with pytest.raises(ConfigError, match="nothing can be encoded ahead"):
        encode_ahead(resolve_recipe(values), OPEN, tmp_path / "text", device="cpu")
    more = encode_ahead(recipe("mixture.sources.1.max_rows=8"), OPEN, rows, **SHARDS)
    assert (more.rows, more.written) == (19, 2)  # the last shard of 1 row, and one more


def test_a_folder_has_one_writer_at_a_time(recipe, tmp_path):
    import fcntl

    (tmp_path / "rows").mkdir()
    with (tmp_path / "rows" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match="Another process is encoding into"):
            encode_ahead(recipe(), OPEN, tmp_path / "rows", **SHARDS)


def test_ray_is_asked_for_only_where_it_is_used(recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(PluginError, match=r"pip install 'audio-omni\[ray\]'"):
        encode_ahead(recipe(), OPEN, tmp_path / "rows", on_ray=True, **SHARDS)


@pytest.fixture
def cluster(monkeypatch):
    """The address of a small cluster on loopback that has no page and reports to nobody."""
    for name, value in (
        ("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0"),  # read on import: loopback
        ("RAY_USAGE_STATS_ENABLED", "0"),
        ("RAY_AUTH_MODE", "disabled"),
    ):
        monkeypatch.setenv(name, value)
    ray = pytest.importorskip("ray", reason="needs Ray: pip install 'audio-omni[ray]'")
    small = {"num_cpus": 2, "object_store_memory": 80 * 2**20, "include_dashboard": False}
    ray.init("local", log_to_driver=False, configure_logging=False, **small)
    yield ray.get_runtime_context().gcs_address
    ray.shutdown()


def test_a_ray_cluster_writes_the_bytes_of_one_process(cluster, shards, tmp_path):
    sets = [word for change in (*SHORT, *FEW) for word in ("--set", change)]
    words = ["data", "encode", "micro", "-o", str(tmp_path / "rows"), *sets, "--shard-rows", "3"]
    done = subprocess.run(
        [sys.executable, "-m", "audio_omni", *words, "--device", "cpu", "--ray", "--json"],
        env={**os.environ, "RAY_ADDRESS": cluster},
        capture_output=True,
        timeout=600,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["written"] == 7
    assert contents(tmp_path / "rows") == contents(shards)


def test_a_cluster_that_does_not_answer_is_named(recipe, tmp_path, monkeypatch):
    pytest.importorskip("ray", reason="needs Ray: pip install 'audio-omni[ray]'")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    with pytest.raises(PluginError, match=r"No Ray cluster answers at RAY_ADDRESS=127\.0\.0\.1:9"):
        encode_ahead(recipe(), OPEN, tmp_path / "rows", on_ray=True, **SHARDS)
