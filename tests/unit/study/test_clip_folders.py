"""Folders of clips, matched by id; what differs is listed."""

import pytest
from audio_omni.core.errors import DataError, RequestError
from audio_omni.evaluation.study.clip_folders import common_ids, find_clips, parse_systems


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def test_systems_are_read_from_name_and_folder(tmp_path):
    assert parse_systems([f"ours={tmp_path}/a=b"])["ours"] == tmp_path / "a=b"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["ours"], "expected NAME=DIR"),
        (["=dir"], "expected NAME=DIR"),
        (["a=x", "a=y"], "names 'a' twice"),
        (["anchor=x"], "hidden clip"),
        ([], "at least one --system"),
    ],
)
def test_what_is_no_system_is_refused(given, said):
    with pytest.raises(RequestError, match=said):
        parse_systems(given)


def test_ids_are_paths_without_suffix_and_other_files_are_left_alone(tmp_path):
    touch(tmp_path, "a.wav", "b/c.FLAC", "notes.txt", "a.json")
    assert list(find_clips(tmp_path)) == ["a", "b/c"]


def test_folders_that_cannot_be_used(tmp_path):
    with pytest.raises(DataError, match="no folder"):
        find_clips(tmp_path / "nothing")
    with pytest.raises(DataError, match="holds no audio"):
        find_clips(touch(tmp_path / "empty", "readme.md"))
    with pytest.raises(DataError, match=r"a\.flac and a\.wav: two clips of the id 'a'"):
        find_clips(touch(tmp_path / "twice", "a.wav", "a.flac"))


def test_unequal_ids_are_listed_by_system(tmp_path):
    clips = {
        "ours": {name: tmp_path for name in "abcdefgh"},
        "theirs": {name: tmp_path for name in "bi"},
    }
    with pytest.raises(DataError) as failure:
        common_ids(clips, allow_missing=False)
    assert "'ours' lacks 1 of 9: i" in str(failure.value)
    assert "'theirs' lacks 7 of 9: a, c, d, e, f and 2 more" in str(failure.value)
    assert "draw from the 1 that all of them hold with --allow-missing" in str(failure.value)
    assert common_ids(clips, allow_missing=True) == ["b"]


def test_nothing_in_common_is_refused_even_then(tmp_path):
    with pytest.raises(DataError, match="No id is common"):
        common_ids({"ours": {"a": tmp_path}, "theirs": {"b": tmp_path}}, allow_missing=True)
