"""A real tracking server, on loopback, for as long as the tests run."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.manager import build_plugin_manager

HOP_BY_HOP = {"host", "connection", "accept-encoding", "content-length", "transfer-encoding"}
ENVIRONMENT = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID")


class TrackingServer:
    """``mlflow server`` with a database and a folder of artifacts; can be killed and come back."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        options = {
            "--host": "127.0.0.1",
            "--port": self.port,
            "--workers": 1,
            "--backend-store-uri": f"sqlite:///{self.folder / 'server.db'}",
            "--artifacts-destination": self.folder / "artifacts",
        }
        words = [str(word) for option in options.items() for word in option]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", "server", *words],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            )
        return self

    def wait(self, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=5):
                    return self
            except OSError:
                assert self.process.poll() is None, self._log()
                time.sleep(0.2)
        raise AssertionError(f"No tracking server after {seconds} s: {self._log()}")

    def kill(self):
        """End it and its workers at once, as a crash does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _log(self):
        return (self.folder / "server.log").read_text()[-2000:]


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = TrackingServer(tmp_path_factory.mktemp("tracking-server")).start()
    yield running.wait()
    running.kill()


@pytest.fixture(scope="session")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


@pytest.fixture(scope="session")
def tracked_recipe(host):
    """A function that returns the micro recipe at toy size, tracked, without system metrics."""
    values = find_recipe("micro", host.recipes)
    small = [
        *(f"mixture.sources.{i}.max_rows=6" for i in range(3)),
        "train.steps=6",
        "train.log_every=1",
        "train.checkpoint_every=3",
        "evaluation.every=3",
        "sampling.steps=1",
        "loader.batch_size=3",
        "loader.workers=0",
        "tracking.observers=[mlflow]",
        "tracking.options.mlflow.system_metrics=false",
        "tracking.options.mlflow.retry_s=0.5",
    ]
    return lambda *changes: resolve_recipe(values, [*small, *changes])


@pytest.fixture(scope="session", autouse=True)
def impatient():
    """A dead server is noticed at once; nothing of the user's own tracking is touched."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ENVIRONMENT:
            patch.delenv(name, raising=False)
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        patch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
        yield patch


@pytest.fixture
def failing_server():
    """An address whose every answer is an internal error, and the list of what was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            asked.append(self.path)
            said = b'{"error_code": "INTERNAL_ERROR", "message": "out of memory"}'
            self.send_response(500)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as broken:
        thread = threading.Thread(target=broken.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{broken.server_port}", asked
        broken.shutdown()


class Proxy:
    """Hands requests on to a tracking server, but answers those that ``fails`` picks with 500.

    ``fails`` takes the path and the body; ``failed`` lists the paths that it picked.
    """

    def __init__(self, server):
        self.server = server
        self.fails = lambda path, body: False
        self.failed = []
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.uri = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def _answer(self, method, path, headers, body):
        if self.fails(path, body):
            self.failed.append(path)
            return 500, b'{"error_code": "INTERNAL_ERROR", "message": "out of luck"}'
        kept = {key: value for key, value in headers.items() if key.lower() not in HOP_BY_HOP}
        request = urllib.request.Request(
            self.server.uri + path, data=body, method=method, headers=kept
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as failure:
            return failure.code, failure.read()
        except OSError:
            return 503, b"{}"

    def _handler(proxy):
        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                status, said = proxy._answer(self.command, self.path, self.headers, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *_):
                pass

        return Handler


@pytest.fixture
def proxy(server):
    """A proxy before the real server, which fails at nothing until its ``fails`` is set."""
    running = Proxy(server)
    yield running
    running.close()


@pytest.fixture(scope="session")
def tracked_as():
    """A function that returns the client and the MLflow run of a run's folder."""
    from mlflow import MlflowClient

    def find(run_dir):
        saved = json.loads((run_dir / "mlflow_run.json").read_text())
        return MlflowClient(tracking_uri=saved["tracking_uri"]), saved["run_id"]

    return find
