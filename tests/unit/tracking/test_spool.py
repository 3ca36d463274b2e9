"""What waits for the server outlives a crash at any point."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from audio_omni.plugins.mlflow_tracking import worker
from audio_omni.plugins.mlflow_tracking.spool import Spool

pytest.importorskip("mlflow")


def operations(*numbers):
    return [{"op": "metrics", "n": number} for number in numbers]


def test_what_was_sent_waits_no_more(tmp_path):
    spool = Spool(tmp_path / "spool.jsonl")
    spool.append(operations(1, 2, 3))
    spool.sent(spool.next(2)[-1][1])
    assert spool.read() == operations(3)
    assert spool.waits
    spool.append(operations(4))
    spool.sent(spool.next(None)[-1][1])
    assert not spool.waits
    spool.append(operations(5))
    assert spool.read() == operations(5)


def test_what_waits_is_replaced_at_once(tmp_path):
    spool = Spool(tmp_path / "spool.jsonl")
    spool.append(operations(1, 2, 3))
    spool.sent(spool.next(1)[-1][1])
    spool.replace(operations(3))
    assert Spool(spool.path).read() == spool.read() == operations(3)
    spool.replace([])
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_a_line_cut_off_by_a_crash_costs_no_other(tmp_path):
    path = tmp_path / "spool.jsonl"
    path.write_text('{"op": "metrics", "n": 1}\n{"op": "met')
    spool = Spool(path)
    spool.append(operations(2))
    assert spool.read() == operations(1, 2)
    found = spool.next(None)
    assert [operation for operation, _ in found] == [*operations(1), None, *operations(2)]
    spool.sent(found[-1][1])
    spool.close()
    assert not path.exists()


def test_a_process_killed_while_the_server_hangs_loses_no_record(tmp_path):
    """The records were taken, none was sent, and nothing could be done at the end."""
    path = tmp_path / "spool.jsonl"
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from audio_omni.plugins.mlflow_tracking.spool import Spool\n"
        "from audio_omni.plugins.mlflow_tracking.worker import Worker\n"
        "sender = Worker(lambda: time.sleep(600), Spool(Path(sys.argv[1])))\n"
        "for n in range(100):\n"
        "    sender.put({'op': 'metrics', 'n': n})\n"
        "print('taken', flush=True)\n"
        "time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "taken\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert Spool(path).read() == operations(*range(100))


def test_a_full_disk_stops_nothing_and_is_said_once(tmp_path, monkeypatch, caplog):
    class Takes:
        def apply(self, operation):
            pass

        metrics = apply

    spool = Spool(tmp_path / "spool.jsonl")
    monkeypatch.setattr(spool, "append", lambda _: _full())
    sender = worker.Worker(Takes, spool)
    for operation in operations(1, 2):
        sender.put(operation)
    assert sender.close(5)
    assert caplog.text.count("cannot be written down and are lost: [Errno 28]") == 1


def _full():
    raise OSError(28, "No space left on device")


def test_a_thread_that_hangs_touches_nothing_after_the_end(tmp_path):
    """The next run of the folder owns the file then."""

    class Hangs:
        def metrics(self, sent):
            time.sleep(0.5)

        apply = metrics

    spool = Spool(tmp_path / "spool.jsonl")
    sender = worker.Worker(Hangs, spool)
    assert sender.tried.wait(5)
    sender.put({"op": "metrics", "n": 1})
    time.sleep(0.1)
    assert not sender.close(0.05)
    sender._thread.join(5)
    lines = spool.path.read_text().splitlines()
    assert [json.loads(line) for line in lines] == operations(1)


def test_a_server_is_asked_again_without_anything_new_to_send(tmp_path):
    taken, asked = [], []

    class Late:
        def __init__(self):
            asked.append(1)
            if len(asked) < 3:
                raise ConnectionError("down")

        def apply(self, operation):
            taken.append(operation["n"])

    sender = worker.Worker(Late, Spool(tmp_path / "spool.jsonl"), retry_s=0.02)
    sender.put({"op": "metrics", "n": 1})
    deadline = time.monotonic() + 5
    while not taken and time.monotonic() < deadline:
        time.sleep(0.01)
    assert taken == [1]
    assert sender.close(5)
