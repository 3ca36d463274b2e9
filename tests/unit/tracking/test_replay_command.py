"""What a run could not send is sent by a command, without going on with the run."""

import json
import subprocess
import sys

import pytest
from audio_omni.core.errors import ConfigError, PluginError, RequestError
from audio_omni.plugins.mlflow_tracking import replay as replaying
from audio_omni.plugins.mlflow_tracking.alone import Alone
from audio_omni.plugins.mlflow_tracking.command import app
from audio_omni.plugins.mlflow_tracking.replay import replay
from audio_omni.plugins.mlflow_tracking.spool import Spool
from typer.testing import CliRunner

NOBODY = "http://127.0.0.1:9"
VARIABLE = "MLFLOW_TRACKING_URI"


@pytest.fixture
def unsent(told, tmp_path, monkeypatch):
    """A run of two steps whose server was away from its beginning to its end."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    monkeypatch.setenv(VARIABLE, NOBODY)
    monkeypatch.chdir(tmp_path)  # where MLflow puts artifacts of a database that is named
    run = told(tmp_path / "run", options={"retry_s": 0.1})
    run.start(launch="one").step(1).step(2).checkpoint(2).end(step=2)
    assert Spool(run.run_dir / "mlflow_spool.jsonl").waits
    monkeypatch.delenv(VARIABLE)
    return run


def database(empty_database, folder):
    path = folder / "server.db"
    path.write_bytes(empty_database.read_bytes())
    return f"sqlite:///{path}"


def test_all_of_a_run_that_never_reached_a_server(unsent, empty_database, tmp_path):
    waiting = len(Spool(unsent.run_dir / "mlflow_spool.jsonl").read())
    uri = database(empty_database, tmp_path)
    outcome = replay(unsent.run_dir, {VARIABLE: uri})
    assert (outcome.sent, outcome.waiting, outcome.reason) == (waiting, 0, "")
    assert outcome.run_id == unsent.run_id
    assert unsent.run.info.status == "FINISHED"
    assert unsent.run.info.run_name == "run"
    points = unsent.client.get_metric_history(unsent.run_id, "train/loss")
    assert [point.step for point in points] == [1, 2]
    experiment = unsent.client.get_experiment(unsent.run.info.experiment_id)
    assert experiment.name == "sounds"
    (model,) = unsent.client.search_logged_models([experiment.experiment_id])
    assert model.name == "step-00000002"
    assert not (unsent.run_dir / "mlflow_spool.jsonl").exists()
    again = replay(unsent.run_dir, {VARIABLE: uri})
    assert (again.sent, again.waiting) == (0, 0)
    assert again.describe() == f"Nothing waits in {unsent.run_dir}."


def test_a_server_that_is_still_away_keeps_everything(unsent):
    before = Spool(unsent.run_dir / "mlflow_spool.jsonl").read()
    said = CliRunner().invoke(app, ["replay", str(unsent.run_dir)])
    assert said.exit_code == 1
    assert f"0 records were sent to {NOBODY}" in said.output
    assert f"{len(before)} wait still: MLflow does not answer" in said.output
    assert Spool(unsent.run_dir / "mlflow_spool.jsonl").read() == before


def test_what_the_store_failed_at_goes_to_the_same_run(told, tmp_path, monkeypatch):
    from audio_omni.plugins.mlflow_tracking.store import Store

    def fails(own, operation):
        raise ConnectionError("500, as always")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_dict", fails)
        run = told(tmp_path / "run").start(launch="one").step(1).end(step=1)
    held = run.run_dir / "mlflow_held.jsonl"
    assert [operation["op"] for operation in Spool(held).read()] == ["dict"]
    said = CliRunner().invoke(app, ["replay", str(run.run_dir), "--json"])
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout)
    assert (found["sent"], found["waiting"], found["run_id"]) == (1, 0, run.run_id)
    names = [item.path for item in run.client.list_artifacts(run.run_id, "config")]
    assert names == ["config/resolved.yaml"]
    assert run.run.info.status == "FINISHED"
    assert not held.exists()


def test_a_run_that_goes_on_is_left_alone(told, tmp_path):
    run = told(tmp_path / "run").start().step(1)
    with pytest.raises(ConfigError, match="goes on, or is replayed already"):
        replay(run.run_dir)
    run.end(step=1)
    assert replay(run.run_dir).waiting == 0


def test_a_run_waits_for_a_replay_and_is_not_tracked_beside_it(told, tmp_path):
    run = told(tmp_path / "run", options={"wait_s": 0.2}).start().step(1).end("stopped", 1)
    alone = Alone(run.run_dir)
    assert alone.take()
    with pytest.raises(ConfigError, match="Another process sends what waits"):
        run.start(resumed=1)
    alone.leave()
    run.start(resumed=1).end(step=1)
    assert run.run.info.status == "FINISHED"


def test_the_folder_is_free_although_workers_were_forked_with_it(tmp_path):
    """As data workers are, which may outlive the end of tracking."""
    import os

    alone = Alone(tmp_path)
    assert alone.take()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(reading, 1)  # until the parent says so
        os._exit(0)
    alone.leave()
    other = Alone(tmp_path)
    assert other.take()
    other.leave()
    os.write(writing, b"1")
    os.waitpid(child, 0)


def test_another_address_than_the_runs_is_refused(told, tmp_path):
    run = told(tmp_path / "run").start().step(1).end(step=1)
    Spool(run.run_dir / "mlflow_spool.jsonl").append([{"op": "begin"}])
    with pytest.raises(ConfigError, match=r"is tracked at sqlite.*and MLFLOW_TRACKING_URI is http"):
        replay(run.run_dir, {VARIABLE: NOBODY})


def test_a_folder_that_is_no_tracked_run(tmp_path):
    with pytest.raises(RequestError, match=r"no folder of a run.*mlflow_start\.json"):
        replay(tmp_path)
    (tmp_path / "mlflow_start.json").write_text('{"name": "cut o')
    with pytest.raises(RequestError, match="no folder of a run"):
        replay(tmp_path)


def test_without_mlflow_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(replaying.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PluginError, match=r"audio-omni\[mlflow\]"):
        replay(tmp_path)


def test_its_help_loads_nothing_heavy():
    code = (
        "import sys; from audio_omni.core.cli.main import main\n"
        "try: main(['tracking', 'replay', '--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch', 'mlflow', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
    assert "Folder of a run that has ended" in done.stdout
