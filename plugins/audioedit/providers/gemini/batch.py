"""Questions as one job that the service works off within a day, at its lower price.

Results are matched by the hash of their question, never by their order, and become kept answers:
whoever asks afterwards finds them. The job's name is kept too, so that a run that was ended, even
by force, waits for the same job and hands in no second one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ...stages.stopping import StopRun
from .answer_cache import Answer, Question
from .asking import Asking, Sound, is_usable, usage_of
from .failures import ServiceFailure
from .service import SOUND_TYPE, today
from .shared_state import read_state, shared_state
from .spending import Usage

Asked = tuple[Question, Sound, float]
"""A question, what makes its FLAC file, and its length in seconds."""

POLL_SECONDS = 30.0
_OVER = {"SUCCEEDED", "PARTIALLY_SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"}
T = TypeVar("T")


def fetch(asking: Asking, asked: Sequence[Asked], *, wait_s: float) -> None:
    """Have questions answered by a job, and keep the answers; those that are kept cost nothing.

    Jobs that were handed in before and hold any of the questions are waited for first. What a job
    leaves without a usable answer stays open.

    Args:
        asking: for the data set.
        asked: what to ask.
        wait_s: longest wait for a job.

    Raises:
        StopRun: if a budget would be passed, a job is not done in time or failed, or the service
            takes none.
    """
    todo = _open_questions(asking, asked)
    folder = asking.folder / "jobs"
    left_out: set[str] = set()
    for path in sorted(folder.glob("*.json")):
        keys = set(read_state(path).get("keys", ()))
        if keys & set(todo):
            _finish(asking, path, wait_s)
            left_out |= keys
    todo = {k: one for k, one in _open_questions(asking, asked).items() if k not in left_out}
    if todo:
        name = hashlib.sha256("".join(sorted(todo)).encode()).hexdigest()[:16]
        path = folder / f"{name}.json"
        _hand_in(asking, todo, path)
        _finish(asking, path, wait_s)


def _open_questions(asking: Asking, asked: Sequence[Asked]) -> dict[str, Asked]:
    by_key = {question.key: (question, sound, s) for question, sound, s in asked}
    return {key: one for key, one in by_key.items() if asking.cache.get(key) is None}


def request_line(question: Question, sound: bytes) -> bytes:
    """Return a line of the job's file: the question's hash as key, and the request as sent."""
    s = question.settings
    generation: dict[str, Any] = {
        "responseMimeType": "application/json",
        "responseJsonSchema": question.schema,
        "temperature": s["temperature"],
        "seed": s["seed"],
        "maxOutputTokens": s["max_output_tokens"],
    }
    if s["thinking_budget"] is not None:
        generation["thinkingConfig"] = {"thinkingBudget": s["thinking_budget"]}
    heard = {"mimeType": SOUND_TYPE, "data": base64.b64encode(sound).decode()}
    parts = [{"inlineData": heard}, {"text": question.prompt}]
    request = {"contents": [{"role": "user", "parts": parts}], "generationConfig": generation}
    return json.dumps({"key": question.key, "request": request}).encode() + b"\n"


def result_answers(data: bytes) -> Iterator[tuple[str, Answer | None]]:
    """Yield (key, answer) of a result file; `None` for a request that failed.

    Lines that are no such results are passed over: their questions stay open.
    """
    for line in data.splitlines():
        try:
            values = json.loads(line)
            key, response = values["key"], values.get("response")
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        yield str(key), _answer(response) if isinstance(response, Mapping) else None


def _hand_in(asking: Asking, todo: Mapping[str, Asked], path: Path) -> None:
    most = [asking.most(question, seconds) for question, _, seconds in todo.values()]
    total = Usage(sum(u.input_tokens for u in most), sum(u.output_tokens for u in most))
    number = asking.spending.set_aside(total)
    lines = b"".join(request_line(question, sound()) for question, sound, _ in todo.values())
    model = next(iter(todo.values()))[0].settings["model"]
    try:
        job = _calling(asking, lambda: asking.service.hand_in(lines, model, path.stem))
    except BaseException:
        asking.spending.release(number)
        raise
    with shared_state(path) as state:
        state.update(job=job, number=number, keys=sorted(todo), handed_in=today())


def _finish(asking: Asking, path: Path, wait_s: float) -> None:
    """Wait for a job and keep its answers; another process may do the same meanwhile."""
    state = read_state(path)
    if not state:
        return
    output = _wait(asking, state["job"], path, wait_s)
    data = _calling(asking, lambda: asking.service.file(output))
    usage, counted = _keep(asking, set(state["keys"]), data)
    if _taken_away(path):
        counts = {"input": usage.input_tokens, "output": usage.output_tokens}
        facts = {"job": state["job"], "job_answers": counted, "day": today(), **counts}
        asking.spending.settle(state["number"], usage, facts)


def _wait(asking: Asking, job: str, path: Path, wait_s: float) -> str:
    until = time.monotonic() + wait_s
    while True:
        state, output = _calling(asking, lambda: asking.service.job(job))
        if state.removeprefix("JOB_STATE_") in _OVER:
            break
        if time.monotonic() >= until:
            raise StopRun(
                f"Gemini's job {job} is not done yet ({state}), after batch_wait_s = {wait_s:g}. "
                "It goes on without this run: run the same command again to fetch its answers."
            )
        time.sleep(min(POLL_SECONDS, max(0.0, until - time.monotonic())))
    if output is None:
        number = read_state(path).get("number", "")
        if _taken_away(path):
            asking.spending.release(number)
        raise StopRun(
            f"Gemini's job {job} ended as {state} without results. Run the same command again to "
            "hand in a new one, or set mode: online."
        )
    return output


def _keep(asking: Asking, keys: set[str], data: bytes) -> tuple[Usage, int]:
    """Keep the answers of a result file; return what they cost and how many there are."""
    usage, counted = Usage(), 0
    for key, answer in result_answers(data):
        if key not in keys or answer is None:
            continue
        one = usage_of(answer)
        usage = Usage(
            usage.input_tokens + one.input_tokens, usage.output_tokens + one.output_tokens
        )
        counted += 1
        if is_usable(answer):
            asking.cache.put(key, answer)
    return usage, counted


def _taken_away(path: Path) -> bool:
    """Forget a job; tell whether this process did, and so counts it."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _answer(response: Mapping[str, Any]) -> Answer:
    candidates = response.get("candidates") or [{}]
    parts = (candidates[0].get("content") or {}).get("parts") or []
    texts = [part["text"] for part in parts if part.get("text") and not part.get("thought")]
    counts = response.get("usageMetadata") or {}
    usage = {
        "prompt_token_count": int(counts.get("promptTokenCount", 0)),
        "candidates_token_count": int(counts.get("candidatesTokenCount", 0)),
        "thoughts_token_count": int(counts.get("thoughtsTokenCount", 0)),
    }
    return Answer(
        text="".join(texts) if texts else None,
        finish_reason=candidates[0].get("finishReason", ""),
        blocked=(response.get("promptFeedback") or {}).get("blockReason"),
        model=response.get("modelVersion", ""),
        day=today(),
        usage=usage,
    )


def _calling(asking: Asking, call: Callable[[], T]) -> T:
    """Return what a call gives, tried as often as a request is; jobs concern the whole run."""
    try:
        return asking.tried(call)
    except ServiceFailure as failure:
        raise StopRun(
            f"Gemini's batch service did not answer: {failure} Run the same command again; a job "
            "that was handed in is not lost."
        ) from None
