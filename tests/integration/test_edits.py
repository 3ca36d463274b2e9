"""The table of editing, from rows to numbers, with a tiny model: the gate, and what is refused."""

import json
import shutil

import numpy as np
import pytest
import soundfile
import torch
from audio_omni.core.cli.main import main
from audio_omni.core.media.audio import load_waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.metrics.lsd import Lsd

CONTROLS = ("copy", "silence", "codec", "oracle")
METHODS = (
    "own", "sdedit,steps=4", "ode_inversion,steps=2", "edit_friendly_inversion,steps=4",
    "flow_edit,steps=4",
)  # fmt: skip
TASKS = ("add", "remove", "extract", "style_transfer")
EARS = (
    "--option",
    "fad.embedder={name: bands}",
    "--option",
    "clap_score.embedder={name: one_vector}",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory, host):
    from audio_omni.core.recipe import find_recipe, resolve_recipe
    from audio_omni.core.training.session import train

    folder = tmp_path_factory.mktemp("runs") / "micro"
    short = ["train.steps=2", "train.checkpoint_every=2", "evaluation.samples_per_task=0"]
    quiet = ["tracking.observers=[jsonl]", "loader.workers=0", "sampling.steps=2"]
    train(resolve_recipe(find_recipe("micro", host.recipes), [*short, *quiet]), host, folder)
    return folder


def call(*arguments):
    """Return the exit status of the command line."""
    try:
        main(["--plugin", "band_embedder", *map(str, arguments)])
    except SystemExit as end:
        return end.code or 0
    return 0


def world(*tasks):
    return [part for task in tasks for part in ("--rows", f"{task}=soundworld:{task}")]


def methods(*names):
    return [part for name in names for part in ("--method", name)]


def table(output):
    return json.loads((output / "edits.json").read_text())


@pytest.fixture(scope="module")
def compared(run, tmp_path_factory):
    """All methods and controls on 32 rows of the embedded world, which nobody trained on."""
    output = tmp_path_factory.mktemp("edits") / "out"
    short = ["--source-option", "clip_seconds=1.5", "--held-out", "--limit", "8"]
    arguments = [*short, *methods(*METHODS, *CONTROLS), *EARS, "-o", output]
    assert call("edits", run, *world(*TASKS), *arguments) == 0
    return output, arguments


def test_the_gate(compared):
    """The full table with all controls; no method passes the oracle."""
    found = table(compared[0])
    assert found["tasks"] == list(TASKS)
    assert list(found["rows"]) == [*METHODS, *CONTROLS]
    lsd = {name: row["mean LSD"] for name, row in found["rows"].items()}
    assert all(cell["n"] == 32 and cell["interval"] for cell in lsd.values())
    assert all(lsd["oracle"]["value"] < lsd[name]["value"] for name in METHODS)
    for row in found["rows"].values():
        assert {f"{name} {of}" for name in ("add", "style") for of in ("FAD", "LSD")} <= set(row)
        assert row["LSD -80"]["value"] < row["LSD -100"]["value"] < row["LSD -120"]["value"]
        assert row["CLAP"]["over"] == ["add", "extract", "style_transfer"]
        assert row["CLAP"]["n"] == 24
        assert row["SI-SDR outside (dB)"]["over"] == ["add", "remove"] or (
            row["SI-SDR outside (dB)"]["over"] == ["add", "remove", "style_transfer"]
        )
        assert row["seconds a clip"]["value"] > 0


def test_a_copy_is_its_source_to_the_last_bit(compared):
    output, _ = compared
    for task in TASKS:
        folder = output / "rows" / f"audioedit_{task}"
        for line in map(json.loads, (folder / "manifest.jsonl").read_text().splitlines()):
            source = load_waveform(folder / line["source_audio"])
            copied = load_waveform(
                output / f"audioedit_{task}@copy" / "clips" / f"{line['id']}.flac"
            )
            assert torch.equal(source.samples, copied.samples)
            assert Lsd().score(Measured(copied, source)) == 0


def test_rows_hold_exact_answers_and_what_describes_them(compared):
    folder = compared[0] / "rows" / "audioedit_add"
    for line in map(json.loads, (folder / "manifest.jsonl").read_text().splitlines()):
        source, target = (load_waveform(folder / line[name]) for name in ("source_audio", "audio"))
        start, end = (round(16000 * second) for second in line["span"][0])
        outside = torch.ones(source.samples.shape[-1], dtype=torch.bool)
        outside[start - 1 : end + 1] = False
        apart = (source.samples - target.samples).abs()
        assert float(apart[:, outside].max()) < 1e-6
        assert float(apart.max()) > 1e-3
        assert line["caption"] == line["description"]
        assert line["source_caption"] != line["target_caption"]


