"""Ask Gemini: kept answers first, then the budget, the pace, tries, and one chance to repair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from pydantic import BaseModel

from ...stages.stopping import StopRun
from ..answers import read_answer
from ..contract import Place, ProviderFailure, Refusal
from ..prompts import Prompt
from .answer_cache import Answer, AnswerCache, Question
from .config import GeminiConfig
from .failures import ServiceFailure
from .pace import Pace, backoff_s
from .service import Service, api_key
from .spending import Spending, Usage, answers_folder

AnswerT = TypeVar("AnswerT", bound=BaseModel)
T = TypeVar("T")
Sound = Callable[[], bytes]
"""Makes the FLAC file of a clip; called only if something is sent."""

SOUND_TOKENS_PER_SECOND = 32
_BYTES_PER_TOKEN = 2
"""Fewer than any text has, so that what is set aside is never too little."""
_GOOD = "STOP"
_SHORT = "MAX_TOKENS"
_ODD = frozenset({"", "MALFORMED_RESPONSE", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"})


class Asking:
    """Asks for one data set; may be used from several threads."""

    def __init__(
        self, config: GeminiConfig, place: Place, repair: Prompt, stage: str = "other"
    ) -> None:
        """Keep how to ask, and for which stage; nothing is sent.

        Raises:
            ConfigError: if money is limited and prices are not known.
        """
        folder = answers_folder(place.root)
        self._config, self._repair = config, repair
        self.folder = folder
        self.cache = AnswerCache(folder)
        self.spending = Spending(folder, place, config, stage)
        self.pace = Pace(folder / "pace.json", config.requests_per_minute)

    @cached_property
    def service(self) -> Service:
        """Return the service, opened the first time."""
        return Service(api_key(), self._config.timeout_s)

    def question(self, prompt: str, form: type[BaseModel], sound: str | None = None) -> Question:
        """Return a question, with all that decides its answer."""
        c = self._config
        return Question(
            prompt,
            sound,
            form.model_json_schema(),
            {
                "model": c.model,
                "temperature": c.temperature,
                "seed": c.seed,
                "thinking_budget": c.thinking_budget,
                "max_output_tokens": c.max_output_tokens,
            },
        )

    def ask(
        self, question: Question, form: type[AnswerT], sound: Sound | None, seconds: float = 0.0
    ) -> tuple[AnswerT, Answer] | Refusal:
        """Return an answer in its form, and as it came; or that the service will not say.

        An answer in no form gets one chance to be repaired.

        Raises:
            ProviderFailure: if there is no usable answer this time.
            StopRun: if a budget is spent, or the service answers nobody.
        """
        answer = self._answer(question, sound, seconds)
        refused = _refusal(answer)
        if refused is not None:
            return refused
        reading = read_answer(answer.text, form)
        if reading.value is not None:
            return reading.value, answer
        words = self._repair.filled(answer=(answer.text or "")[:4000], problem=reading.problem)
        second = replace(question, prompt=f"{question.prompt}\n\n{words}")
        answer = self._answer(second, sound, seconds)
        refused = _refusal(answer)
        if refused is not None:
            return refused
        reading = read_answer(answer.text, form)
        if reading.value is None:
            for key in (question.key, second.key):
                self.cache.set_aside(key)
            raise ProviderFailure(
                f"Two answers were no JSON in form: {reading.problem}.", reason="bad_json"
            )
        return reading.value, answer

    def most(self, question: Question, seconds: float) -> Usage:
        """Return what a question costs at most, in tokens."""
        text = len(question.prompt.encode()) + len(str(question.schema).encode())
        heard = SOUND_TOKENS_PER_SECOND * seconds
        return Usage(round(text / _BYTES_PER_TOKEN + heard) + 1, self._config.max_output_tokens)

    def _answer(self, question: Question, sound: Sound | None, seconds: float) -> Answer:
        kept = self.cache.get(question.key)
        if kept is not None:
            return kept
        number = self.spending.set_aside(self.most(question, seconds))
        try:
            data = sound() if sound else None
            answer = self.tried(lambda: self.service.ask(question, data))
        except ServiceFailure as failure:
            if failure.kind == "unreachable":  # it may have been answered, and paid for
                self.spending.settle(
                    number,
                    Usage(self.most(question, seconds).input_tokens),
                    {"error": failure.kind},
                )
            else:
                self.spending.release(number)
            raise self._meaning(failure) from None
        self.count(number, question, answer)
        if answer.finish_reason == _SHORT:
            raise ProviderFailure(
                f"The answer was cut off after max_output_tokens = "
                f"{self._config.max_output_tokens}, thoughts included. Raise it, or lower "
                "thinking_budget.",
                retryable=False,
                reason="max_tokens",
            )
        if answer.blocked is None and answer.finish_reason in _ODD:
            raise ProviderFailure(
                f"The answer ended with {answer.finish_reason or 'no reason'}.", reason="no_answer"
            )
        self.cache.put(question.key, answer)
        return answer

    def count(self, number: str, question: Question, answer: Answer) -> None:
        """Count an answer's tokens in place of what was set aside for it."""
        facts = {"question": question.key, "model": answer.model, "day": answer.day}
        self.spending.settle(number, usage_of(answer), {**facts, "usage": answer.usage})

    def tried(self, call: Callable[[], T]) -> T:
        """Return what a call of the service gives, tried again while it is busy.

        Raises:
            ServiceFailure: the last one.
        """
        attempt = 1
        while True:
            self.pace.wait()
            try:
                given = call()
            except ServiceFailure as failure:
                may = failure.kind in {"busy", "unreachable"}
                delay = max(failure.delay_s or 0.0, backoff_s(attempt))
                if not may or attempt >= self._config.attempts or delay > self._config.most_wait_s:
                    raise
                self.pace.slow_down(delay)
                attempt += 1
            else:
                self.pace.ease()
                return given

    def _meaning(self, failure: ServiceFailure) -> Exception:
        if failure.kind == "closed":
            return StopRun(
                f"Gemini answers no request of model '{self._config.model}' with this key: "
                f"{failure} Check the key, its rights, and whether the model still exists."
            )
        longest = self._config.most_wait_s
        if failure.delay_s is not None and failure.delay_s > longest:
            return StopRun(
                f"Gemini asks to wait for {failure.delay_s:.0f} s, longer than most_wait_s = "
                f"{longest:g}: {failure} Run the same command again then."
            )
        retryable = failure.kind != "wrong"
        return ProviderFailure(
            f"Gemini gave no answer: {failure}",
            retryable=retryable,
            reason=f"provider_{failure.kind}",
        )


def is_usable(answer: Answer) -> bool:
    """Tell whether an answer is worth keeping: it is whole, or a refusal."""
    ended = answer.finish_reason
    return answer.blocked is not None or (ended != _SHORT and ended not in _ODD)


def usage_of(answer: Answer) -> Usage:
    """Return what an answer cost, in tokens; thoughts are output."""
    counts = answer.usage
    read = counts.get("prompt_token_count", 0)
    written = counts.get("candidates_token_count", 0) + counts.get("thoughts_token_count", 0)
    return Usage(read, written)


def _refusal(answer: Answer) -> Refusal | None:
    why = answer.blocked or (answer.finish_reason if answer.finish_reason != _GOOD else None)
    return None if why is None else Refusal("provider_refused", why)
