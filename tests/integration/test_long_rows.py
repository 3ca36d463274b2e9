"""Rows that are longer than the model's clips: everything is cut at one place, and it is told."""

import json

import numpy as np
import pytest
import soundfile
from audio_omni.core.cli.main import main
from audio_omni.core.data.cut import cut_row
from audio_omni.core.training.session import train
from audio_omni.evaluation.benchmarks import generate

RATE = 16000
WHOLE_S, EDIT_S = 20.0, (12.0, 12.5)
SHORT = "short"


@pytest.fixture(scope="module")
def run(tmp_path_factory, host):
    from audio_omni.core.recipe import find_recipe, resolve_recipe

    folder = tmp_path_factory.mktemp("runs") / "micro"
    short = ["train.steps=2", "train.checkpoint_every=2", "evaluation.samples_per_task=0"]
    quiet = ["tracking.observers=[jsonl]", "loader.workers=0", "sampling.steps=2"]
    train(resolve_recipe(find_recipe("micro", host.recipes), [*short, *quiet]), host, folder)
    return folder


@pytest.fixture
def data(tmp_path):
    """An edit at 12 s of a recording of 20 s, one at its start, and one that fills a short clip."""
    folder = tmp_path / "data" / "long_edits"
    folder.mkdir(parents=True)
    rows = [
        edit(folder, "late", WHOLE_S, EDIT_S),
        edit(folder, "early", WHOLE_S, (0.0, 0.2)),
        edit(folder, SHORT, 0.5, (0.0, 0.5)),
    ]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder.parent


def edit(folder, name, seconds, span):
    """Noise whose level changes all the time, to which a tone is added within the span."""
    rng, at = np.random.default_rng(len(name)), np.arange(round(seconds * RATE)) / RATE
    source = 0.2 * rng.uniform(-1, 1, at.size) * (0.1 + np.abs(np.sin(2.3 * at)))
    target = source + 0.3 * np.sin(2 * np.pi * 500 * at) * ((at >= span[0]) & (at < span[1]))
    files = {"audio": f"{name}-target.wav", "source_audio": f"{name}-source.wav"}
    for field, samples in (("audio", target), ("source_audio", source)):
        soundfile.write(folder / files[field], samples, RATE, "PCM_24")
    words = {"instruction": "Add a tone.", "description": "a tone"}
    told = {"source_caption": "noise", "target_caption": "noise and a tone"}
    where = {"span": [list(span)]}
    if name == "early":  # the other way to say it
        where = {"spans": [{"start_s": span[0], "end_s": span[1]}]}
    return {"id": name, **files, **words, **told, **where}


def call(*arguments):
    """Return the exit status of the command line."""
    try:
        main(["--plugin", "band_embedder", *map(str, arguments)])
    except SystemExit as end:
        return end.code or 0
    return 0


def lines(path):
    return {row["id"]: row for row in map(json.loads, path.read_text().splitlines())}


@pytest.fixture
def evaluated(run, data, tmp_path):
    ways = ["--method", "copy", "-o", tmp_path / "out"]
    assert call("evaluate", run, "--benchmark", "long_edits", "--data", data, *ways) == 0
    return tmp_path / "out" / "long_edits@copy"


def test_a_copy_of_the_input_is_perfect_outside_an_edit_at_12_s_of_20(evaluated):
    """Input, answer, spans and clip are of the same seconds, or nothing of this holds."""
    report = json.loads((evaluated / "score.json").read_text())
    for row in ("late", "early"):
        assert report["clips"]["si_sdr_outside"][row] == 100
        assert report["clips"]["lsd_outside"][row] < 0.01  # windows at the span's ends hear it
        assert report["clips"]["lsd_inside"][row] > 0.1


