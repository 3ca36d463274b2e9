"""How rows are encoded: by one process, by many, over a cluster, and on where one was killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

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


def test_a_ray_cluster_writes_the_bytes_of_one_process(recipe, shards, tmp_path):
    pytest.importorskip("ray", reason="needs Ray: pip install 'audio-omni[ray]'")
    outcome = encode_ahead(recipe(), OPEN, tmp_path / "rows", workers=2, on_ray=True, **SHARDS)
    assert outcome.written == 7
    assert contents(tmp_path / "rows") == contents(shards)
    assert Path(outcome.folder) == tmp_path / "rows"
