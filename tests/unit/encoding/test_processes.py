"""What goes wrong in another process is said in the one that started it."""

import os
from functools import partial
from pathlib import Path

import pytest
from audio_omni.core.encoding.encoder import Job
from audio_omni.core.encoding.index import Shard
from audio_omni.core.encoding.processes import write_with_processes
from audio_omni.core.errors import DataError, PluginError
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.manager import build_plugin_manager

SHARDS = [Shard(0, number, range(number, number + 1)) for number in range(3)]


def job(open_catalog):
    host = build_plugin_manager(entry_points=False, strict=True)
    recipe = resolve_recipe(find_recipe("micro", host.recipes))
    return Job("id", recipe, Path("nowhere"), [], open_catalog, "cpu", half=False)


def test_an_error_and_a_death_end_the_work():
    blocked = partial(build_plugin_manager, blocked=("engine",))
    with pytest.raises(PluginError, match="Plugin 'engine' cannot be disabled"):
        list(write_with_processes(job(blocked), SHARDS, 2))
    with pytest.raises(DataError, match=r"One of 2 processes that encode died.*stays"):
        list(write_with_processes(job(partial(os._exit, 1)), SHARDS, 2))


def test_without_shards_no_process_is_started(monkeypatch):
    monkeypatch.setattr("audio_omni.core.processes.ProcessPoolExecutor", None)
    assert list(write_with_processes(job(build_plugin_manager), [], 2)) == []