def test_what_was_cut_where_is_recorded(evaluated):
    cuts = lines(evaluated / "cuts.jsonl")
    seconds = cuts["late"]["cut"]["seconds"]
    start = cuts["late"]["cut"]["start_s"]
    assert start == pytest.approx(sum(EDIT_S) / 2 - seconds / 2, abs=1e-6)
    assert cuts["late"]["cut"]["whole_s"] == WHOLE_S
    shown = cuts["late"]["truth"]["span"]
    assert shown == [pytest.approx([second - start for second in EDIT_S])]
    assert (cuts["early"]["cut"]["start_s"], cuts[SHORT]["cut"]) == (0.0, None)
    reference = lines(evaluated / "reference.jsonl")["late"]
    assert soundfile.info(reference["path"]).duration == pytest.approx(seconds, abs=1e-3)
    assert reference["span"] == shown
    found = json.loads((evaluated / "results.json").read_text())
    told = found["details"]["row_cut"]
    assert (told["rows"], told["later"], told["of"]) == (2, 1, 3)
    (note,) = [note for note in found["details"]["notes"] if "longer than a clip" in note]
    assert note.startswith(f"2 of 3 rows last longer than a clip of {seconds:g} s and were cut ")
    assert note in (evaluated / "results.md").read_text()
    for result in found["results"]:
        assert result["fingerprint"]["row_cut"]["clip_seconds"] == pytest.approx(seconds)
        assert result["fingerprint"]["policies"]["sample_rate_hz"] == RATE
    assert "- rows cut: 2 of 3, around" in (evaluated / "score.md").read_text()


def test_an_edit_that_fills_its_clip_is_counted_and_the_rest_is_measured(evaluated):
    found = json.loads((evaluated / "results.json").read_text())
    by_name = {result["name"]: result for result in found["results"]}
    assert by_name["log_mel_distance_outside"]["n"] == 2
    assert by_name["log_mel_distance_outside"]["undefined"] == {
        "no frame lies outside the edited spans": 1
    }
    assert by_name["lsd_inside"]["n"] == 3
    page = (evaluated / "results.md").read_text()
    assert "| 2 (1 without value) |" in page
    assert "log_mel_distance_outside: no value for 1: no frame lies outside" in page


def test_edits_and_evaluate_cut_the_same_seconds(run, data, evaluated, tmp_path):
    rows = f"add=manifest:{data / 'long_edits' / 'manifest.jsonl'}"
    asked = ["--method", "copy", "--metric", "lsd_outside", "-o", tmp_path / "edits"]
    assert call("edits", run, "--rows", rows, *asked) == 0
    theirs = lines(tmp_path / "edits" / "rows" / "audioedit_add" / "manifest.jsonl")
    ours = lines(evaluated / "cuts.jsonl")
    for name in ("late", "early"):
        assert theirs[name]["cut"] == ours[name]["cut"]
        assert theirs[name]["span"] == ours[name]["truth"]["span"]
    assert "cut" not in theirs[SHORT]
    clip = soundfile.read(tmp_path / "edits" / "rows" / "audioedit_add" / theirs["late"]["audio"])
    reference = soundfile.read(lines(evaluated / "reference.jsonl")["late"]["path"])
    assert np.array_equal(clip[0], reference[0])


def test_a_stopped_run_cuts_again_only_what_it_did_not_cut(run, data, evaluated, tmp_path):
    before = json.loads((evaluated / "results.json").read_text())
    cuts = (evaluated / "cuts.jsonl").read_text()
    whole = cuts.splitlines(keepends=True)
    (evaluated / "cuts.jsonl").write_text(whole[0] + whole[1] + whole[2][:20])
    ways = ["--method", "copy", "-o", tmp_path / "out"]
    assert call("evaluate", run, "--benchmark", "long_edits", "--data", data, *ways) == 0
    assert (evaluated / "cuts.jsonl").read_text() == cuts
    assert json.loads((evaluated / "results.json").read_text())["results"] == before["results"]


def test_memory_holds_the_rows_of_one_batch(run, data, tmp_path, monkeypatch):
    """Each row's clip is let go before the next batch is cut."""
    batches = []
    made = generate._generate
    monkeypatch.setattr(generate, "TOGETHER", 1)
    monkeypatch.setattr(
        generate, "_generate", lambda *given: batches.append(len(given[1])) or made(*given)
    )
    opened = []
    monkeypatch.setattr(
        "audio_omni.evaluation.benchmarks.cutting.cut_row",
        lambda row, *rest: opened.append((row.id, len(batches))) or cut_row(row, *rest),
    )
    ways = ["--method", "copy", "-o", tmp_path / "out"]
    assert call("evaluate", run, "--benchmark", "long_edits", "--data", data, *ways) == 0
    assert [count for _, count in opened] == [0, 1, 2]  # one row is cut before each batch of one
    assert batches == [1, 1, 1]
