import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from audio_omni.core.data.manifest import ManifestOptions, ManifestSource
from audio_omni.core.errors import DataError


def write(folder, rows, name="manifest.jsonl"):
    path = folder / name
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return str(path)


def source(path, **options):
    return ManifestSource(path, ManifestOptions(**options))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "clips").mkdir()
    t = np.arange(8000) / 8000
    soundfile.write(tmp_path / "clips" / "a.flac", np.sin(2 * np.pi * 440 * t), 8000)
    return tmp_path


def test_rows_carry_fields_audio_and_credit(folder):
    row = {
        "id": "a",
        "path": "clips/a.flac",
        "source_audio": "clips/a.flac",
        "caption": "ein Ton, hübsch",
        "label": "tone",
        "licence": "CC0-1.0",
        "attribution": "nobody",
        "transcript": None,
    }
    opened = source(
        write(folder, [row]), field_map={"audio": "path", "description": "label"}, fields={"k": 1}
    )
    got = opened.row(0)
    assert got.audio().seconds == 1.0
    assert got.media["source_audio"]().sample_rate_hz == 8000
    assert got.fields["caption"] == "ein Ton, hübsch"
    assert got.fields["description"] == got.truth["label"] == "tone"
    assert got.fields["k"] == 1
    assert "transcript" not in got.fields
    assert (got.licence, got.attribution) == ("CC0-1.0", "nobody")
    assert opened.licences() == ("CC0-1.0",)
    assert pickle.loads(pickle.dumps(opened)).row(0).fields == got.fields


def test_audio_is_opened_lazily_and_a_missing_file_names_the_line(folder):
    opened = source(write(folder, [{"id": "a", "audio": "no.wav"}]))
    row = opened.row(0)
    with pytest.raises(DataError, match=r"line 1 \(id 'a'\), .*no.wav does not exist"):
        row.audio()


def test_long_rows_can_be_left_out_and_a_video_is_opened_from_media(folder):
    rows = [{"id": "a", "duration_s": 2.0}, {"id": "b", "duration_s": 3.5}, {"id": "c"}]
    opened = source(write(folder, rows), longest_seconds=3.0)
    assert [opened.row(i).id for i in range(len(opened))] == ["a", "c"]
    seen = source(write(folder, [{"id": "v", "video": "clips/no.mp4"}])).row(0)
    assert seen.fields["video"] == str(folder / "clips/no.mp4")
    with pytest.raises(DataError, match=r"\(id 'v'\), field 'video': .*no.mp4 does not exist"):
        seen.media["video"]()


def test_trim_cuts_to_the_active_part(folder):
    row = {"id": "a", "audio": "clips/a.flac", "active_start_s": 0.25, "active_end_s": 0.75}
    clip = source(write(folder, [row]), trim=True).row(0).audio()
    assert clip.seconds == 0.5
    assert clip.conversions == ("cropped 1.000 s to 0.250 … 0.750 s",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"id": "a"}\n{"id": "a"}\n', "line 2: id 'a' was used before .*line 1"),
        (b'{"id": "a"}\n\n{"caption": "b"}\n', "line 3: no 'id'"),
        (b'{"id": "a"}\n{"id": \n', "line 2: not valid JSON"),
        (b'["a"]\n', "line 1: holds list"),
        (b'{"id": "a"}\n{"id": "\xe9"}\n', "line 2: not UTF-8"),
    ],
)
def test_broken_lines_are_named(tmp_path, content, message):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        source(str(path))


def test_missing_manifest(tmp_path):
    with pytest.raises(DataError, match=r"none.jsonl does not exist"):
        source(str(tmp_path / "none.jsonl"))


def rows(count):
    return [{"id": f"r{i}", "speaker": f"s{i % 20}", "label": "ab"[i % 2]} for i in range(count)]


def test_filter_keeps_wanted_rows(tmp_path):
    path = write(tmp_path, rows(10))
    assert len(source(path, filter={"label": ["a"]})) == 5
    assert len(source(path, filter={"label": "a", "speaker": ["s0", "s1", "s2"]})) == 2


def test_held_out_groups_never_leak(tmp_path):
    opened = source(write(tmp_path, rows(400)), held_out_fraction=0.3, held_out_by="speaker")
    held_out = opened.held_out()
    speakers = [{s.row(i).fields["speaker"] for i in range(len(s))} for s in (opened, held_out)]
    assert len(opened) + len(held_out) == 400
    assert speakers[0]
    assert speakers[1]
    assert not speakers[0] & speakers[1]
    assert held_out.held_out() is None
    assert held_out.digest() != opened.digest()


def test_held_out_rows_stay_held_out_when_rows_are_added(tmp_path):
    few = source(write(tmp_path, rows(100), "a"), held_out_fraction=0.3).held_out()
    many = source(write(tmp_path, rows(200), "b"), held_out_fraction=0.3).held_out()
    ids = [{s.row(i).id for i in range(len(s))} for s in (few, many)]
    assert 15 <= len(ids[0]) <= 45
    assert ids[0] < ids[1]


def test_rows_of_training_can_come_several_times(folder):
    lines = [{"id": id_, "audio": "clips/a.flac"} for id_ in "abcdefghijklmnopqrst"]
    opened = source(write(folder, lines), repeats=3, held_out_fraction=0.3)
    once = source(write(folder, lines), held_out_fraction=0.3)
    ids = [opened.row(i).id for i in range(len(opened))]
    assert len(ids) == len(set(ids)) == 3 * len(once)
    assert ids[: len(once)] == [once.row(i).id for i in range(len(once))]
    assert ids[len(once)] == f"{ids[0]}~2"
    assert opened.audio_path(len(once)) == opened.audio_path(0)
    assert len(opened.held_out()) == len(once.held_out()) > 0
    with pytest.raises(DataError, match=f"0 … {len(ids) - 1}; asked for {len(ids)}"):
        opened.row(len(ids))


def test_digest_follows_content_and_options(tmp_path):
    one, two = write(tmp_path, rows(3), "a"), write(tmp_path, rows(4), "b")
    digests = {source(one).digest(), source(two).digest(), source(one, fields={"k": 1}).digest()}
    assert len(digests) == 3
    assert source(one).digest() == source(one).digest()
    assert max(map(len, digests)) <= 36


def test_indexing_a_manifest_imports_no_torch():
    code = "import sys, audio_omni.core.data.manifest; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["esc10", "foley", "ambience", "speech", "music_synth", "video"])
def test_real_sets_are_read_as_they_are(shared_dir, name):
    path = shared_dir / "data" / name / "manifest.jsonl"
    opened = source(str(path), field_map={"audio": "path"}, held_out_fraction=0.1)
    row = opened.row(0)
    assert row.licence
    assert row.attribution
    assert row.audio().seconds == pytest.approx(row.fields["duration_s"], abs=0.05)
