"""The contract of a conditioner that also answers questions, and of one that learns to.

Shapes: B batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from pydantic import BaseModel

from .payloads import Prompt

if TYPE_CHECKING:
    from torch import Tensor, nn


@runtime_checkable
class Answering(Protocol):
    """A conditioner of slot ``prompt`` whose network can also speak."""

    def answer(
        self,
        prompt: Prompt,
        *,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        seed: int | None = None,
    ) -> Iterator[str]:
        """Return the answer in pieces, as they come; what is wrong with the prompt is raised now.

        Args:
            prompt: ``text`` is the question; audio and video are what it is about.
            max_new_tokens: longest answer, in tokens.
            temperature: 0 is the likeliest answer, the same each time; above 0 it is drawn.
            seed: decides what is drawn.

        Raises:
            RequestError, MediaError: if the question cannot be read.
        """
        ...

    def answer_conversions(self, prompt: Prompt) -> tuple[str, ...]:
        """Return what is done to the prompt's audio and video, in words."""
        ...


@runtime_checkable
class AnswersTogether(Answering, Protocol):
    """A conditioner that answers several questions at a time."""

    def answer_together(
        self, prompts: Sequence[Prompt], *, max_new_tokens: int = 1024, together: int = 8
    ) -> list[str]:
        """Return the likeliest answer to each question.

        Args:
            prompts: as `answer`.
            max_new_tokens: longest answer, in tokens.
            together: most questions at a time.

        Raises:
            RequestError, MediaError: for the first question that cannot be read.
        """
        ...


@runtime_checkable
class ChecksFiles(Protocol):
    """A class of conditioners that tells whether its network could be loaded, and loads none."""

    def check_files(self, config: BaseModel) -> None:
        """Raise unless all files are here and whole as far as their headers tell; called on it.

        Raises:
            ConfigError, CheckpointError: as its constructor.
        """
        ...


@runtime_checkable
class LearnsAnswers(Answering, Protocol):
    """A conditioner that answers, whose network can be trained to."""

    def answering_network(self) -> nn.Module:
        """Return the network that learns; its tensors are what a checkpoint keeps."""
        ...

    def prepare_answer(self, prompt: Prompt, answer: str) -> Mapping[str, Tensor]:
        """Return a question with its right answer, on the CPU; a pure function.

        The conversation is exactly the one that `answer` begins.

        Raises:
            RequestError, MediaError: if the question cannot be read, or the answer is empty.
        """
        ...

    def answer_losses(self, prepared: Sequence[Mapping[str, Tensor]]) -> Tensor:
        """Return the negative log-likelihood of each answer (B,), in nats, differentiable."""
        ...

    def answers_match(self, prepared: Sequence[Mapping[str, Tensor]]) -> Tensor:
        """Return which questions (B,) bool the likeliest answer is right for, word for word."""
        ...
