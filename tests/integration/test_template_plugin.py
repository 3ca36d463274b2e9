"""A new plugin, from ``plugins new`` to an installed distribution whose contract tests pass."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "plugins" / "template"
NAMES = ("text_to_audio_at_level", "loudness", "level_error")


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


def test_the_example_installs_beside_a_new_plugin(new_plugin, tmp_path):
    folder, site = new_plugin
    copy = tmp_path / "template"
    for file in TEMPLATE.rglob("*"):
        if file.is_file() and file.suffix in {".py", ".toml", ".md"} and "build" not in file.parts:
            target = copy / file.relative_to(TEMPLATE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    install(copy, tmp_path / "site")
    both = Path(f"{tmp_path / 'site'}{os.pathsep}{site}")
    done = run("audio_omni", "plugins", "list", "--json", cwd=folder, site=both)
    rows = json.loads(done.stdout)
    assert {"loudness", "acme_voices2_loudness"} <= {row["name"] for row in rows}
    names = {"audio-omni-loudness", "acme-voices2"}
    assert [r for r in rows if r["distribution"] in names and r["state"] != "ready"] == []
