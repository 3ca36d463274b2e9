"""Which process measures which machine, and of which launch."""

import time

import pytest
from audio_omni.core.events import RankEnd, RankStart
from audio_omni.plugins.mlflow_tracking import plugin
from audio_omni.plugins.mlflow_tracking.run_file import RunFile, write_run_file
from audio_omni.plugins.mlflow_tracking.settings import is_first_of_its_machine, node_name

CPU = "cpu_utilization_percentage"
OPTIONS = {"system_metrics": True, "system_metrics_interval_s": 0.05, "wait_s": 10}


@pytest.mark.parametrize(
    ("environ", "name", "is_first"),
    [
        ({}, None, True),
        ({"GROUP_WORLD_SIZE": "1", "GROUP_RANK": "0", "LOCAL_RANK": "1"}, None, False),
        ({"GROUP_WORLD_SIZE": "2", "GROUP_RANK": "0", "LOCAL_RANK": "0"}, "node-0", True),
        ({"GROUP_WORLD_SIZE": "2", "GROUP_RANK": "1", "LOCAL_RANK": "0"}, "node-1", True),
        ({"GROUP_WORLD_SIZE": "2", "GROUP_RANK": "1", "LOCAL_RANK": "3"}, "node-1", False),
    ],
)
def test_one_process_speaks_for_each_machine(environ, name, is_first):
    assert (node_name(environ), is_first_of_its_machine(environ)) == (name, is_first)


def wait_for(found):
    deadline = time.monotonic() + 20
    while not (result := found()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return result


def test_another_machine_waits_for_the_run_of_its_own_launch(told, tmp_path, monkeypatch):
    pytest.importorskip("psutil")
    run = told(tmp_path / "run", options={"system_metrics": False}).start(launch="now")
    own, client = run.run_id, run.client
    old = client.create_run(run.run.info.experiment_id).info.run_id
    write_run_file(run.run_dir, RunFile(old, client.tracking_uri, "before"))
    for key, value in (("GROUP_WORLD_SIZE", "2"), ("GROUP_RANK", "1"), ("LOCAL_RANK", "0")):
        monkeypatch.setenv(key, value)
    run.recipe["tracking"]["options"]["mlflow"] = OPTIONS
    plugin.on_rank_start(RankStart(run.run_dir, run.recipe, 1, {"launch": "now"}))
    time.sleep(1.2)  # it has looked, and found an earlier launch
    write_run_file(run.run_dir, RunFile(own, client.tracking_uri, "now"))
    key = f"system/node-1/{CPU}"
    assert wait_for(lambda: client.get_metric_history(own, key))
    plugin.on_rank_end(RankEnd(1, "finished"))
    assert client.get_metric_history(old, key) == []
    run.end()


def test_a_machine_that_never_finds_the_run_ends_all_the_same(told, tmp_path):
    run = told(tmp_path / "run", options=OPTIONS)
    run.run_dir.mkdir()
    plugin.on_rank_start(RankStart(run.run_dir, run.recipe, 1, {"launch": "now"}))
    began = time.monotonic()
    plugin.on_rank_end(RankEnd(1, "failed"))
    assert time.monotonic() - began < 5


def test_the_measuring_goes_on_after_the_server_was_away(told, tmp_path):
    """MLflow's own monitor ends with the first answer that it misses."""
    pytest.importorskip("psutil")
    run = told(tmp_path / "run", options={**OPTIONS, "retry_s": 0.1}).start()
    machine = plugin._active["mlflow"].worker.store._machine
    first = machine._monitor
    first._shutdown_event.set()
    assert wait_for(lambda: not first._process.is_alive())
    time.sleep(0.2)
    run.step(1)
    assert wait_for(lambda: machine._monitor is not first)
    assert machine._monitor._process.is_alive()
    run.end()
