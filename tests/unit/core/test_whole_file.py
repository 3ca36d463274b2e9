"""A file holds all that was written to it, or what it held before."""

import errno
import os
import re
import signal
import subprocess
import sys

import pytest
from audio_omni.core.errors import WriteError
from audio_omni.core.whole_file import PART, left_by_the_dead, write_whole


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_replaced_with_nothing_left_beside_it(tmp_path):
    path = tmp_path / "a.json"
    write_whole(path, b"first")
    write_whole(path, memoryview(b"second"))
    assert path.read_bytes() == b"second"
    assert files_in(tmp_path) == ["a.json"]


@pytest.mark.parametrize(
    ("code", "is_full"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EIO, False)]
)
def test_a_disk_that_fails_leaves_the_old_file_and_is_told_from_a_full_one(
    tmp_path, monkeypatch, code, is_full
):
    path = tmp_path / "a.json"
    write_whole(path, b"first")

    def fsync(number):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(WriteError, match=rf"a\.json: {os.strerror(code)} \(6 bytes\)") as failure:
        write_whole(path, b"second")
    assert failure.value.disk_full is is_full
    assert path.read_bytes() == b"first"
    assert files_in(tmp_path) == ["a.json"]


def test_folders_are_made_only_if_asked_for(tmp_path):
    path = tmp_path / "new" / "newer" / "a.json"
    with pytest.raises(WriteError, match="No such file or directory"):
        write_whole(path, b"x")
    write_whole(path, b"x", make_folders=True)
    assert path.read_bytes() == b"x"


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path):
    (tmp_path / "new").write_bytes(b"")
    with pytest.raises(WriteError, match="Cannot write"):
        write_whole(tmp_path / "new" / "a.json", b"x", make_folders=True)


def test_what_the_dead_were_writing_is_found_and_what_the_living_write_is_not(
    tmp_path, monkeypatch
):
    """Killed as it syncs: what no process can clean up itself."""
    code = (
        "import os, pathlib, signal, sys\n"
        "from audio_omni.core.whole_file import write_whole\n"
        "os.fsync = lambda number: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_whole(pathlib.Path(sys.argv[1]), b'x')\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.json")], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    found = []
    monkeypatch.setattr(os, "fsync", lambda number: found.extend(left_by_the_dead(tmp_path)))
    write_whole(tmp_path / "b.json", b"y")
    assert found == [left]
    (tmp_path / f".of-another-kind{PART}").touch()
    elsewhere = re.sub(r"\.[0-9a-f]{8}-", ".00000000-", left.name)
    (tmp_path / elsewhere).touch()
    assert list(left_by_the_dead(tmp_path)) == [left]
