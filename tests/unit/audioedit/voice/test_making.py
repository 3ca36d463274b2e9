"""Pairs on disk: exact samples, whole files, folders that do not mix, and what is told."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import spoken_corpus
from audio_omni.core.cli.main import main
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.audioedit.records import LicenceFacts
from audio_omni.plugins.audioedit.voice.config import ConversionConfig, EditingConfig
from audio_omni.plugins.audioedit.voice.making import make_conversions, make_edits
from audio_omni.plugins.audioedit.voice.records import VoiceRecord
from audio_omni.plugins.audioedit.voice.report import histogram
from audio_omni.plugins.manager import build_plugin_manager

PROMPTS = {"prompt_seconds": (1.0, 4.0)}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return spoken_corpus.corpus(
        tmp_path_factory.mktemp("corpus"), sentences=spoken_corpus.SENTENCES[:3]
    )


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False)


def convert(manifest, output, **options):
    return make_conversions(manifest, output, ConversionConfig(**PROMPTS, **options))


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def call(*arguments):
    """Return the exit status of the command line."""
    try:
        main(list(map(str, arguments)))
    except SystemExit as end:
        return end.code or 0
    return 0


def test_recordings_are_kept_sample_by_sample(manifest, tmp_path):
    convert(manifest, tmp_path, pairs=4)
    folder = tmp_path / "voice_conversion"
    for line in lines(folder / "records.jsonl"):
        record = VoiceRecord.model_validate(line)
        assert record.line() == json.dumps(line, ensure_ascii=False, sort_keys=True)
        for ingredient in record.ingredients():
            made, rate = soundfile.read(folder / "audio" / f"{ingredient.sha256}.flac")
            original, original_rate = soundfile.read(manifest.parent / f"{ingredient.item}.wav")
            assert rate == original_rate == record.audio[ingredient.role].sample_rate
            assert np.array_equal(made, original)


def test_records_say_consent_licence_speakers_and_what_to_mark(manifest, tmp_path):
    told = spoken_corpus.rows(tmp_path / "corpus", sentences=spoken_corpus.SENTENCES[:2])
    for row in told:
        row["licence"] = "CC-BY-4.0" if row["speaker"] == "anna" else "CC-BY-NC-4.0"
    convert(spoken_corpus.write(tmp_path / "corpus", told), tmp_path, pairs=8)
    for line in lines(tmp_path / "voice_conversion" / "records.jsonl"):
        record = VoiceRecord.model_validate(line)
        assert all(one.voice_consent is True for one in record.ingredients())
        assert set(record.groups) == {record.facts["speaker"], record.facts["source_speaker"]}
        assert "watermark_outputs" in record.quality.flags
        licences = {one.licence for one in record.ingredients()}
        assert record.licence == LicenceFacts(
            effective=" AND ".join(sorted(licences, key=lambda name: ("NC" not in name, name))),
            commercial_ok=licences == {"CC-BY-4.0"},
            notes=record.licence.notes,
        )
    for row in lines(tmp_path / "voice_conversion" / "manifest.jsonl"):
        assert row["voice_consent"] is row["watermark_outputs"] is True
        assert row["licence"]


def test_pairs_at_another_rate_are_resampled_once_and_say_so(manifest, tmp_path):
    convert(manifest, tmp_path, pairs=4, sample_rate_hz=24000)
    folder = tmp_path / "voice_conversion"
    for path in (folder / "audio").iterdir():
        assert soundfile.info(path).samplerate == 24000
    for line in lines(folder / "records.jsonl"):
        assert "resampled 16000 → 24000 Hz" in line["quality"]["flags"]
        assert {one["sample_rate"] for one in line["provenance"]["ingredients"]} == {16000}


def test_rows_are_read_by_the_tasks(manifest, tmp_path, host):
    from audio_omni.core.data.uri import open_source
    from audio_omni.core.task import build_task

    convert(manifest, tmp_path, pairs=4)
    make_edits(manifest, tmp_path, EditingConfig(pairs=3), host)
    for name, count in (("voice_conversion", 4), ("speech_editing", 3)):
        source = open_source(f"manifest:{tmp_path / name / 'manifest.jsonl'}", {}, host)
        assert len(source) == count
        task = build_task(host, name, {})
        for number in range(count):
            row = source.row(number)
            example = task.to_example(row)
            spoken = row.media["source_audio"]().seconds
            if name == "voice_conversion":
                voice = row.media["voice_audio"]().seconds
                assert example.seconds == pytest.approx(spoken + voice)
            else:
                part = [row.fields[f"{name}_seconds"] for name in ("start", "end", "new")]
                length = spoken - part[1] + part[0] + part[2]
                assert example.seconds == pytest.approx(length, abs=1e-3)


def test_another_seed_or_other_recordings_do_not_mix_with_a_folders_own(manifest, tmp_path):
    convert(manifest, tmp_path, pairs=4)
    with pytest.raises(ConfigError, match=r"other options: config\.seed: 0 → 1"):
        convert(manifest, tmp_path, pairs=4, seed=1)
    told = spoken_corpus.rows(tmp_path / "corpus", sentences=spoken_corpus.SENTENCES[:2])
    fewer = spoken_corpus.write(tmp_path / "corpus", told)
    before = (tmp_path / "voice_conversion" / "manifest.jsonl").read_bytes()
    with pytest.raises(DataError, match="begun with another plan"):
        convert(fewer, tmp_path, pairs=4)
    assert (tmp_path / "voice_conversion" / "manifest.jsonl").read_bytes() == before


def test_damaged_audio_is_written_again(manifest, tmp_path):
    convert(manifest, tmp_path, pairs=4)
    paths = sorted((tmp_path / "voice_conversion" / "audio").iterdir())
    whole = paths[0].read_bytes()
    paths[0].write_bytes(whole[:99])
    paths[1].unlink()
    convert(manifest, tmp_path, pairs=4)
    assert paths[0].read_bytes() == whole
    assert paths[1].is_file()


def test_a_full_disk_ends_cleanly_and_the_same_command_goes_on(
    manifest, tmp_path, monkeypatch, capsys
):
    asked = ("audioedit", "voice", "convert-pairs", manifest, "-o", tmp_path, "--pairs", 4,
             "--set", "prompt_seconds=[1,4]")  # fmt: skip
    left, sync = [5], os.fsync

    def full(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert call(*asked) == 3
    assert "disk is full" in capsys.readouterr().err
    folder = tmp_path / "voice_conversion"
    assert not (folder / "manifest.jsonl").exists()
    assert not list(folder.rglob("*.part"))
    assert call(*asked) == 0
    assert len(lines(folder / "manifest.jsonl")) == 4


def test_no_pair_at_all_is_an_error_that_says_what_became_of_the_lines(tmp_path, capsys):
    told = spoken_corpus.rows(tmp_path / "corpus", speakers=("anna",))
    told[0]["licence"] = None
    manifest = spoken_corpus.write(tmp_path / "corpus", told)
    asked = ("audioedit", "voice", "convert-pairs", manifest, "-o", tmp_path)
    assert call(*asked, "--set", "prompt_seconds=[1,4]") == 1
    message = " ".join(capsys.readouterr().err.split())
    assert "5 recordings of 1 speakers are fit" in message
    assert "rejected 5 no_partner" in message
    assert "rejected 1 licence_unknown" in message
    assert not (tmp_path / "voice_conversion").exists()
    untimed = [{**row, "words": None} for row in told]
    spoken_corpus.write(tmp_path / "corpus", untimed)
    assert call("audioedit", "voice", "edit-pairs", manifest, "-o", tmp_path) == 1
    assert "no_word_times" in capsys.readouterr().err


def test_the_report_counts_everything_once_and_tells_what_falls_short(tmp_path):
    told = spoken_corpus.rows(tmp_path / "corpus", sentences=spoken_corpus.SENTENCES[:3])
    told[0]["path"] = "gone.wav"
    told[1]["sex"] = None
    told.append({**told[2], "speaker": "someone else"})
    accounts = convert(spoken_corpus.write(tmp_path / "corpus", told), tmp_path, pairs=40)
    report = json.loads((tmp_path / "voice_conversion" / "report.json").read_text())
    assert report == accounts.to_dict()
    counted = report["recordings"]
    assert counted["lines"] == 13
    assert counted["rejected"] == {"duplicate_id": 2, "missing": 1, "sex_not_told": 1}
    rejected = lines(tmp_path / "voice_conversion" / "rejected.jsonl")
    assert len(rejected) == 4
    assert str(tmp_path) not in json.dumps(rejected)
    pairs = report["pairs"]
    assert pairs["made"] + pairs["short"] == pairs["asked"] == 40
    assert pairs["unbalanced_by"] == max(pairs["kinds"].values()) - min(pairs["kinds"].values())
    assert pairs["unbalanced_by"] > 0
    text = (tmp_path / "voice_conversion" / "report.txt").read_text()
    assert f"{pairs['short']} fewer than the 40 asked for" in text
    assert f"unbalanced by {pairs['unbalanced_by']} pairs" in text
    assert {one["split"] for one in report["speakers"].values()} == {"test"}
    assert report["speakers_by_split"] == {"test": 4}
    assert sum(report["snr_db"]["histogram"].values()) == counted["fit"]


def test_speakers_of_other_splits_are_counted_and_not_heard(tmp_path):
    told = spoken_corpus.rows(tmp_path / "corpus", sentences=spoken_corpus.SENTENCES[:2])
    for row in told:
        row["split"] = "train" if row["speaker"] in {"anna", "david"} else "test"
    accounts = convert(spoken_corpus.write(tmp_path / "corpus", told), tmp_path)
    report = accounts.to_dict()
    assert report["speakers_by_split"] == {"test": 2, "train": 2}
    assert report["recordings"]["rejected"] == {"other_split": 4}
    assert set(report["speakers"]) == {"boris", "clara"}
    assert "by split: test 2, train 2" in accounts.text()
    schema = json.loads((tmp_path / "voice_conversion" / "record.schema.json").read_text())
    assert schema["title"] == "VoiceRecord"


def test_signal_to_noise_is_counted_between_edges():
    assert histogram([12.0, 20.0, 24.9, 25.0, 99.0]) == {
        "under 20": 1, "20 … 25": 2, "25 … 30": 1, "60 and more": 1,
    }  # fmt: skip
    assert histogram([]) == {}


def test_what_is_no_aligner_is_refused_before_anything_is_heard(manifest, tmp_path, host):
    config = EditingConfig(aligner={"name": "energy"})
    with pytest.raises(ConfigError, match=r"'energy' is a activity|expected an aligner"):
        make_edits(manifest, tmp_path, config, host)
    config = EditingConfig(aligner={"name": "ctc_aligner"})
    with pytest.raises(ConfigError, match=r"aligner\.options\.weights"):
        make_edits(manifest, tmp_path, config, host)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_told(manifest, tmp_path):
    Path(tmp_path / "voice_conversion").write_text("")
    with pytest.raises(ConfigError, match="is a file"):
        convert(manifest, tmp_path)


def test_an_unknown_option_is_told_with_what_is_near(manifest, tmp_path, capsys):
    asked = ("audioedit", "voice", "convert-pairs", manifest, "-o", tmp_path)
    assert call(*asked, "--set", "prompt_second=[1,4]") == 1
    assert "prompt_seconds" in capsys.readouterr().err
