"""Answering a question with the language model that reads a model's prompts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .answering import Answering
from .catalog import Catalog
from .errors import ConfigError, RequestError
from .payloads import PROMPT, Example, Prompt
from .task import build_task
from .wording import TaskWording

if TYPE_CHECKING:
    from .models.answering import AnsweringModel
    from .models.audio_omni import AudioOmniModel


@dataclass(frozen=True)
class Answer:
    """An answer that is read piece by piece, once.

    Attributes:
        pieces: text as it comes; joined, it is the answer.
        task: name of the task.
        conversions: what was done to the inputs, in words.
    """

    pieces: Iterator[str]
    task: str
    conversions: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        return self.pieces

    def __next__(self) -> str:
        return next(self.pieces)


def answer(
    model: AudioOmniModel | AnsweringModel,
    catalog: Catalog,
    task_name: str,
    item: Any,
    wording: Mapping[str, TaskWording] | None = None,
    *,
    max_new_tokens: int = 1024,
    temperature: float = 0.0,
    seed: int | None = None,
) -> Answer:
    """Return the answer to one request, an iterator over pieces of text.

    Args:
        model: its conditioner that answers is asked.
        catalog: where the task is registered.
        task_name: name or alias of a task whose output is text.
        item: a request, or a mapping of its fields.
        wording: sentences that the model was trained on, by task; left out: the tasks' own.
        max_new_tokens: longest answer, in tokens.
        temperature: 0 is the likeliest answer, the same each time; above 0 it is drawn.
        seed: decides what is drawn.

    Raises:
        UnknownNameError: for an unknown task.
        RequestError: for a task that does not give text, or a request that does not fit.
        ConfigError: for a model without a language model that answers.
        MediaError: if the request's audio or video cannot be read.
    """
    spec = catalog.tasks.get(task_name)
    if spec.output != "text":
        raise RequestError(
            f"Task '{spec.name}' gives {spec.output}; expected a task that gives text."
        )
    task = build_task(catalog, task_name, wording or {})
    request = task.parse_request(item) if isinstance(item, Mapping) else item
    answering = answering_conditioner(model)
    example: Example = task.to_example(request)
    prompt: Prompt = example.payloads[PROMPT]
    pieces = answering.answer(
        prompt, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed
    )
    notes = dict.fromkeys((*example.conversions, *answering.answer_conversions(prompt)))
    return Answer(pieces, spec.name, tuple(notes))


def answering_conditioner(model: AudioOmniModel | AnsweringModel) -> Answering:
    """Return the model's conditioner that answers questions.

    Raises:
        ConfigError: if it has none; names those that it has.
    """
    for conditioner in model.conditioners.values():
        if isinstance(conditioner, Answering):
            return conditioner
    have = ", ".join(f"'{name}'" for name in model.conditioners) or "none"
    raise ConfigError(
        f"This model cannot answer questions: none of its conditioners ({have}) holds a language "
        "model. Use a model with the conditioner 'mllm' or 'mllm_window', imported with its "
        "language model."
    )
