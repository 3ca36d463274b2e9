"""What is told is sent in order, whatever the server does meanwhile."""

import time

import pytest
from audio_omni.plugins.mlflow_tracking import worker
from audio_omni.plugins.mlflow_tracking.spool import Spool

pytest.importorskip("mlflow")


class Flaky:
    """Takes operations, except while it is down; refuses one kind."""

    def __init__(self):
        self.down, self.taken = True, []

    def connect(self):
        if self.down:
            raise ConnectionError("down")
        return self

    def apply(self, operation):
        if self.down:
            raise ConnectionError("down")
        if operation["op"] == "bad":
            raise ValueError("refused")
        self.taken.append(operation["n"])

    def metrics(self, operations):
        for operation in operations:
            self.apply(operation)


def test_the_order_survives_an_outage_and_refusals_are_dropped(tmp_path, caplog):
    store, spool = Flaky(), Spool(tmp_path / "spool.jsonl")
    sender = worker.Worker(store.connect, spool, retry_s=0.0)
    assert sender.tried.wait(5)
    sender.put({"op": "tags", "n": 1})
    sender.put({"op": "metrics", "n": 2})
    while not (spool.path.is_file() and len(spool.read()) == 2):
        time.sleep(0.01)
    store.down = False
    sender.put({"op": "bad", "n": 3})
    sender.put({"op": "metrics", "n": 4})
    assert sender.close(5)
    assert store.taken == [1, 2, 4]
    assert "MLflow refused bad: refused" in caplog.text


def test_what_a_slow_store_did_not_take_in_time_is_spooled(tmp_path):
    class Slow(Flaky):
        def connect(self):
            time.sleep(1.0)
            raise ConnectionError("down")

    spool = Spool(tmp_path / "spool.jsonl")
    sender = worker.Worker(Slow().connect, spool)
    sender.put({"op": "tags", "n": 1})
    assert not sender.close(0.05)
    assert spool.read() == [{"op": "tags", "n": 1}]
    sender._thread.join(5)
