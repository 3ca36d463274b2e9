"""``plan`` and ``train --dry-run`` as a user meets them."""

import json
import subprocess
import sys

import pytest
from audio_omni.core.cli.main import main

PAPER_MISSING = 17 + 3 + 1  # sources by task, files, the language model


@pytest.fixture
def run(capfd, monkeypatch, tmp_path):
    """A function that runs a command in an empty folder and returns status, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUDIO_OMNI_DATA", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))

    def run(*words):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*words])
        said = capfd.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


def test_a_plan_as_text(run):
    status, out, _ = run("plan", "micro")
    assert status == 0
    for heading in ("Parameters", "Memory of a GPU", "Operations", "Storage", "Assumed"):
        assert f"\n{heading}\n" in out
    assert "fits: " in out


def test_a_plan_as_json_has_what_its_help_says(run):
    status, out, _ = run("plan", "micro", "--json", "--set", "train.steps=7")
    plan = json.loads(out)
    assert (status, plan["steps"], plan["batch"]) == (0, 7, 8)
    _, text, _ = run("plan", "--help")
    folded = " ".join(text.replace("│", " ").split())
    for key in plan:
        assert key in folded


def test_a_plan_that_does_not_fit_says_what_would(run):
    status, out, _ = run("plan", "paper", "--gpus", "8")
    assert status == 1
    assert "does not fit: " in out
    assert "it would fit with\n  --" in out
    status, out, _ = run(
        "plan", "paper", "--gpus", "64", "--sharding", "full", "--features", "cached"
    )
    assert status == 0
    assert "passes of 4, 20 a step" in out
    assert "3,046,958,416" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan", "papr"], "Did you mean 'paper'"),
        (["plan", "micro", "--gpus", "0"], "field 'gpus'"),
        (["plan", "micro", "--sharding", "half"], "field 'sharding'"),
        (["plan", "micro", "--utilisation", "1.5"], "field 'utilisation'"),
        (["plan", "micro", "--features", "some"], "field 'features'"),
        (["plan", "micro", "--set", "train.stepz=3"], "Did you mean 'steps'"),
        (["plan", "nano_understanding"], "trains a language model alone"),
        (["train", "papr", "--dry-run"], "Did you mean 'paper'"),
    ],
)
def test_bad_input_is_said_and_ends_with_1(run, words, said):
    status, out, err = run(*words)
    assert (status, out) == (1, "")
    assert said in err


def test_a_dry_run_that_is_ready(run, tmp_path):
    status, out, _ = run("train", "micro", "--dry-run", "-o", "runs/new")
    assert status == 0
    assert out.endswith("\nready\n")
    assert "100,000 rows" in out
    assert not list(tmp_path.iterdir())


def test_a_dry_run_of_the_paper_lists_everything(run):
    status, out, _ = run("train", "paper", "--dry-run", "--json")
    found = json.loads(out)
    assert (status, found["ready"]) == (1, False)
    gone = [need for need in found["needs"] if need["state"] == "missing"]
    assert len([need for need in gone if need["kind"] != "disk"]) == PAPER_MISSING
    assert all(need["advice"] for need in gone)
    assert found["plan"]["parameters"]["trainable"] == 3_046_958_416
    status, out, _ = run("train", "paper", "--dry-run")
    assert status == 1
    assert "hf download Qwen/Qwen2.5-Omni-3B" in out
    assert f"not ready: {len(gone)} missing" in out


def test_a_run_needs_a_folder(run):
    status, _, err = run("train", "micro")
    assert status == 2
    assert "--dry-run" in err


def test_help_needs_no_torch():
    code = (
        "import sys\n"
        "from audio_omni.core.cli.main import main\n"
        "try:\n    main(['plan', '--help'])\n"
        "except SystemExit:\n    sys.exit('torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
