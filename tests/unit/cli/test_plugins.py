import json

import pytest
from audio_omni.core.cli.main import main
from audio_omni.core.cli.plugins import COLUMNS

BROKEN = "import jiwer_is_absent\n"


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    def _run(*arguments: str):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        captured = capsys.readouterr()
        return stopped.value.code, captured.out, captured.err

    return _run


@pytest.fixture
def broken(tmp_path, monkeypatch):
    (tmp_path / "broken_plugin.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "broken_plugin"


def test_list_as_json_has_the_promised_keys(run):
    status, out, _ = run("plugins", "list", "--json")
    rows = json.loads(out)
    assert status == 0
    assert all(set(row) == {*COLUMNS, "plugin", "summary"} for row in rows)
    (prompt,) = [r for r in rows if (r["kind"], r["name"]) == ("conditioner", "mllm")]
    assert (prompt["slots"], prompt["injection"]) == ("prompt", "context")
    (speech,) = [r for r in rows if (r["kind"], r["name"]) == ("task", "text_to_speech")]
    assert speech["slots"] == "prompt, transcript, reference_audio"
    assert prompt["distribution"] == "audio-omni"
    assert prompt["state"] == "ready"


def test_list_cuts_no_name_when_it_is_piped(run, tmp_path, monkeypatch):
    long = "a_solver_with_a_name_that_is_longer_than_any_terminal_is_wide_" + "x" * 60
    (tmp_path / "long_plugin.py").write_text(
        "from audio_omni import SolverSpec, hookimpl\n@hookimpl\ndef register_solvers():\n"
        f"    return [SolverSpec(name={long!r}, summary='s', factory='a:b')]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    _, out, _ = run("--plugin", "long_plugin", "plugins", "list")
    assert long in out
    (line,) = [line for line in out.splitlines() if long in line]
    assert line.split()[0] == "solver"


def test_list_shows_a_failed_plugin(run, broken):
    _, out, _ = run("--plugin", broken, "plugins", "list")
    assert "failed" in next(line for line in out.splitlines() if broken in line)


def test_show_tells_every_kind_of_a_name(run):
    _, out, _ = run("plugins", "show", "mel", "--json")
    entries = json.loads(out)
    assert [entry["kind"] for entry in entries] == ["conditioner", "codec", "plugin"]
    assert entries[0]["injection"] == "concat"
    assert "properties" in entries[0]["config"]
    assert entries[0]["origin"] == "plugin 'mel' (audio-omni 0.1.0)"


def test_show_follows_an_alias_and_helps_with_options(run):
    status, out, _ = run("plugins", "show", "T2A")
    assert status == 0
    assert "text_to_audio" in out
    assert "prompt" in out


def test_doctor_prints_the_original_traceback_and_exits_1(run, broken):
    status, out, _ = run("--plugin", broken, "plugins", "doctor")
    assert status == 1
    assert "import jiwer_is_absent" in out
    status, out, _ = run("--plugin", broken, "plugins", "doctor", "--json")
    entry = json.loads(out)[-1]
    assert status == 1
    assert entry["plugin"] == broken
    assert entry["reason"] == "No module named 'jiwer_is_absent'"
    assert "Traceback" in entry["traceback"]


def test_doctor_is_content_when_all_is_well(run):
    status, out, _ = run("plugins", "doctor")
    assert (status, "none failed" in out) == (0, True)
    assert run("plugins", "doctor", "--json")[:2] == (0, "[]\n")
