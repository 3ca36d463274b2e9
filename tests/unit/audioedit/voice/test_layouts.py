"""Corpora in their own folders become manifests whose paths are relative."""

import json

import pytest
from audio_omni.core.cli.main import main
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.audioedit.voice.config import VoiceConfig
from audio_omni.plugins.audioedit.voice.layouts import write_utterances
from audio_omni.plugins.audioedit.voice.utterances import read_utterances


def put(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def read(folder, layout, output):
    count = write_utterances(folder, layout, output)
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(rows) == count
    assert str(folder) not in output.read_text()
    found = read_utterances(output, VoiceConfig())
    assert not found.rejected
    for row in rows:
        assert (output.parent / row["path"]).is_file()
    return {one.id: one for one in found.utterances}


def test_librispeech(tmp_path):
    folder = put(
        tmp_path / "LibriSpeech",
        {
            "SPEAKERS.TXT": ";ID |SEX| SUBSET\n14 | F | train-clean-360 | 25.03 | Someone\n"
            "9  | M | dev-clean | 8.0 | Somebody\n",
            "train-clean-360/14/208/14-208.trans.txt": "14-208-0000 HELLO THERE\n14-208-0001 GONE",
            "train-clean-360/14/208/14-208-0000.flac": "",
            "dev-clean/9/1/9-1.trans.txt": "9-1-0000 HI",
            "dev-clean/9/1/9-1-0000.flac": "",
        },
    )
    found = read(folder, "librispeech", tmp_path / "lists" / "utterances.jsonl")
    assert set(found) == {"14-208-0000", "9-1-0000"}
    one = found["14-208-0000"]
    assert (one.text, one.speaker, one.sex) == ("HELLO THERE", "librispeech-14", "female")
    assert (one.session, one.split, one.licence) == ("208", "train", "CC-BY-4.0")
    assert found["9-1-0000"].split == "validation"
    assert found["9-1-0000"].sex == "male"
    assert one.voice_consent is None


def test_libritts(tmp_path):
    folder = put(
        tmp_path / "LibriTTS",
        {
            "speakers.tsv": "READER\tGENDER\tSUBSET\tNAME\n61\tM\ttest-clean\tSomebody\n",
            "test-clean/61/70968/61_70968_000000_000000.normalized.txt": "He began a speech.",
            "test-clean/61/70968/61_70968_000000_000000.wav": "",
        },
    )
    (one,) = read(folder, "libritts", folder / "utterances.jsonl").values()
    assert (one.text, one.sex, one.split) == ("He began a speech.", "male", "test")


def test_vctk_of_both_releases(tmp_path):
    folder = put(
        tmp_path / "VCTK",
        {
            "speaker-info.txt": "ID  AGE  GENDER  ACCENTS  REGION\n"
            "p225  23  F    English    Southern  England\n226  22  M    English    Surrey\n",
            "txt/p225/p225_003.txt": "Six spoons.\n",
            "txt/p225/p225_025.txt": "This is a very common type.",
            "txt/p226/p226_003.txt": "Six spoons.",
            "txt/p226/p226_004.txt": "No sound.",
            "wav48_silence_trimmed/p225/p225_003_mic1.flac": "",
            "wav48_silence_trimmed/p225/p225_003_mic2.flac": "",
            "wav48_silence_trimmed/p225/p225_025_mic1.flac": "",
            "wav48/p226/p226_003.wav": "",
        },
    )
    found = read(folder, "vctk", tmp_path / "vctk.jsonl")
    assert set(found) == {"p225_003", "p225_025", "p226_003"}
    assert found["p225_003"].parallel == found["p226_003"].parallel is not None
    assert found["p225_025"].parallel is None
    assert (found["p225_003"].sex, found["p226_003"].sex) == ("female", "male")


def test_what_is_no_corpus_is_told(tmp_path, capsys):
    with pytest.raises(ConfigError, match="is no folder"):
        write_utterances(tmp_path / "gone", "vctk", tmp_path / "a.jsonl")
    with pytest.raises(DataError, match=r"txt/SPEAKER/\*\.txt"):
        write_utterances(tmp_path, "vctk", tmp_path / "a.jsonl")
    folder = put(tmp_path, {"txt/p1/p1_001.txt": "Hi.", "wav48/p1/p1_001.wav": ""})
    output = tmp_path / "a.jsonl"
    asked = ["audioedit", "voice", "utterances", str(folder), "--layout", "vctk"]
    with pytest.raises(SystemExit) as end:
        main([*asked, "-o", str(output)])
    assert end.value.code == 0
    assert "1 recordings in" in capsys.readouterr().out
    assert "sex" not in json.loads(output.read_text())