def test_network_calls_are_those_of_the_methods(compared):
    rows = table(compared[0])["rows"]
    calls = {name: rows[name]["network calls"]["value"] for name in rows}
    assert calls["own"] == 2 * 2  # two steps, two branches of guidance
    assert calls["sdedit,steps=4"] == 3 * 2  # three of four steps lie below 0.73
    assert calls["edit_friendly_inversion,steps=4"] == calls["flow_edit,steps=4"] == 3 + 3 * 2
    assert calls["ode_inversion,steps=2"] == 1 * 2 + 1 * 2 * 2
    assert all(calls[name] == 0 for name in CONTROLS)


def test_the_page_says_what_a_reader_has_to_know(compared):
    text = (compared[0] / "edits.md").read_text()
    assert "| own | " in text
    assert "| oracle | " in text
    for said in ("floor of -100 dBFS", "do not stand beside", "told what the answer holds",
                 "n: add 8, remove 8, extract 8, style transfer 8", "which no model"):  # fmt: skip
        assert said in text


def test_the_same_command_goes_on_and_ends_the_same(run, tmp_path):
    output, ways = tmp_path / "out", methods("sdedit,steps=2", "copy")
    arguments = [*world("remove"), "--limit", "3", *ways, "--metric", "lsd", "-o", output]
    assert call("edits", run, *arguments) == 0
    before = table(output)
    clips = sorted((output / "audioedit_remove@sdedit,steps=2" / "clips").iterdir())
    made = clips[0].stat().st_mtime_ns
    clips[2].unlink()
    assert call("edits", run, *arguments) == 0
    assert clips[0].stat().st_mtime_ns == made
    after = table(output)
    for found in (before, after):  # what was made again took another while
        del found["rows"]["sdedit,steps=2"]["seconds a clip"]
    assert after == before


def test_a_sweep_tells_which_settings_to_use(run, tmp_path, monkeypatch, capsys):
    from audio_omni.evaluation.edits import sweep

    monkeypatch.setattr(sweep, "STARTS", (0.44, 0.73))
    monkeypatch.setattr(sweep, "SCALES", (6,))
    short = ["--source-option", "clip_seconds=1.5", "--held-out", "--limit", "2"]
    arguments = [*world("add"), *short, *EARS, "--metric", "lsd,clap_score", "-o", tmp_path / "out"]
    assert call("edits", run, *arguments, "--sweep", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["rows"]) == list(sweep.sweep_methods())
    assert len(found["rows"]) == 6
    assert found["notes"][0].startswith("Chosen by CLAP at an LSD of ")
    assert call("edits", run, *arguments, "--sweep", "--method", "copy") != 0
    assert "without --method" in " ".join(capsys.readouterr().err.split())


def test_methods_stand_in_the_papers_tables(compared, capsys):
    output, _ = compared
    assert call("evaluate", "--paper-table", "A3", "--data", output, "-o", output) == 0
    told = capsys.readouterr().out
    value = table(output)["rows"]["oracle"]["add LSD"]["value"]
    (line,) = [one for one in told.splitlines() if one.startswith("| ours: oracle |")]
    assert line.split("|")[3].strip() == f"{value:.2f}"
    assert call("evaluate", "--paper-table", "4", "--data", output, "-o", output) == 0
    assert "| ours: flow_edit,steps=4 |" in capsys.readouterr().out


def test_files_of_another_system_are_measured_beside(run, compared, tmp_path, capsys):
    output, _ = compared
    theirs = tmp_path / "theirs" / "remove"
    theirs.mkdir(parents=True)
    folder = output / "rows" / "audioedit_remove"
    lines = [*map(json.loads, (folder / "manifest.jsonl").read_text().splitlines())]
    for line in lines:
        samples, rate = soundfile.read(folder / line["audio"])
        soundfile.write(theirs / f"{line['id']}.wav", np.repeat(samples, 2), 2 * rate, "FLOAT")
    rows = world("remove")
    short = ["--source-option", "clip_seconds=1.5", "--held-out", "--limit", "8"]
    ways = [*short, *methods("copy"), "--metric", "lsd,si_sdr_outside"]
    ours = ["--external", f"them={tmp_path / 'theirs'}", "-o", tmp_path / "out", "--json"]
    assert call("edits", run, *rows, *ways, *ours) == 0
    found = json.loads(capsys.readouterr().out)["rows"]
    assert found["them"]["mean LSD"]["n"] == 8
    assert found["them"]["mean LSD"]["value"] < found["copy"]["mean LSD"]["value"]
    assert "network calls" not in found["them"]
    next(iter(theirs.iterdir())).unlink()
    assert call("edits", run, *rows, *ways, *ours) != 0
    assert "'them' has no file for 1 of 8 rows" in " ".join(capsys.readouterr().err.split())


