"""Orders for the toy stages, in this process and in those that it starts."""

import os
from pathlib import Path

import pytest
from toy_stages import ORDERS


@pytest.fixture
def orders(tmp_path, monkeypatch):
    folder = tmp_path / "orders"
    folder.mkdir()
    monkeypatch.setenv(ORDERS, str(folder))
    stand_ins = str(Path(__file__).resolve().parents[2] / "stand_ins")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([stand_ins, os.environ.get("PYTHONPATH", "")]))
    return folder
