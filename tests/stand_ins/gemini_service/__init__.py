"""A server on this machine that speaks as much of Gemini's REST interface as is used.

It answers from a script: each request takes the next reply, and the last one stays.
"""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .jobs import Jobs

DOG = {
    "label": "dog barking",
    "indefinite": "a dog barking",
    "definite": "the barking dog",
    "family": "animal",
    "prominence": "dominant",
    "continuous": False,
    "confidence": 0.9,
    "onset_hint_s": 0.5,
}
LABELS = {"scene": "a yard", "has_speech": False, "has_music": False, "sources": [DOG]}
DUCK = {
    "label": "duck quacking",
    "indefinite": "a duck quacking",
    "definite": "the quacking duck",
    "family": "animal",
    "keeps": "rhythm",
}


def said(value, *, finish="STOP", thoughts=20, model="gemini-2.5-pro-stand-in"):
    """Return (status, headers, body) of an answer: a text, or a value as JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    return 200, {}, {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish}
        ],
        "modelVersion": model,
        "usageMetadata": {
            "promptTokenCount": 400,
            "candidatesTokenCount": 80,
            "thoughtsTokenCount": thoughts,
            "totalTokenCount": 480 + thoughts,
        },
    }  # fmt: skip


def failed(code, status, *, delay=None, message="no"):
    """Return an error, with the delay that it asks for in its body."""
    details = []
    if delay is not None:
        details.append(
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{delay}s"}
        )
    error = {"code": code, "status": status, "message": message, "details": details}
    return code, {}, {"error": error}


def blocked(reason="PROHIBITED_CONTENT"):
    """Return an answer of a prompt that was not let through."""
    usage = {"promptTokenCount": 400, "totalTokenCount": 400}
    return 200, {}, {"promptFeedback": {"blockReason": reason}, "usageMetadata": usage}


class Service:
    """What the server was told to say, and what it was asked."""

    def __init__(self):
        self.replies = [said(LABELS)]
        self.requests = []
        self.url = ""
        self.jobs = Jobs(said(LABELS)[2])
        self._lock = threading.Lock()

    def next_reply(self, request):
        with self._lock:
            self.requests.append(request)
            at = min(len(self.requests), len(self.replies)) - 1
            reply = self.replies[at]
        return reply(request) if callable(reply) else reply

    def will(self, *replies):
        """Reply with these from now on, and forget what was asked."""
        self.replies, self.requests = list(replies), []


@contextmanager
def serving():
    """Run a server, and give what it says and was asked."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            taken = service.jobs.post(self.path, self.headers, body, service.url)
            if taken is not None:
                self._send(200, taken[0], json.dumps(taken[1]).encode())
                return
            request = {
                "path": self.path,
                "headers": dict(self.headers),
                "body": json.loads(body) if body else {},
            }
            code, headers, answer = service.next_reply(request)
            self._send(code, headers, json.dumps(answer).encode())

        def do_GET(self):
            self._send(200, {}, service.jobs.get(self.path))

        def _send(self, code, headers, data):
            self.send_response(code)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
