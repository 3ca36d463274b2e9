"""A model on a benchmark: from its folder to numbers, stopped and gone on with, and told off."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_omni.core.cli.main import main
from audio_omni.core.training.session import train
from audio_omni.plugins.manager import build_plugin_manager

PLUGIN = ("--plugin", "band_embedder", "evaluate")
RATE = 16000
CAPTIONS = {"d": "a high tone", "b": "a low tone", "a/1": "a tone", "c": "another tone"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    from audio_omni.core.recipe import find_recipe, resolve_recipe

    host = build_plugin_manager(entry_points=False)
    folder = tmp_path_factory.mktemp("runs") / "micro"
    short = ["train.steps=2", "train.checkpoint_every=2", "evaluation.samples_per_task=0"]
    quiet = ["tracking.observers=[jsonl]", "loader.workers=0", "sampling.steps=2"]
    train(resolve_recipe(find_recipe("micro", host.recipes), [*short, *quiet]), host, folder)
    return folder


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data" / "tones"
    folder.mkdir(parents=True)
    rows = []
    for number, (name, caption) in enumerate(CAPTIONS.items()):
        at = np.arange(RATE) / RATE
        path = folder / f"{number}.wav"
        soundfile.write(path, 0.2 * np.sin(2 * np.pi * 200 * (number + 1) * at), RATE)
        rows.append({"id": name, "audio": path.name, "caption": caption})
    write(folder, rows)
    return folder.parent


def write(folder, rows):
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def call(*arguments):
    """Return the exit status of the command line."""
    try:
        main([*PLUGIN, *map(str, arguments)])
    except SystemExit as end:
        return end.code or 0
    return 0


def evaluate(run, data, output, *more):
    return call(run, "--benchmark", "tones", "--data", data, "-o", output, *more)


def results(output):
    found = json.loads((output / "tones" / "results.json").read_text())
    return found, {result["name"]: result for result in found["results"]}


def test_clips_are_made_measured_and_kept_with_their_numbers(
    run, data, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("audio_omni.evaluation.scoring.progress.QUIET_SECONDS", 0.0)
    output = tmp_path / "out"
    assert evaluate(run, data, output) == 0
    said = capsys.readouterr()
    assert "band_distance" in said.out
    assert "made 4 of 4" in said.err
    assert "measured 4 of 4 clips" in said.err
    found, by_name = results(output)
    assert set(by_name) == {"fad", "band_distance", "lsd"}
    assert all(result["n"] == 4 for result in by_name.values())
    assert found["details"]["rows"] == 4
    page = (output / "tones" / "score.html").read_text()
    assert page.count("<audio") == page.count('<img alt="Spectrogram: ') == 8
    assert "| band_distance |" in (output / "tones" / "results.md").read_text()
    history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    told = [line for line in history if line["event"] == "evaluated"][-1]
    assert told["name"] == "benchmark tones"
    assert told["metrics"] == {f"tones/{name}": one["value"] for name, one in by_name.items()}
    clips = sorted((output / "tones" / "clips").iterdir())
    assert len(clips) == 4
    assert all(soundfile.info(clip).duration == pytest.approx(0.5, abs=0.01) for clip in clips)


KILLED = """
import os, signal, sys

sys.path.insert(0, sys.argv[1])
from audio_omni.core.cli.main import main
from audio_omni.evaluation.benchmarks import generate
from audio_omni.evaluation.scoring import worker

generate.TOGETHER, worker.BATCH, worker.SAVE_EVERY_S = 2, 2, 0.0
inner, left = getattr({where}), int(sys.argv[2])

def counted(*given, **named):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return inner(*given, **named)

