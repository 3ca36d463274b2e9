"""What went wrong in asking the service, sorted by what helps; the key is in none of it."""

from __future__ import annotations

from typing import Any, Literal

BUSY = frozenset({408, 429, *range(500, 600)})
"""Too slow, too often, or the service's own fault, whichever of its hundred codes tells of it."""
CLOSED = frozenset({401, 402, 403, 404})
_LONGEST = 300

Kind = Literal["busy", "unreachable", "closed", "wrong"]


class ServiceFailure(Exception):
    """The service gave no answer.

    Attributes:
        kind: ``"busy"`` and ``"unreachable"`` may pass; ``"closed"`` fails for every request;
            ``"wrong"`` is about this request alone.
        delay_s: how long it asks to wait; `None` if it does not say.
    """

    def __init__(self, kind: Kind, message: str, delay_s: float | None = None) -> None:
        """Keep what it said, without the key."""
        super().__init__(message)
        self.kind = kind
        self.delay_s = delay_s


def service_failure(failure: Exception, key: str) -> ServiceFailure | None:
    """Return what an exception of the client library means; `None` if it is none of its own."""
    from google.genai import errors

    if isinstance(failure, errors.APIError):
        return _of_status(failure, key)
    if type(failure).__module__.partition(".")[0] in {"httpx", "httpx2", "httpcore", "httpcore2"}:
        said = without_key(f"{type(failure).__name__}: {failure}", key)
        return ServiceFailure("unreachable", said)
    return None


def without_key(text: str, key: str) -> str:
    """Return a text that does not hold the key, and is no longer than a message should be."""
    return " ".join(text.replace(key, "[key]").split())[:_LONGEST]


def _of_status(failure: Any, key: str) -> ServiceFailure:
    code = int(failure.code or 0)
    said = without_key(f"{code} {failure.status or ''}: {failure.message or failure}", key)
    if code in BUSY:
        return ServiceFailure("busy", said, _delay(failure))
    refused = "API_KEY_INVALID" in str(failure.details) or "API key" in str(failure.message)
    return ServiceFailure("closed" if code in CLOSED or refused else "wrong", said)


def _delay(failure: Any) -> float | None:
    """Return the delay that a response asks for, from its body (RetryInfo) or its header."""
    details = failure.details if isinstance(failure.details, dict) else {}
    error = details.get("error", details)
    for detail in error.get("details", []) if isinstance(error, dict) else []:
        if isinstance(detail, dict) and "retryDelay" in detail:
            return _seconds(str(detail["retryDelay"]).removesuffix("s"))
    headers = getattr(failure.response, "headers", None) or {}
    return _seconds(headers.get("retry-after"))


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None
