"""From recordings of speech to tables: pairs are made, a model is asked, metrics listen."""

import json
import shutil

import numpy as np
import pytest
import soundfile
import spoken_corpus
from audio_omni.core.cli.main import main
from audio_omni.core.training.session import train
from audio_omni.plugins.manager import build_plugin_manager
from tiny_networks.folders import save_wavlm, save_whisper

THREE = ("word_error_rate", "same_speaker", "duration_ratio")


def call(*arguments):
    """Return the exit status of the command line."""
    try:
        main(list(map(str, arguments)))
    except SystemExit as end:
        return end.code or 0
    return 0


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A model that speaks, two steps old, over clips that hold a voice and a sentence."""
    from audio_omni.core.recipe import find_recipe, resolve_recipe

    host = build_plugin_manager(entry_points=False)
    folder = tmp_path_factory.mktemp("runs") / "speaks"
    sources = [
        {"uri": f"soundworld:{task}", "task": task}
        for task in ("voice_conversion", "speech_editing")
    ]
    values = {**find_recipe("micro", host.recipes), "mixture": {"sources": sources}}
    short = ["train.steps=2", "train.checkpoint_every=2", "evaluation.samples_per_task=0"]
    quiet = ["tracking.observers=[jsonl]", "loader.workers=0", "sampling.steps=2"]
    longer = ["model.clip_seconds=7", "loader.batch_size=2", "train.warmup_steps=1"]
    train(resolve_recipe(values, [*short, *quiet, *longer]), host, folder)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Pairs of both tasks in one folder of benchmarks."""
    folder = tmp_path_factory.mktemp("pairs")
    manifest = spoken_corpus.corpus(folder / "corpus")
    voice = ("audioedit", "voice")
    fits = ("--set", "prompt_seconds=[1,3]")
    assert call(*voice, "convert-pairs", manifest, "-o", folder, "--pairs", 8, *fits) == 0
    assert call(*voice, "edit-pairs", manifest, "-o", folder, "--pairs", 6) == 0
    return folder


@pytest.fixture(autouse=True)
def networks(tmp_path, monkeypatch):
    save_whisper(tmp_path / "networks" / "whisper")
    save_wavlm(tmp_path / "networks" / "wavlm_speaker")
    monkeypatch.setenv("AUDIO_OMNI_EMBEDDERS", str(tmp_path / "networks"))
    monkeypatch.setenv("AUDIO_OMNI_CACHE", str(tmp_path / "cache"))


def results(folder):
    found = json.loads((folder / "results.json").read_text())
    assert found["refused"] == {}
    return {result["name"]: result for result in found["results"]}


def test_conversions_are_made_and_measured_by_words_voice_and_length(run, data, tmp_path, capsys):
    out = tmp_path / "out"
    assert call("evaluate", run, "--benchmark", "voice_conversion", "--data", data, "-o", out) == 0
    table = capsys.readouterr().out
    found = results(out / "voice_conversion")
    assert set(found) == {*THREE, "reference_word_error_rate"}
    assert all(name in table for name in found)
    assert {result["n"] for result in found.values()} == {8}
    rows = [json.loads(line) for line in (data / "voice_conversion" / "manifest.jsonl").open()]
    clips = sorted((out / "voice_conversion" / "clips").iterdir())
    assert [clip.stem for clip in clips] == sorted(row["id"] for row in rows)
    for clip, row in zip(clips, sorted(rows, key=lambda row: row["id"]), strict=True):
        source = soundfile.info(data / "voice_conversion" / row["source_audio"])
        assert soundfile.info(clip).duration == pytest.approx(source.duration, abs=0.04)
        with soundfile.SoundFile(clip) as file:
            assert json.loads(file.comment)["watermark_outputs"] is True
    assert found["duration_ratio"]["value"] >= 1
    assert -1 <= found["same_speaker"]["value"] <= 1
    assert found["duration_ratio"]["fingerprint"]["policies"]["durations"] == "as_is"


def test_a_recording_of_the_voice_itself_scores_as_that_voice(data, tmp_path):
    """The parallel recordings, as if a system had made them: the right voice, and its length."""
    pairs, made = data / "voice_conversion", tmp_path / "made"
    made.mkdir()
    rows = [json.loads(line) for line in (pairs / "manifest.jsonl").open()]
    for row in rows:
        shutil.copy(pairs / row["reference_audio"], made / f"{row['id']}.flac")
    out = tmp_path / "scores"
    asked = ("--reference", pairs / "reference.jsonl", "--metric", ",".join(THREE), "-o", out)
    assert call("score", "--generated", made, *asked) == 0
    found = {one["name"]: one for one in json.loads((out / "score.json").read_text())["results"]}
    assert found["same_speaker"]["value"] == pytest.approx(1.0)
    assert found["duration_ratio"]["value"] == pytest.approx(1.0)


def test_edits_are_measured_by_their_words_and_leave_the_rest_alone(run, data, tmp_path, capsys):
    out = tmp_path / "out"
    assert call("evaluate", run, "--benchmark", "speech_editing", "--data", data, "-o", out) == 0
    found = results(out / "speech_editing")
    assert set(found) == {
        *("edited_words_error_rate", "word_error_rate", "same_speaker", "outside_equal"),
        "reference_word_error_rate",
    }
    assert found["outside_equal"]["value"] == 1.0
    assert 0 <= found["edited_words_error_rate"]["value"] <= 1
    assert "outside_equal" in capsys.readouterr().out


def test_one_changed_sample_outside_is_seen(run, data, tmp_path):
    out = tmp_path / "out"
    asked = ("evaluate", run, "--benchmark", "speech_editing", "--data", data, "-o", out)
    assert call(*asked) == 0
    clips = sorted((out / "speech_editing" / "clips").iterdir())
    samples, rate = soundfile.read(clips[0], dtype="int32")
    samples[1] += 256  # one step of 24 bits
    soundfile.write(clips[0], samples, rate, subtype="PCM_24")
    assert call(*asked) == 0
    found = results(out / "speech_editing")["outside_equal"]
    assert found["value"] == pytest.approx(5 / 6)


def test_pairs_are_the_same_whatever_the_order_of_lines_and_again(data, tmp_path):
    told = spoken_corpus.rows(tmp_path / "corpus")
    shuffled = [told[i] for i in np.random.default_rng(0).permutation(len(told))]
    manifest = spoken_corpus.write(tmp_path / "corpus", shuffled)
    fits = ("--pairs", 8, "--set", "prompt_seconds=[1,3]")
    command = ("audioedit", "voice", "convert-pairs", manifest, "-o", tmp_path, *fits)
    assert call(*command) == 0
    mine, theirs = tmp_path / "voice_conversion", data / "voice_conversion"
    before = {path.name: path.stat().st_mtime_ns for path in (mine / "audio").iterdir()}
    assert call(*command) == 0
    names = ("plan.jsonl", "manifest.jsonl", "records.jsonl", "reference.jsonl", "report.json")
    for name in names:
        assert (mine / name).read_bytes() == (theirs / name).read_bytes()
    after = {path.name: path.stat().st_mtime_ns for path in (mine / "audio").iterdir()}
    assert after == before
    assert after.keys() == {path.name for path in (theirs / "audio").iterdir()}
    assert str(tmp_path) not in "".join((mine / name).read_text() for name in names)
