"""Corpora are laid out from the lists that they come with: 3.0, 4.2, and risks 6 and 7."""

import json

import numpy as np
import pytest
import soundfile
from audio_omni.core.cli.main import main
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.audioedit.corpora import Listed, write_recordings
from audio_omni.plugins.audioedit.ingredients.stage import text_repaired
from audio_omni.plugins.audioedit.making import make
from small_pairs import CATALOG, config

VGGSOUND = (
    '---g-f_I2yQ,1,people marching,test\n--0PQM4-hqg,30,"waterfall burbling, loud",train\n'
    "-0jeONf82dE,22,horse neighing,train\n"
)
AUDIOCAPS = (
    "audiocap_id,youtube_id,start_time,caption\n"
    '91139,r1nicOVtvkQ,130,"Rain falls, then a door slams"\n'
)
ESC50 = (
    "filename,fold,target,category,esc10,src_file,take\n"
    "1-100032-A-0.wav,1,0,dog,True,100032,A\n5-203128-A-14.wav,5,14,chirping_birds,False,203128,A\n"
)


def sound(path, seconds=1.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(len(path.stem))
    samples = rng.standard_normal(int(seconds * 16000)) * 0.05
    samples[: 16000 // 2] += np.sin(np.arange(16000 // 2) * 0.3) * 0.2 if seconds < 2 else 0.0
    soundfile.write(path, samples, 16000)


def listed(tmp_path, corpus, text, name="list.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / name).write_bytes(data)
    (tmp_path / "media").mkdir(exist_ok=True)
    counts = write_recordings(
        tmp_path / name, corpus, tmp_path / "media", tmp_path / "out" / "manifest.jsonl"
    )
    lines = (tmp_path / "out" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return counts, [json.loads(line) for line in lines]


def test_clips_of_vggsound_have_label_video_and_test_split(tmp_path):
    sound(tmp_path / "media" / "a" / "--0PQM4-hqg_000030.wav")
    sound(tmp_path / "media" / "---g-f_I2yQ_1.flac")
    counts, rows = listed(tmp_path, "vggsound", VGGSOUND)
    assert counts == Listed(rows=3, missing=1)
    assert [row["id"] for row in rows] == [
        "---g-f_I2yQ_000001", "--0PQM4-hqg_000030", "-0jeONf82dE_000022"
    ]  # fmt: skip
    assert [row.get("split") for row in rows] == ["test", None, None]
    assert rows[1]["label"] == "waterfall burbling, loud"
    assert rows[1]["path"] == "../media/a/--0PQM4-hqg_000030.wav"
    assert rows[0]["path"] == "../media/---g-f_I2yQ_1.flac"
    assert rows[2]["path"] == "../media/-0jeONf82dE_000022.flac"  # is counted as missing by a run
    assert rows[1]["url"] == "https://www.youtube.com/watch?v=--0PQM4-hqg&t=30s"
    assert not any("licence" in row for row in rows)  # the sound belongs to who put it there


@pytest.mark.parametrize(
    ("name", "split"), [("train.csv", "train"), ("val.csv", "validation"), ("my.csv", None)]
)
def test_clips_of_audiocaps_have_their_caption_and_the_split_of_their_list(tmp_path, name, split):
    sound(tmp_path / "media" / "Yr1nicOVtvkQ.wav")
    counts, (row,) = listed(tmp_path, "audiocaps", AUDIOCAPS, name)
    assert counts == Listed(rows=1, missing=0)
    assert row["id"] == "ac-91139"
    assert row["caption"] == "Rain falls, then a door slams"
    assert row.get("split") == split
    assert row["youtube_id"] == "r1nicOVtvkQ"


def test_sounds_of_esc50_have_category_recording_fold_and_licence(tmp_path):
    sound(tmp_path / "media" / "1-100032-A-0.wav")
    counts, rows = listed(tmp_path, "esc50", ESC50)
    assert counts == Listed(rows=2, missing=1)
    assert [row["category"] for row in rows] == ["dog", "chirping_birds"]
    assert [row["clip_id"] for row in rows] == ["100032", "203128"]
    assert [row["fold"] for row in rows] == [1, 5]
    assert [row["licence"] for row in rows] == ["CC-BY-3.0", "CC-BY-NC-3.0"]


def test_texts_in_other_encodings_and_with_control_characters_are_repaired_later(tmp_path):
    """They stay as they are here, so that the record of a pair has the flag `text_repaired`."""
    for id_ in ("aaaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc"):
        sound(tmp_path / "media" / f"{id_}.wav")
    text = (
        b"aaaaaaaaaaa,1,caf\xe9 noise,train\nbbbbbbbbbbb,2,dog\x0bbark\x1cing,train\n"
        b'ccccccccccc,3,"e\xcc\x81clair, ""quoted""",train\n'
    )
    counts, rows = listed(tmp_path, "vggsound", b"\xef\xbb\xbf" + text)
    assert counts == Listed(rows=3, missing=0)
    assert rows[0]["label"] == "caf� noise"
    assert rows[2]["label"] == 'e\u0301clair, "quoted"'
    uri = f"manifest:{tmp_path}/out/manifest.jsonl"
    source = open_source(uri, {"field_map": {"audio": "path"}}, CATALOG())
    assert [text_repaired(source.row(n)) for n in range(3)] == [True, True, True]


@pytest.mark.parametrize(
    ("corpus", "text", "said"),
    [
        ("vggsound", "a,1,dog\n", "line 1: 3 columns; expected youtube_id, start, label, split"),
        ("vggsound", "a,soon,dog,train\n", "line 1: 'soon' is no second to begin at"),
        ("vggsound", "a,1,dog,train\na,1,cat,train\n", "line 2: 'a_000001' is listed before"),
        ("audiocaps", "audiocap_id,youtube_id,start_time,caption\n", "lists nothing; expected"),
        ("esc50", ESC50.replace(",dog,", ",dogs,"), "line 2: .*'dogs'"),
    ],
)
def test_a_list_that_is_something_else_is_refused(tmp_path, corpus, text, said):
    with pytest.raises(DataError, match=said):
        listed(tmp_path, corpus, text)
    assert not (tmp_path / "out").exists()


def test_a_folder_or_list_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="media is no folder; expected that of the recordings"):
        write_recordings(tmp_path / "l.csv", "esc50", tmp_path / "media", tmp_path / "m.jsonl")
    (tmp_path / "media").mkdir()
    with pytest.raises(DataError, match=r"l\.csv cannot be read \(FileNotFoundError\)"):
        write_recordings(tmp_path / "l.csv", "esc50", tmp_path / "media", tmp_path / "m.jsonl")


def test_pairs_are_made_of_what_is_listed_and_the_rest_is_counted_as_missing(tmp_path, capsys):
    for name, seconds in (("1-100032-A-0", 1.0), ("r1nicOVtvkQ_000130", 3.0)):
        sound(tmp_path / "media" / f"{name}.wav", seconds)
    for corpus, text in (("esc50", ESC50), ("audiocaps", AUDIOCAPS)):
        (tmp_path / f"{corpus}.csv").write_text(text, encoding="utf-8")
        options = ["--corpus", corpus, "--media", str(tmp_path / "media")]
        output = ["-o", str(tmp_path / corpus / "manifest.jsonl")]
        with pytest.raises(SystemExit) as ended:
            main(["audioedit", "recordings", str(tmp_path / f"{corpus}.csv"), *options, *output])
        assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "2 recordings in" in told
    assert "; files of 1 are not in" in told
    sources = {
        "foreground": [{
            "uri": f"manifest:{tmp_path}/esc50/manifest.jsonl", "words": "esc50",
            "options": {"field_map": {"audio": "path"}}, "group_by": "clip_id",
            "group_prefix": "fs:",
        }],
        "background": [{
            "uri": f"manifest:{tmp_path}/audiocaps/manifest.jsonl",
            "options": {"field_map": {"audio": "path"}}, "group_by": "youtube_id",
            "group_prefix": "yt:",
        }],
    }  # fmt: skip
    given = config()
    chosen = config(synthesis={**given.synthesis.model_dump(mode="json"), **sources, "scenes": 3})
    made = make(tmp_path / "set", chosen, CATALOG)
    assert made.records
    assert {group for record in made.records for group in record.groups} == {
        "fs:100032", "yt:r1nicOVtvkQ"
    }  # fmt: skip
    assert made.funnel[0].rejected == {"missing": 1}
