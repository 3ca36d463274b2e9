"""The language model of a model, alone: it answers questions, and learns to.

What it learns is then frozen in a model that makes audio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

import torch
from torch import Tensor, nn

from ..answering import LearnsAnswers
from ..catalog import Catalog
from ..conditioning import Conditioner
from ..data.records import EncodedExample, PreparedExample
from ..errors import ConfigError, RequestError
from ..payloads import PROMPT, Example
from .build import build_conditioner
from .config import ModelConfig

COMPONENT = "thinker"
"""Name of the language model in checkpoints."""


class AnsweringModel(nn.Module):
    """A conditioner that answers, without the codec and the transformer that it will serve.

    The loop trains it as it trains any model; `prepare`, `encode` and `components` are those of
    `AudioOmniModel`.

    Attributes:
        config: of the model that the conditioner is part of.
        name: name of the conditioner's weights in it.
        conditioners: the conditioner by that name.
        network: the language model, which is what learns.
    """

    def __init__(self, config: ModelConfig, name: str, conditioner: Conditioner[Any]) -> None:
        """Let the language model learn, and nothing else of the conditioner."""
        super().__init__()
        self.config = config
        self.name = name
        self.conditioners = nn.ModuleDict({name: conditioner.requires_grad_(False)})
        self.network = self.answering.answering_network().requires_grad_(True)

    @property
    def answering(self) -> LearnsAnswers:
        """Return the conditioner."""
        return cast("LearnsAnswers", self.conditioners[self.name])

    @property
    def device(self) -> torch.device:
        """Return where the weights are."""
        return next(self.network.parameters()).device

    def components(self) -> dict[str, nn.Module]:
        """Return what is trained and saved."""
        return {COMPONENT: self.network}

    def prepare(self, example: Example, key: str | None = None) -> PreparedExample:
        """Return a question with its answer, ready to be learned.

        Raises:
            RequestError: for an example without an answer: this model makes nothing else.
        """
        if example.answer is None:
            refuse_to_make_audio(example.task)
        prepared = self.answering.prepare_answer(example.payloads[PROMPT], example.answer)
        return PreparedExample(
            task=example.task, key=key, samples=0, waveform=None, prepared={self.name: prepared}
        )

    def encode(
        self, examples: Sequence[PreparedExample], caches: Mapping[str, Any] | None = None
    ) -> list[EncodedExample]:
        """Return the examples as they are: nothing of this model is frozen."""
        return [
            EncodedExample(
                task=example.task,
                key=example.key,
                samples=0,
                latent=None,
                features=example.prepared,
            )
            for example in examples
        ]

    def answer_losses(self, examples: Sequence[EncodedExample]) -> Tensor:
        """Return the negative log-likelihood of each answer (B,), in nats."""
        return self.answering.answer_losses(self._lessons(examples))

    def answers_match(self, examples: Sequence[EncodedExample]) -> Tensor:
        """Return which questions (B,) bool are answered word for word."""
        return self.answering.answers_match(self._lessons(examples))

    def _lessons(self, examples: Sequence[EncodedExample]) -> list[Any]:
        return [example.features[self.name] for example in examples]


def refuse_to_make_audio(task: str) -> NoReturn:
    """Raise RequestError: a task asks for audio of a model that answers."""
    raise RequestError(
        f"Task '{task}' makes audio; this model is a language model alone and answers questions "
        "only. Train a model that makes audio with this one inside: set its conditioner's option "
        "`local.weights` to this folder."
    )


def build_answering_model(config: ModelConfig, catalog: Catalog, seed: int = 0) -> AnsweringModel:
    """Build the conditioner of a model that answers; nothing else of it.

    Raises:
        ConfigError: if none of its conditioners can learn to answer; names them.
        UnknownNameError, PluginError: as `build_model`.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # initialisers of third-party modules draw from the global state
        for name, use in config.conditioners.items():
            if catalog.conditioners.get(use.name).reads == PROMPT:
                width = config.dit.condition_width
                conditioner = build_conditioner(name, use, width, catalog)
                if isinstance(conditioner, LearnsAnswers):
                    return AnsweringModel(config, name, conditioner)
    have = ", ".join(f"'{name}' ({use.name})" for name, use in config.conditioners.items())
    raise ConfigError(
        f"Nothing in this model can learn to answer: none of its conditioners ({have or 'none'}) "
        "holds a language model. Add the conditioner 'mllm', or train on tasks that make audio."
    )
