"""What models answer, read as JSON of a form; whatever surrounds the JSON is passed over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

AnswerT = TypeVar("AnswerT", bound=BaseModel)
_TOLD = 3
"""Problems that a model is told of."""


@dataclass(frozen=True)
class Reading(Generic[AnswerT]):
    """An answer as read: the value, or what is wrong with it."""

    value: AnswerT | None
    problem: str = ""


def read_answer(text: str | None, form: type[AnswerT]) -> Reading[AnswerT]:
    """Return an answer in its form; never raises, whatever the text.

    The first JSON object of the text counts, so that a code fence or a sentence before it does no
    harm. Lone surrogates, which JSON can spell and no text holds, are replaced.
    """
    if text is None or not text.strip():
        return Reading(None, "it was empty")
    begin = text.find("{")
    if begin < 0:
        return Reading(None, "it holds no JSON object")
    try:
        values, _ = json.JSONDecoder().raw_decode(text[begin:])
    except (ValueError, RecursionError) as failure:
        return Reading(None, f"it is no valid JSON: {failure}")
    try:
        return Reading(form.model_validate(_whole(values)))
    except ValidationError as failure:
        told = [
            f"{'.'.join(map(str, item['loc'])) or 'answer'}: {item['msg']}"
            for item in failure.errors()[:_TOLD]
        ]
        return Reading(None, "; ".join(told))


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value
