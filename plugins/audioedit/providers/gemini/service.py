"""The service itself, through its client library: one request, one answer, no retries."""

from __future__ import annotations

import datetime
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .....core.errors import ConfigError, PluginError
from .answer_cache import Answer, Question
from .failures import service_failure

KEYS = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
SOUND_TYPE = "audio/flac"


def api_key() -> str:
    """Return the key from the environment, which is the only place it is read from.

    Raises:
        ConfigError: if it is not set; names the variables.
    """
    for name in KEYS:
        key = os.environ.get(name, "").strip()
        if key:
            return key
    raise ConfigError(
        "Gemini needs a key and finds none in the environment: set GEMINI_API_KEY (or "
        "GOOGLE_API_KEY). Get one at https://aistudio.google.com/apikey; it is written nowhere."
    )


def check_library() -> None:
    """Raise PluginError unless the client library is there; says what to install."""
    try:
        import google.genai  # noqa: F401
    except ImportError:
        raise PluginError(
            "Gemini needs google-genai, which is not installed: pip install 'audio-omni[gemini]'."
        ) from None


class Service:
    """A client with a key; kept in memory only."""

    def __init__(self, key: str, timeout_s: float) -> None:
        """Open the client; nothing is sent. Its own retries stay off, as they are by default."""
        from google import genai
        from google.genai import types

        self._key = key
        self.client = genai.Client(
            vertexai=False,
            api_key=key,
            http_options=types.HttpOptions(timeout=round(1000 * timeout_s)),  # milliseconds
        )

    def ask(self, question: Question, sound: bytes | None) -> Answer:
        """Return the answer to a question.

        Args:
            question: what to ask.
            sound: the clip as a FLAC file.

        Raises:
            ServiceFailure: if there is none.
        """
        with self._sorted_failures():
            response = self.client.models.generate_content(
                model=question.settings["model"],
                contents=contents(question, sound),
                config=generation(question),
            )
        return answer_of(response)

    def hand_in(self, lines: bytes, model: str, name: str) -> str:
        """Hand in a job, one request a line, and return what the service calls it.

        Raises:
            ServiceFailure: if it does not take the job.
        """
        from google.genai import types

        with self._sorted_failures():
            file = self.client.files.upload(
                file=io.BytesIO(lines),
                config=types.UploadFileConfig(mime_type="jsonl", display_name=name),
            )
            job = self.client.batches.create(
                model=model,
                src=file.name,
                config=types.CreateBatchJobConfig(display_name=name),
            )
        return str(job.name)

    def job(self, name: str) -> tuple[str, str | None]:
        """Return a job's state, and the name of the file with its results once there is one.

        Raises:
            ServiceFailure: if the service does not say.
        """
        with self._sorted_failures():
            job = self.client.batches.get(name=name)
        return name_of(job.state), job.dest.file_name if job.dest else None

    def file(self, name: str) -> bytes:
        """Return a file of the service.

        Raises:
            ServiceFailure: if it does not give it.
        """
        with self._sorted_failures():
            return self.client.files.download(file=name)

    @contextmanager
    def _sorted_failures(self) -> Iterator[None]:
        """Raise what the client library raises as `ServiceFailure`, without the key."""
        try:
            yield
        except Exception as failure:
            meant = service_failure(failure, self._key)
            if meant is None:
                raise
            raise meant from None


def contents(question: Question, sound: bytes | None) -> Any:
    """Return what is sent: the clip, then the words."""
    from google.genai import types

    heard = [] if sound is None else [types.Part.from_bytes(data=sound, mime_type=SOUND_TYPE)]
    return [*heard, types.Part.from_text(text=question.prompt)]


def generation(question: Question) -> Any:
    """Return how the answer is made."""
    from google.genai import types

    settings = question.settings
    budget = settings["thinking_budget"]
    return types.GenerateContentConfig(
        response_mime_type="application/json",
        response_json_schema=question.schema,
        temperature=settings["temperature"],
        seed=settings["seed"],
        max_output_tokens=settings["max_output_tokens"],
        thinking_config=None if budget is None else types.ThinkingConfig(thinking_budget=budget),
    )


def answer_of(response: Any) -> Answer:
    """Return what a response of the service says, as plain values."""
    candidates = response.candidates or []
    reason = candidates[0].finish_reason if candidates else None
    feedback = response.prompt_feedback
    blocked = feedback.block_reason if feedback else None
    usage = response.usage_metadata
    counts = usage.model_dump(mode="json", exclude_none=True) if usage else {}
    return Answer(
        text=_text(candidates[0]) if candidates else None,
        finish_reason=name_of(reason),
        blocked=name_of(blocked) or None,
        model=response.model_version or "",
        day=today(),
        usage={name: count for name, count in counts.items() if isinstance(count, int)},
    )


def _text(candidate: Any) -> str | None:
    """Return an answer's text without what was thought; never parsed by the library."""
    parts = (candidate.content.parts or []) if candidate.content else []
    texts = [part.text for part in parts if part.text and not part.thought]
    return "".join(texts) if texts else None


def today() -> str:
    """Return the date, as records have it."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def name_of(value: Any) -> str:
    """Return the name of an enumeration's value as the service writes it; empty for none."""
    return "" if value is None else str(getattr(value, "value", value))
