"""After a crash everything may be sent a second time, which changes nothing."""

import json

import pytest
from audio_omni.core.events import Sample, SamplesReady, SourceUse
from audio_omni.core.media.waveform import Waveform
from audio_omni.plugins.mlflow_tracking import plugin
from audio_omni.plugins.mlflow_tracking.operations import datasets_operation
from audio_omni.plugins.mlflow_tracking.settings import read_settings
from audio_omni.plugins.mlflow_tracking.spool import Spool
from audio_omni.plugins.mlflow_tracking.store import Store

BEST = {"registered_model": {"name": "sounds", "metric": "eval/add/lsd"}, "wait_s": 60}
OPERATIONS = {
    *("params", "tags", "metrics", "artifact", "dict", "image"),
    *("datasets", "model", "model_metrics", "retention", "best", "begin", "end"),
}
SOURCE = SourceUse("soundworld:sounds", "add", 1.0, 6, "abc", ("CC0-1.0",))


def files(client, run_id, folder=None):
    found = []
    for item in client.list_artifacts(run_id, folder):
        found += files(client, run_id, item.path) if item.is_dir else [item.path]
    return sorted(found)


def state(told):
    """All that a run has in MLflow, but for times."""
    client, run = told.client, told.run
    models = client.search_logged_models([run.info.experiment_id])
    return {
        "params": run.data.params,
        "tags": run.data.tags,
        "points": {
            key: [(p.step, p.value) for p in client.get_metric_history(run.info.run_id, key)]
            for key in run.data.metrics
        },
        "inputs": [i.dataset.name for i in run.inputs.dataset_inputs],
        "outputs": [(o.model_id, o.step) for o in run.outputs.model_outputs],
        "models": [(m.name, m.status, [(x.key, x.value) for x in m.metrics]) for m in models],
        "versions": [v.version for v in client.search_model_versions("name = 'sounds'")],
        "files": files(client, run.info.run_id),
        "status": run.info.status,
    }


def test_every_operation_may_be_sent_twice(told, tmp_path, monkeypatch):
    import torch

    sent, original = [], Spool.append
    monkeypatch.setattr(Spool, "append", lambda own, new: sent.extend(new) or original(own, new))
    run = told(tmp_path / "run", options=BEST).start(launch="one").step(1).step(2).checkpoint(2)
    tone = Waveform(0.1 * torch.ones(1, 8000), 16000)
    clips = [Sample("add", "a", tone, reference=tone, seed=1)]
    plugin.on_samples_ready(SamplesReady(2, clips, {"add/lsd": 1.0}, {"add/lsd": "lower"}))
    run.end()
    inputs = datasets_operation([SOURCE], {"soundworld:sounds as add": 1.0}, 2)
    settings = read_settings(run.run_dir, run.recipe, {}, resumed=True, tags={"launch": "two"})
    Store(settings, "run").apply(inputs)
    operations = json.loads(json.dumps([*sent[:-1], inputs, sent[-1]]))
    names = {operation["op"] for operation in operations}
    assert names == OPERATIONS
    first = Store(settings, "run")
    first.apply(operations[-1])
    before = state(run)
    again = Store(settings, "run")
    for operation in operations:
        again.apply(operation)
    assert state(run) == before
    assert (before["status"], before["versions"]) == ("FINISHED", [1])
    assert before["models"] == [("step-00000002", "READY", [("eval/add/lsd", 1.0)])]


def test_a_resume_that_is_sent_twice_is_one(told, tmp_path, monkeypatch):
    run = told(tmp_path / "run").start(launch="one").step(1).end("stopped", 1)
    for launch in ("two", "three"):
        run.start(resumed=1, launch=launch).end("stopped", 1)
    operation = {"op": "params", "values": {"name": "other"}, "resumed": True, "from_step": 1}
    store = Store(read_settings(run.run_dir, run.recipe, {}, resumed=True, tags={}), "run")
    for _ in range(2):
        store.apply({**operation, "launch": "four"})
    tags = run.run.data.tags
    assert tags["resume.count"] == "3"
    assert tags["resume.3.name"] == "other"
    assert [tags[f"resume.{n}.launch"] for n in (1, 2, 3)] == ["two", "three", "four"]


def test_a_fetch_that_fails_claims_no_step(told, tmp_path, monkeypatch):
    """Steps are known to be there only once they were sent."""
    run = told(tmp_path / "run").start(launch="one").end()
    settings = read_settings(run.run_dir, run.recipe, {}, resumed=True, tags={})
    store, asked = Store(settings, "run"), []
    fetch = store.client.get_metric_history

    def fails_once(run_id, key):
        asked.append(key)
        if len(asked) == 2:
            raise ConnectionError("gone")
        return fetch(run_id, key)

    monkeypatch.setattr(store.client, "get_metric_history", fails_once)
    operation = {"op": "metrics", "step": 1, "values": {"a": 1.0, "b": 2.0}, "at_ms": 1}
    with pytest.raises(ConnectionError):
        store.apply(operation)
    store.apply(operation)
    assert [p.step for p in fetch(store.run_id, "a")] == [1]
    assert [p.step for p in fetch(store.run_id, "b")] == [1]