def test_a_manifest_says_itself_which_edits_its_rows_are(run, tmp_path, capsys):
    at = np.arange(16000) / 16000
    for name, hz in (("low", 200), ("high", 800)):
        soundfile.write(tmp_path / f"{name}.wav", 0.2 * np.sin(2 * np.pi * hz * at), 16000)
    both = {"source": "low.wav", "target": "high.wav", "instruction": "Make it higher."}
    words = {"source_caption": "a low tone", "target_caption": "a high tone"}
    spans = {"spans": [{"start_s": 0.25, "end_s": 0.75}]}
    tasks = {"style": {"source_category": "low", "target_category": "high"},
             "add": {"description": "a tone"}}  # fmt: skip
    rows = [
        {"id": f"{task}-{i}", "task": task, **both, **words, **more, **spans}
        for task, more in tasks.items()
        for i in range(2)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = ["--source-option", "field_map={audio: target, source_audio: source}"]
    arguments = [
        "--rows",
        f"manifest:{path}",
        *names,
        *methods("sdedit,steps=2,t_start=0.5", "own"),
    ]
    metrics = ["--metric", "lsd,lsd_inside", "-o", tmp_path / "out"]
    assert call("edits", run, *arguments, *metrics) == 0
    found = table(tmp_path / "out")
    assert found["tasks"] == ["add", "style_transfer"]
    assert found["rows"]["sdedit,steps=2,t_start=0.5"]["LSD inside"]["n"] == 4
    told = json.loads((tmp_path / "out" / "rows" / "audioedit_style_transfer" / "manifest.jsonl")
                      .read_text().splitlines()[0])  # fmt: skip
    assert (told["span"], told["caption"]) == ([[0.25, 0.75]], "high")
    capsys.readouterr()
    assert call("edits", run, *arguments, *metrics, "--text", "instruction") != 0
    assert "holds other rows" in capsys.readouterr().err
    shutil.rmtree(tmp_path / "out")
    assert call("edits", run, *arguments, *metrics, "--text", "instruction") == 0
    manifest = tmp_path / "out" / "rows" / "audioedit_add" / "manifest.jsonl"
    assert json.loads(manifest.read_text().splitlines()[0])["target_caption"] == "Make it higher."


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--rows", "soundworld:add"], "expected one of add, remove"),
        (["--rows", "add=soundworld:sounds"], "is no edit"),
        (["--rows", "add=manifest:none.jsonl"], "none.jsonl"),
        ([*world("add"), "--method", "sdedti"], "sdedit"),
        ([*world("add"), "--method", "sdedit,t_strat=1"], "t_start"),
        ([*world("add"), "--method", "sdedit,0.5"], "NAME,KEY=VALUE"),
        ([*world("add"), "--method", "sdedit,t_start=2"], "t_start"),
        ([*world("add"), "--metric", "lsdd"], "lsd"),
        ([*world("add"), "--external", "them"], "NAME=DIR"),
        ([*world("add"), "--held-out", "--source-option", "split=test"], "holds nothing out"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(run, arguments, told, tmp_path, capsys):
    quick = [] if "--metric" in arguments else ["--metric", "lsd"]
    assert call("edits", run, *arguments, *quick, "--limit", "1", "-o", tmp_path / "out") != 0
    message = capsys.readouterr()
    assert told in " ".join((message.err + message.out).split())


def test_metrics_without_their_networks_leave_cells_empty_with_the_reason(run, tmp_path):
    asked = ["--metric", "lsd,fad", "--limit", "1", *methods("copy"), "-o", tmp_path / "out"]
    assert call("edits", run, *world("remove"), *asked) == 0
    found = table(tmp_path / "out")
    assert "remove FAD" not in found["rows"]["copy"]
    assert any("fad was not measured" in note and "vggish" in note for note in found["notes"])
