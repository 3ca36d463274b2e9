"""What a conditioner with a language model can do besides conditioning: answer, and learn to.

Shapes: B batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from ...core.payloads import Prompt
from .answering import answer_prompt
from .answering_together import answer_together
from .config import MllmConfig
from .learning import answer_losses, answers_match, lesson
from .media import Inputs
from .question import question_notes
from .thinker import Thinker


class Speaking:
    """Answers questions with a thinker; `core.answering.LearnsAnswers` is what it fulfils."""

    config: MllmConfig

    @property
    def thinker(self) -> Thinker:
        """Return the language model."""
        raise NotImplementedError

    def answer(
        self,
        prompt: Prompt,
        *,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        seed: int | None = None,
    ) -> Iterator[str]:
        """Return the language model's answer, piece by piece as it comes, without the prompt.

        Args:
            prompt: ``text`` is the question; audio and video are what it is about.
            max_new_tokens: longest answer, in tokens.
            temperature: 0 takes the likeliest token each time; above, tokens are drawn.
            seed: decides what is drawn.

        Raises:
            RequestError: if the question is too long or holds control tokens, or if tokens are
                to be drawn without a seed.
            MediaError: if its video cannot be decoded.
        """
        return answer_prompt(
            self.thinker,
            prompt,
            self.config,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            seed=seed,
        )

    def answer_together(
        self, prompts: Sequence[Prompt], *, max_new_tokens: int = 1024, together: int = 8
    ) -> list[str]:
        """Return the likeliest answer to each question; those of equal shape go side by side.

        Args:
            prompts: questions, with audio or without.
            max_new_tokens: longest answer, in tokens.
            together: most questions at a time.

        Raises:
            RequestError, MediaError: as `answer`, for the first that cannot be read.
        """
        return answer_together(
            self.thinker, prompts, self.config, max_new_tokens=max_new_tokens, together=together
        )

    def answer_conversions(self, prompt: Prompt) -> tuple[str, ...]:
        """Return what `answer` does to the prompt's audio and video."""
        return question_notes(self.thinker, prompt, self.config)

    def answering_network(self) -> nn.Module:
        """Return the language model, all of whose weights learn."""
        return self.thinker.signed()

    def prepare_answer(self, prompt: Prompt, answer: str) -> Inputs:
        """Return a question with its answer, ready to be learned, on the CPU.

        Raises:
            RequestError: if the question cannot be read, or the answer is empty.
            MediaError: if the question's video cannot be decoded.
        """
        return lesson(self.thinker, prompt, answer, self.config)

    def answer_losses(self, prepared: Sequence[Inputs]) -> Tensor:
        """Return the negative log-likelihood of each answer (B,), in nats."""
        return answer_losses(self.thinker, prepared)

    def answers_match(self, prepared: Sequence[Inputs]) -> Tensor:
        """Return which questions (B,) bool are answered word for word, without drawing."""
        return answers_match(self.thinker, prepared)
