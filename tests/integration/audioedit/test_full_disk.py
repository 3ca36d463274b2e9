"""A disk that is full ends every command with 3; nothing is half there, and it goes on (risk 27).

A stand-in of a disk: so many writes find room, and from then on none does, whoever writes.
"""

import errno
import hashlib
import json
import math
import os
import random
import shutil
from pathlib import Path

import pytest
from audio_omni.core.cli.main import main
from audio_omni.core.errors import WriteError
from audio_omni.plugins.audioedit.making import pack_all
from audio_omni.plugins.audioedit.packing import takedown
from audio_omni.plugins.audioedit.packing.takedown import take_down
from audio_omni.plugins.audioedit.stages.parts import parts_in
from audio_omni.plugins.audioedit.stages.stopping import StopRun, stopping_if_full
from audio_omni.plugins.audioedit.workspace import open_workshop
from small_pairs import CATALOG, config, hashes, written


class Journal:
    """A journal of the disk: it is written line by line, and never whole."""

    def __init__(self, disk, file):
        self.disk, self.file = disk, file

    def write(self, text):
        if self.disk.room <= 0:
            self.file.write(text[: len(text) // 2])  # what still found room
        self.disk.spend()
        return self.file.write(text)

    def flush(self):
        self.file.flush()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.file.close()


class Disk:
    """Has room for so many writes."""

    def __init__(self):
        self.room = math.inf

    def spend(self):
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= 1


@pytest.fixture
def disk(monkeypatch):
    own, fsync, opened, text = Disk(), os.fsync, Path.open, Path.write_text

    def synced(number):
        own.spend()
        fsync(number)

    def open_(path, mode="r", *arguments, **options):
        file = opened(path, mode, *arguments, **options)
        return Journal(own, file) if path.name.endswith(".open.jsonl") and mode == "a" else file

    def write_text(path, *arguments, **options):
        made = text(path, "", encoding="utf-8")
        own.spend()
        return text(path, *arguments, **options) or made

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "open", open_)
    monkeypatch.setattr(Path, "write_text", write_text)
    return own


@pytest.fixture
def run(capfd):
    def call(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["audioedit", *map(str, arguments)])
        return ended.value.code or 0, capfd.readouterr().err

    return call


def check_nothing_is_half_there(root):
    names = [path.name for path in root.rglob("*")]
    assert not [name for name in names if name.endswith((".part", ".lock"))]
    for path in root.rglob("*.flac"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    for folder in root.glob("stages/*/*"):
        for part in parts_in(folder):
            part.lines()  # raises if a complete part is not what it says
    for index in root.glob("shards/*/*.json"):
        assert json.loads(index.read_text())["samples"] > 0
    for manifest in root.glob("manifest-*.jsonl"):
        assert all(json.loads(line)["id"] for line in manifest.read_text().splitlines())


@pytest.mark.parametrize("seed", range(2))
def test_wherever_the_room_ends_the_run_ends_with_3_and_goes_on(made, disk, run, tmp_path, seed):
    rng, profile = random.Random(seed), written(tmp_path)
    root, stopped = tmp_path / "set", 0
    for _ in range(12):
        disk.room = rng.randrange(0, 90)
        code, said = run("run", "--profile", profile, "-o", root, "--workers", 1)
        if code == 0:
            break
        assert code == 3, said
        assert "The disk is full" in said
        assert "run the same command again; nothing that was done is lost" in said.replace("\n", "")
        stopped += 1
        if root.exists():
            check_nothing_is_half_there(root)
    assert stopped > 2
    disk.room = math.inf
    assert run("run", "--profile", profile, "-o", root, "--workers", 1)[0] == 0
    assert hashes(root) == hashes(made.root)


@pytest.mark.parametrize("verb", ["report", "pack", "listen", "drop", "export"])
def test_every_verb_that_writes_ends_with_3(made, disk, run, tmp_path, monkeypatch, verb):
    shutil.copytree(made.root, tmp_path / "set")
    disk.room = 0
    more = {
        "drop": ("--source", made.records[0].provenance.ingredients[0].item, "--reason", "x"),
        "report": ("--pairs", 0),
    }.get(verb, ())
    if verb == "export":
        parquet = pytest.importorskip("pyarrow.parquet")

        def write_table(writer, table):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(parquet.ParquetWriter, "write_table", write_table)
    code, said = run(verb, tmp_path / "set", *more)
    assert (code, "The disk is full" in said) == (3, True), said
    check_nothing_is_half_there(tmp_path / "set")
    assert not list((tmp_path / "set").rglob("*.parquet"))


def test_a_takedown_that_was_ended_in_between_is_finished_by_the_same_call(
    made, tmp_path, monkeypatch
):
    workshop, _, steps = open_workshop(
        shutil.copytree(made.root, tmp_path / "a"), config(), CATALOG
    )
    workshop.config = config(pack={"shard_samples": 4})
    pack_all(workshop, steps)
    for name in ("whole", "torn"):
        shutil.copytree(tmp_path / "a", tmp_path / name)
    source = made.records[0].provenance.ingredients[0].item
    down = take_down(tmp_path / "whole", source, "asked for")
    writing, calls = takedown.write_shard, []

    def once(*arguments, **options):
        calls.append(arguments)
        if len(calls) > 1:
            raise StopRun("The disk is full")
        return writing(*arguments, **options)

    monkeypatch.setattr(takedown, "write_shard", once)
    assert len(down.shards) > 1
    with pytest.raises(StopRun):
        take_down(tmp_path / "torn", source, "asked for")
    monkeypatch.setattr(takedown, "write_shard", writing)
    again = take_down(tmp_path / "torn", source, "asked for")
    assert again.pairs == down.pairs
    assert hashes(tmp_path / "torn") == hashes(tmp_path / "whole")
    for name in ("blobs/*/*", "dropped.jsonl"):
        both = [{p.name for p in (tmp_path / s).glob(name)} for s in ("torn", "whole")]
        assert both[0] == both[1]
    assert len((tmp_path / "torn" / "dropped.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (errno.ENOSPC, StopRun, "The disk is full: there is no room for a journal"),
        (errno.EDQUOT, StopRun, "The disk is full"),
        (errno.EROFS, WriteError, "Cannot write a journal: Read-only file system. Check that"),
        (errno.ENOENT, FileNotFoundError, "gone"),
    ],
)
def test_what_cannot_be_written_is_told_from_what_finds_no_room(code, kind, said):
    with pytest.raises(kind, match=said), stopping_if_full("a journal"):
        raise OSError(code, "gone" if code == errno.ENOENT else os.strerror(code))
