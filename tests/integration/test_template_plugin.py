"""A new plugin, from ``plugins new`` to an installed distribution whose contract tests pass.

The example is also put to work: trained in a mixture, used from the command line, measured.
"""

import json
import math
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "plugins" / "template"
NAMES = ("text_to_audio_at_level", "loudness", "level_error")
RECIPE = """
name: levels
model:
  preset: micro
  conditioners:
    level: {name: loudness}
mixture:
  sources:
    - {uri: "soundworld:sounds", task: text_to_audio}
    - {uri: "soundworld:remove", task: remove}
    - {uri: "soundworld:sounds", task: text_to_audio_at_level, weight: 2}
loader: {batch_size: 8}
train: {steps: 3, warmup_steps: 1, checkpoint_every: 3, log_every: 1}
evaluation: {every: 3, samples_per_task: 1}
sampling: {steps: 2}
"""


def run(*command: object, cwd: Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if site is not None:
        environment["PYTHONPATH"] = str(site)
    return subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment,
    )


def install(folder: Path, site: Path) -> None:
    done = run(
        "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
        "--disable-pip-version-check", "--target", site, folder, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def new_plugin(tmp_path_factory):
    """A plugin made by the scaffold, and a site folder that it is installed in."""
    base = tmp_path_factory.mktemp("new-plugin")
    done = run("audio_omni", "plugins", "new", "acme-voices2", "--into", base, cwd=base)
    assert done.returncode == 0, done.stderr
    install(base / "acme-voices2", base / "site")
    return base / "acme-voices2", base / "site"


def test_a_new_plugin_is_listed_with_distribution_and_version(new_plugin):
    folder, site = new_plugin
    done = run("audio_omni", "plugins", "list", "--json", cwd=folder, site=site)
    rows = [r for r in json.loads(done.stdout) if r["distribution"] == "acme-voices2"]
    assert [row["kind"] for row in rows] == ["task", "conditioner", "metric"]
    assert [row["name"] for row in rows] == [f"acme_voices2_{name}" for name in NAMES]
    assert {row["version"] for row in rows} == {"0.1.0"}
    assert {row["state"] for row in rows} == {"ready"}


def test_a_new_plugin_passes_its_contract_tests(new_plugin):
    folder, site = new_plugin
    done = run("pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=folder, site=site)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """A site folder that the example distribution is installed in, and nothing else."""
    base = tmp_path_factory.mktemp("example")
    copy = base / "template"
    for file in TEMPLATE.rglob("*"):
        if file.is_file() and file.suffix in {".py", ".toml", ".md"} and "build" not in file.parts:
            target = copy / file.relative_to(TEMPLATE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    install(copy, base / "site")
    return base / "site"


@pytest.fixture(scope="module")
def trained(example, tmp_path_factory):
    """Folder of a run of three steps: the example's task in a mixture with built-in ones."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "levels.yaml").write_text(RECIPE)
    done = run("audio_omni", "train", "levels.yaml", "-o", "run", cwd=folder, site=example)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "finished at step 3" in done.stdout
    return folder / "run"


def test_the_example_installs_beside_a_new_plugin(new_plugin, example):
    folder, site = new_plugin
    both = Path(f"{example}{os.pathsep}{site}")
    done = run("audio_omni", "plugins", "list", "--json", cwd=folder, site=both)
    rows = json.loads(done.stdout)
    assert {"loudness", "acme_voices2_loudness"} <= {row["name"] for row in rows}
    names = {"audio-omni-loudness", "acme-voices2"}
    assert [r for r in rows if r["distribution"] in names and r["state"] != "ready"] == []


def test_the_example_is_trained_in_a_mixture(trained):
    lines = (trained / "history.jsonl").read_text().splitlines()
    steps = [e for e in map(json.loads, lines) if e["event"] == "step_end"]
    assert [entry["step"] for entry in steps] == [1, 2, 3]
    seen = set().union(*(entry["task_loss"] for entry in steps))
    assert seen == {"text_to_audio", "remove", "text_to_audio_at_level"}
    weights = trained / "checkpoints" / "step-00000003" / "conditioner-level.safetensors"
    assert weights.is_file()


def test_the_metric_of_the_example_is_in_the_mlflow_run(trained):
    with sqlite3.connect(trained / "mlflow.db") as database:
        found = database.execute(
            "SELECT step, value FROM metrics WHERE key = ?",
            ("eval/text_to_audio_at_level/level_error",),
        ).fetchall()
    assert [step for step, _ in found] == [3]
    assert all(math.isfinite(value) and value >= 0 for _, value in found)


def test_the_task_of_the_example_generates_from_the_command_line(trained, example, tmp_path):
    done = run(
        "audio_omni", "run", "text_to_audio_at_level", "--prompt", "a dog barks",
        "--level-dbfs", "-20", "--seconds", "0.5", "--seed", "1", "--model", trained,
        "-o", tmp_path / "dog.flac", "--json", cwd=tmp_path, site=example,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["provenance"]["request"]["level_dbfs"] == -20
    assert report["provenance"]["plugins"]["audio_omni_loudness"] == "audio-omni-loudness 0.1.0"
    info = soundfile.info(tmp_path / "dog.flac")
    assert (info.samplerate, info.frames) == (16000, 8000)
