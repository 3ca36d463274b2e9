import os
import time
from pathlib import Path

from audio_omni.core.data.cache_folder import (
    default_cache_folder,
    make_room,
    mark_used,
    shard_files,
)


def shard(folder, number, *, size=100, age=0):
    path = folder / "mllm-0123" / f"{number:032x}.safetensors"
    return written(path, size, age)


def written(path, size, age):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(size))
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def test_the_folder_is_the_users_unless_the_environment_names_one(monkeypatch, tmp_path):
    monkeypatch.delenv("AUDIO_OMNI_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache_folder() == tmp_path / ".cache" / "audio-omni" / "features"
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache")
    assert default_cache_folder() == Path("/var/cache/audio-omni/features")
    monkeypatch.setenv("AUDIO_OMNI_CACHE", "~/large")
    assert default_cache_folder() == tmp_path / "large" / "features"


def test_the_longest_unused_goes_first(tmp_path):
    paths = [shard(tmp_path, i, age=100 * i) for i in range(4)]
    mark_used(paths[3])
    removed = make_room(tmp_path, 250)
    assert [one.path for one in removed] == [paths[2], paths[1]]
    assert [one.path for one in shard_files(tmp_path)] == [paths[0], paths[3]]
    assert make_room(tmp_path, 250) == []


def test_what_fits_stays(tmp_path):
    path = shard(tmp_path, 1, size=100)
    assert make_room(tmp_path, 100) == []
    assert path.exists()
    assert make_room(tmp_path / "nowhere", 1) == shard_files(tmp_path / "nowhere") == []


def test_other_files_are_never_touched(tmp_path):
    names = ["model.safetensors", "notes.txt", "A" * 32 + ".safetensors"]
    others = [written(tmp_path / "mllm-0123" / name, 1000, 10**7) for name in names]
    others.append(written(tmp_path / f"{1:032x}.safetensors", 1000, 10**7))
    make_room(tmp_path, 1)
    assert all(path.exists() for path in others)


def test_what_a_killed_process_left_goes_after_a_day(tmp_path):
    left = [
        written(tmp_path / "mllm-0123" / f".{i:032x}.safetensors.7.part", 100, age)
        for i, age in enumerate([60, 2 * 24 * 3600])
    ]
    make_room(tmp_path, 10**6)
    assert [path.exists() for path in left] == [True, False]
