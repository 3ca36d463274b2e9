"""``audio-omni audioedit encode``, and what the other verbs tell of latents."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from audio_omni.core.cli.main import main
from audio_omni.plugins.audioedit.latents.record import all_latents
from audio_omni.plugins.audioedit.making import make
from small_pairs import CATALOG, config

BRIGHTER = "model.codec.options.mean_db=-40"
"""Another codec, so that all is to be encoded."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("made") / "set", config(), CATALOG)


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["audioedit", *map(str, arguments)])
    out, err = capsys.readouterr()
    return end.value.code, out, err


def test_encode_verify_status_and_drop(made, capsys):
    code, out, _ = call(capsys, "encode", made.root, "micro", "--device", "cpu", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["pairs"] == len(made.records)
    assert told["written"] == told["shards"] == len(made.shards)
    key = told["codec"]["key"]
    code, out, _ = call(capsys, "encode", made.root, "micro", "--workers", "2")
    assert code == 0
    assert f"by codec mel {key}, 0 written now" in out
    assert f"uri audioedit:{made.root}?latents={key}" in out
    code, out, _ = call(capsys, "status", made.root)
    assert f"Latents by codec mel {key}: {told['pairs']} pairs in {told['shards']} of" in out
    code, out, _ = call(capsys, "status", made.root, "--json")
    assert json.loads(out)["latents"][0]["bytes"] == told["bytes"]
    code, out, _ = call(capsys, "verify", made.root, "--json")
    assert (code, json.loads(out)["latents"], json.loads(out)["wrong"]) == (0, told["pairs"], [])
    item = made.records[0].provenance.ingredients[0].item
    code, out, _ = call(capsys, "drop", made.root, "--source", item, "--reason", "asked for")
    assert code == 0
    assert "of latents;" in out
    code, out, _ = call(capsys, "verify", made.root)
    assert code == 0
    assert "The latents of" in out
    path = all_latents(made.root)[0]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    code, out, _ = call(capsys, "verify", made.root)
    assert code == 1
    assert f"latents-{key}/{path.name}" in out


def test_a_recipe_that_is_none_is_told(made, capsys):
    code, _, err = call(capsys, "encode", made.root, "mikro")
    assert code == 1
    assert "Unknown recipe 'mikro'" in err


def test_a_full_disk_ends_with_3_and_the_same_command_goes_on(made, capsys, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        code, _, err = call(capsys, "encode", made.root, "micro", "--set", BRIGHTER)
    assert code == 3
    assert "stopped: The disk is full" in err
    assert "bytes for pairs-synth-000000.tar found no room" in err
    code, out, _ = call(capsys, "encode", made.root, "micro", "--set", BRIGHTER)
    assert code == 0
    assert "0 written" not in out


def test_killed_at_work_it_goes_on_and_ends_with_the_same_bytes(made, capsys, tmp_path):
    whole, killed = (shutil.copytree(made.root, tmp_path / name) for name in ("whole", "killed"))
    wanted = ("--set", "model.codec.options.mean_db=-41")
    assert call(capsys, "encode", whole, "micro", *wanted)[0] == 0
    command = [sys.executable, "-m", "audio_omni", "audioedit", "encode", str(killed), "micro"]
    process = subprocess.Popen([*command, *wanted], stdout=subprocess.DEVNULL)
    locks = "shards/*/latents-*/*.lock"
    until = time.monotonic() + 120
    while not list(killed.glob(locks)) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert list(killed.glob(locks)), "it was to be killed at a shard"
    assert call(capsys, "encode", killed, "micro", *wanted)[0] == 0
    assert not list(killed.glob(locks))
    assert not list(killed.rglob("*.part"))
    ours, theirs = (
        {path.relative_to(root): path.read_bytes() for path in sorted(root.glob("shards/*/*/*.*"))}
        for root in (killed, whole)
    )
    assert ours == theirs
