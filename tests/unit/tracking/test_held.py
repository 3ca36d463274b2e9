"""What the store fails at while it answers waits, and everything else goes on."""

import time

import pytest
from audio_omni.plugins.mlflow_tracking import worker
from audio_omni.plugins.mlflow_tracking.held import HELD_FILE, MOST_IN_A_ROW, Held
from audio_omni.plugins.mlflow_tracking.spool import Spool

pytest.importorskip("mlflow")


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class Store:
    """Takes everything but what ``fails`` says; may be away as a whole."""

    def __init__(self, fails=lambda operation: False):
        self.fails, self.away = fails, False
        self.taken, self.asked = [], []

    def apply(self, operation):
        self.asked.append(operation)
        if self.away or self.fails(operation):
            raise ConnectionError("500, as always")
        self.taken.append(operation)

    def metrics(self, operations):
        if self.away or any(map(self.fails, operations)):
            raise ConnectionError("500, as always")
        self.taken.extend(operations)

    def answers(self):
        return not self.away


def artifact(name):
    return {"op": "artifact", "path": name}


def model(step, op="model"):
    return {"op": op, "step": step}


def metrics(step):
    return {"op": "metrics", "step": step}


def run(folder, store, *operations, retry_s=60.0):
    """Send operations as a run does from its beginning to its end; return its worker."""
    sender = worker.Worker(lambda: store, Spool(folder / "spool.jsonl"), retry_s)
    assert sender.tried.wait(5)
    for operation in operations:
        sender.put(operation)
    assert sender.close(10) is (not (folder / HELD_FILE).exists())
    return sender


def held_in(folder):
    return Spool(folder / HELD_FILE).read()


def test_others_go_on_around_what_always_fails(tmp_path, caplog):
    store = Store(lambda operation: operation.get("path") == "b")
    wanted = [artifact("a"), artifact("b"), artifact("c"), metrics(1), {"op": "end"}]
    sender = run(tmp_path, store, *wanted)
    assert store.taken == [one for one in wanted if one.get("path") != "b"]
    assert held_in(tmp_path) == [artifact("b")]
    assert not (tmp_path / "spool.jsonl").exists()
    assert sender.failing() == "file b (500, as always)"
    assert caplog.text.count("MLflow answers, but fails at the file b") == 1


def test_a_later_run_sends_it(tmp_path):
    run(tmp_path, Store(lambda operation: operation["op"] == "artifact"), artifact("a"), metrics(1))
    mended = Store()
    run(tmp_path, mended, metrics(2))
    assert mended.taken.count(artifact("a")) == 1
    assert metrics(1) not in mended.taken
    assert list(tmp_path.iterdir()) == []


def test_what_belongs_to_a_model_waits_for_it_and_other_models_do_not(tmp_path):
    store = Store(lambda operation: operation == model(3))
    ours = [model(3), model(3, "model_metrics"), model(3, "best")]
    others = [model(6), model(6, "model_metrics"), model(6, "best"), {"op": "retention"}]
    run(tmp_path, store, *ours, *others)
    assert store.taken == others
    assert held_in(tmp_path) == ours
    mended = Store()
    run(tmp_path, mended)
    assert mended.taken == ours


def test_one_point_that_fails_holds_no_other_back(tmp_path):
    store = Store(lambda operation: operation.get("step") == 3)
    run(tmp_path, store, *(metrics(step) for step in range(1, 7)))
    assert [operation["step"] for operation in store.taken] == [1, 2, 4, 5, 6]
    assert held_in(tmp_path) == [{**metrics(3), "late": True}]


def test_tags_keep_their_order(tmp_path):
    """A tag that is sent late must not undo a newer one."""
    tags = [{"op": "tags", "n": number} for number in range(3)]
    store = Store(lambda operation: operation == tags[1])
    run(tmp_path, store, *tags, metrics(1))
    assert store.taken == [tags[0], metrics(1)]
    assert held_in(tmp_path) == tags[1:]


def test_a_kind_that_fails_altogether_is_not_asked_for_each(tmp_path):
    store = Store(lambda operation: operation["op"] == "artifact")
    files = [artifact(str(number)) for number in range(200)]
    sender = run(tmp_path, store, *files, metrics(1))
    assert store.taken == [metrics(1)]
    tried = len(store.asked) - 1  # as they came, and perhaps once more at the end
    assert MOST_IN_A_ROW <= tried <= 2 * MOST_IN_A_ROW
    assert held_in(tmp_path) == files
    assert sender.failing().endswith("197 x artifact")


def test_many_metrics_that_waited_go_together_once_they_can(tmp_path):
    store = Store(lambda operation: operation["op"] == "metrics")
    run(tmp_path, store, *(metrics(step) for step in range(1, 101)))
    mended = Store()
    run(tmp_path, mended)
    assert [operation["step"] for operation in mended.taken] == list(range(1, 101))
    assert mended.asked == []
    assert list(tmp_path.iterdir()) == []


def test_it_is_tried_again_while_the_run_goes_on(tmp_path):
    store = Store()
    store.fails = lambda operation: len(store.asked) < 4
    sender = worker.Worker(lambda: store, Spool(tmp_path / "spool.jsonl"), retry_s=0.02)
    sender.put(artifact("a"))
    deadline = time.monotonic() + 5
    while not store.taken and time.monotonic() < deadline:
        time.sleep(0.01)
    assert store.taken == [artifact("a")]
    assert sender.close(5)


def test_a_store_that_is_away_holds_nothing(tmp_path):
    store = Store()
    store.away = True
    sender = worker.Worker(lambda: store, Spool(tmp_path / "spool.jsonl"), retry_s=60)
    sender.put(artifact("a"))
    sender.put(metrics(1))
    assert not sender.close(5)
    assert sender.is_behind()
    assert sender.failing() == ""
    assert Spool(tmp_path / "spool.jsonl").read() == [artifact("a"), metrics(1)]
    assert not (tmp_path / HELD_FILE).exists()


def test_pauses_double_up_to_a_limit(tmp_path):
    clock = Clock()
    held = Held(tmp_path / HELD_FILE, retry_s=10.0, clock=clock)
    held.add(model(1), "no")
    pauses = [held.pause_s()]
    for _ in range(6):
        clock.now += held.pause_s()
        (waiting,) = held.due()
        held.failed(waiting, "no")
        held.succeeded(model(2))  # another one of its kind
        pauses.append(held.pause_s())
    assert pauses == [10, 20, 40, 80, 160, 320, 320]


def test_what_was_tried_least_comes_first_once_a_kind_has_rested(tmp_path):
    clock = Clock()
    held = Held(tmp_path / HELD_FILE, retry_s=10.0, clock=clock)
    for name in "abc":
        held.add(artifact(name), "no")
    assert held.must_wait(artifact("d"))
    assert not held.must_wait(model(1))
    held.add(artifact("d"))
    assert list(held.due()) == []
    clock.now += held.pause_s()
    assert not held.must_wait(artifact("e"))
    assert next(iter(held.due())).operation == artifact("d")


def test_a_crash_loses_nothing_that_is_held(tmp_path):
    held = Held(tmp_path / HELD_FILE, retry_s=10.0)
    held.add(artifact("a"), "no")
    held.add(artifact("b"), "no")
    again = Held(tmp_path / HELD_FILE, retry_s=10.0)
    assert [waiting.operation for waiting in again.due()] == [artifact("a"), artifact("b")]
