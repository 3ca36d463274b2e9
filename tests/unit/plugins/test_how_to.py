"""The examples of the how-to are real: they are written to files, loaded and held by the kit."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "write-a-plugin.md"
FILE = re.compile(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
MAX_LINES = 60
PACKAGES = ("acme_weather", "acme_tempo", "acme_clipping")


@pytest.fixture(scope="module")
def files():
    return dict(FILE.findall(PAGE.read_text(encoding="utf-8")))


def test_every_example_is_there(files):
    expected = {f"{package}/{name}" for package in PACKAGES for name in ("__init__.py", "parts.py")}
    assert expected < set(files)
    assert len([name for name in files if name.startswith("tests/")]) == len(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_an_example_is_short(files, package):
    lines = sum(len(text.splitlines()) for name, text in files.items() if name.startswith(package))
    assert lines < MAX_LINES


def test_the_examples_pass_their_contract_tests(files, tmp_path):
    for name, text in files.items():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