setattr({where}, counted)
main(sys.argv[3:])
"""
WRITES = 'generate, "save_waveform"'
LISTENS = 'worker.Worker, "_found"'


@pytest.mark.parametrize(("where", "after", "made"), [(WRITES, 3, 3), (LISTENS, 5, 4)])
def test_a_kill_9_loses_no_clip_and_the_numbers_are_those_of_a_whole_run(
    run, data, tmp_path, monkeypatch, where, after, made
):
    """Killed between two clips of a batch, and in the midst of listening."""
    stand_ins = Path(__file__).parents[1] / "stand_ins"
    monkeypatch.setenv("AUDIO_OMNI_CACHE", str(tmp_path / "cache"))

    def go(output, left):
        command = [sys.executable, "-c", KILLED.replace("{where}", where), str(stand_ins)]
        arguments = [run, "--benchmark", "tones", "--data", data, "-o", output]
        command += [str(left), *PLUGIN, *map(str, arguments)]
        return subprocess.run(command, check=False, capture_output=True).returncode

    stopped, folder = tmp_path / "stopped", tmp_path / "stopped" / "tones"
    assert go(stopped, after) == -9
    clips = {path.name: path.stat().st_mtime_ns for path in (folder / "clips").iterdir()}
    assert len(clips) == made
    assert not (folder / "results.json").exists()
    assert go(stopped, 10**6) == 0
    kept = {path.name: path.stat().st_mtime_ns for path in (folder / "clips").iterdir()}
    assert clips.items() <= kept.items()
    assert len(kept) == 4
    assert go(tmp_path / "whole", 10**6) == 0
    assert results(stopped)[1] == results(tmp_path / "whole")[1]


def test_a_metric_without_weights_is_refused_before_a_clip_is_made(run, tmp_path, capsys):
    folder = tmp_path / "data" / "audiocaps"
    folder.mkdir(parents=True)
    soundfile.write(folder / "a.wav", np.zeros(RATE), RATE)
    write(folder, [{"id": "a", "audio": "a.wav", "caption": "nothing"}])
    out = tmp_path / "out"
    assert call(run, "--benchmark", "audiocaps", "--data", folder.parent, "-o", out) != 0
    message = " ".join(capsys.readouterr().err.split())
    assert "Embedder 'vggish'" in message
    assert "AUDIO_OMNI_EMBEDDERS" in message
    assert not (out / "audiocaps" / "clips").exists()


def test_clips_of_another_rate_than_their_references_are_measured_at_the_models(
    run, data, tmp_path
):
    """The policy is applied and recorded; --sample-rate is another one."""
    folder = data / "tones"
    for number in (1, 2):
        samples, _ = soundfile.read(folder / f"{number}.wav")
        soundfile.write(folder / f"{number}.wav", np.repeat(samples, 2), 2 * RATE)
    assert evaluate(run, data, tmp_path / "out") == 0
    found, by_name = results(tmp_path / "out")
    assert found["details"]["policies"]["sample_rate_hz"] == RATE
    assert by_name["lsd"]["fingerprint"]["policies"]["sample_rate_hz"] == RATE
    assert "unlike_rates" in found["details"]["flags"]
    applied = json.loads((tmp_path / "out" / "tones" / "score.json").read_text())["applied"]
    assert applied["resampled"] == 2
    assert evaluate(run, data, tmp_path / "high", "--sample-rate", 2 * RATE) == 0
    theirs = results(tmp_path / "high")[1]["lsd"]["fingerprint"]["policies"]
    assert theirs["sample_rate_hz"] == 2 * RATE


def test_a_stopped_evaluation_goes_on_and_ends_the_same(run, data, tmp_path):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert evaluate(run, data, whole) == evaluate(run, data, stopped) == 0
    clips = sorted((stopped / "tones" / "clips").iterdir())
    kept = clips[0].stat().st_mtime_ns
    clips[1].unlink()
    clips[3].unlink()
    assert evaluate(run, data, stopped) == 0
    assert clips[0].stat().st_mtime_ns == kept
    assert results(stopped)[1] == results(whole)[1]
    for clip in clips:
        again = soundfile.read(whole / "tones" / "clips" / clip.name)[0]
        assert np.array_equal(soundfile.read(clip)[0], again)


def test_a_limit_takes_the_first_ids_whatever_the_order_of_the_file(run, data, tmp_path):
    assert evaluate(run, data, tmp_path / "first", "--limit", "2") == 0
    folder = data / "tones"
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    write(folder, rows[::-1])
    assert evaluate(run, data, tmp_path / "second", "--limit", "2") == 0
    first, second = (results(tmp_path / name)[1]["lsd"] for name in ("first", "second"))
    assert (first["n"], first["rows"], first["value"]) == (2, second["rows"], second["value"])


def test_clips_of_another_seed_are_not_taken_for_these(run, data, tmp_path, capsys):
    assert evaluate(run, data, tmp_path / "out") == 0
    assert evaluate(run, data, tmp_path / "out", "--seed", "7") != 0
    told = capsys.readouterr().err
    assert "made otherwise (seed: 0 there, 7 now)" in " ".join(told.split())


def test_our_row_stands_in_the_papers_table(run, data, tmp_path, capsys):
    output = tmp_path / "out"
    assert evaluate(run, data, output) == 0
    capsys.readouterr()
    assert call("--paper-table", "3", "--data", data, "-o", output) == 0
    told = capsys.readouterr().out
    fad = results(output)[1]["fad"]["value"]
    assert f"| ours | {fad:.2f} |  |  |  |  |" in told
    assert "- ours, T2A FAD: n = 4" in told
    assert "MusicCaps is not at" in told
    (lacking,) = [line for line in told.splitlines() if "MusicCaps is not at" in line]
    assert "google/MusicCaps on the Hugging Face hub" in lacking
    assert "Lay it out as one JSON object a row: `id` (names the row), `audio`" in lacking
    assert "- MuMuLLaMA's 52.25 is its FD in Table A5, not a FAD." in told


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda rows: rows[0].pop("caption"), "line 1: no caption"),
        (lambda rows: rows[1].update(audio="gone.wav"), "line 2: no file gone.wav"),
        (lambda rows: rows.clear(), "it has no row"),
    ],
)
def test_data_that_does_not_fit_is_refused_before_a_model_loads(
    spoil, told, data, tmp_path, capsys
):
    folder = data / "tones"
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    spoil(rows)
    write(folder, rows)
    assert evaluate(tmp_path / "no model", data, tmp_path / "out") != 0
    message = " ".join(capsys.readouterr().err.split())
    assert told in message
    assert "Expected of each row: `id` (names the row)" in message


def test_missing_data_says_how_to_get_it_and_how_to_lay_it_out(tmp_path, capsys):
    assert call("x", "--benchmark", "audiocaps", "--data", tmp_path) != 0
    message = " ".join(capsys.readouterr().err.split())
    assert "no manifest.jsonl" in message
    assert "github.com/cdjkim/audiocaps" in message
    assert call("x", "--benchmark", "audiocap", "--data", tmp_path) != 0
    assert "audiocaps" in capsys.readouterr().err


def test_a_model_without_a_benchmark_and_the_other_way_round_are_told_apart(capsys):
    assert call("runs/x") != 0
    assert "no benchmark" in capsys.readouterr().err
    assert call("--benchmark", "tones") != 0
    assert "without a model" in capsys.readouterr().err


def test_the_list_says_which_data_is_there(data, capsys):
    assert call("--data", data, "--json") == 0
    listed = {row["benchmark"]: row for row in json.loads(capsys.readouterr().out)}
    assert listed["tones"]["missing"] is None
    assert "obtain" not in listed["tones"]
    assert "VGGSound" in listed["vggsound"]["missing"]


@pytest.fixture(scope="module")
def ears(tmp_path_factory):
    from audio_omni.core.recipe import find_recipe, resolve_recipe

    host = build_plugin_manager(entry_points=False)
    folder = tmp_path_factory.mktemp("runs") / "ears"
    short = ["model.preset=micro", "train.steps=1", "train.checkpoint_every=1", "loader.pool=false"]
    quiet = ["tracking.observers=[jsonl]", "loader.workers=0", "loader.batch_size=2"]
    values = find_recipe("nano_understanding", host.recipes)
    none = ["evaluation.samples_per_task=0", "train.warmup_steps=1"]
    train(resolve_recipe(values, [*short, *quiet, *none]), host, folder)
    return folder


def test_questions_are_asked_once_and_every_one_counts(ears, tmp_path, capsys):
    folder, output = tmp_path / "data" / "quiz", tmp_path / "out"
    folder.mkdir(parents=True)
    choices = ["a dog", "a cat"]
    asked = [
        {"id": f"q{i}", "question": "What barks?", "choices": choices, "answer": "a dog"}
        | {"task": "sound" if i else "speech", "difficulty": "easy"}
        for i in range(3)
    ]
    write(folder, asked)
    arguments = (ears, "--benchmark", "quiz", "--data", folder.parent, "-o", output)
    assert call(*arguments) == 0
    found = json.loads((output / "quiz" / "results.json").read_text())
    (result,) = found["results"]
    assert (result["name"], result["n"]) == ("mmau_accuracy", 3)
    groups = result["details"]["groups"]
    assert {name: one["n"] for name, one in groups["task"].items()} == {"sound": 2, "speech": 1}
    assert groups["difficulty"]["easy"]["value"] == pytest.approx(result["value"])
    page = (output / "quiz" / "results.md").read_text()
    share = groups["task"]["speech"]
    assert f"| task | speech | {share['value']:.4g} | 1 | {share['unread']:.3g} |" in page
    assert f"| audio-omni | {found['details']['versions']['audio-omni']} |" in page
    assert "speech" in capsys.readouterr().out
    answers = output / "quiz" / "answers.jsonl"
    lines = answers.read_text().splitlines(keepends=True)
    answers.write_text(lines[0] + '{"id": "q1", "answer": "a dog"}\n' + lines[2][:5])
    assert call(*arguments) == 0  # what was cut off half-way is asked again, and nothing else
    again = [json.loads(line) for line in answers.read_text().splitlines()]
    assert [row["id"] for row in again] == ["q0", "q1", "q2"]
    assert again[1]["answer"] == "a dog"
    assert again[2] == json.loads(lines[2])
    capsys.readouterr()
    assert call("--paper-table", "2", "--data", folder.parent, "-o", output) == 0
    share = 100 * json.loads((output / "quiz" / "results.json").read_text())["results"][0]["value"]
    assert f"| ours |  | {share:.2f} |" in capsys.readouterr().out
