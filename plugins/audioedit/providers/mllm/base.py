"""Ask a conditioner's language model for JSON: three tries, then it is a failure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel

from .....core.config import parse_config
from .....core.errors import ConfigError, MediaError, RequestError
from ..answers import read_answer
from ..contract import ProviderFailure
from ..opening import opened
from ..prompted import Prompted
from ..prompts import read_prompt
from .config import MllmProviderConfig

if TYPE_CHECKING:
    from .....core.payloads import Prompt as Question

AnswerT = TypeVar("AnswerT", bound=BaseModel)

WARMTHS = (0.0, 0.0, 0.7)
"""Temperature of each try: the likeliest, the likeliest when told what was wrong, then drawn."""
_WIDTH = 8
"""Width of a conditioner's tokens, of which none is asked for here."""
_SMALL = 1 << 20


class MllmProvider(Prompted):
    """Asks a language model; nothing leaves this machine."""

    licence = (
        "Code: Apache-2.0. Weights, and what they say: under the licence of the model's card, for "
        "Qwen2.5-Omni-3B a research licence: https://huggingface.co/Qwen/Qwen2.5-Omni-3B"
    )
    needs = ("gpu", "transformers")
    options: MllmProviderConfig
    form: ClassVar[str]
    """Name of the prompt that shows the JSON to answer with."""

    def __init__(self, options: MllmProviderConfig) -> None:
        """Keep the options and read the prompts; no model is loaded.

        Raises:
            ConfigError: if a prompt cannot be read.
        """
        super().__init__(options)
        self.prompts["form"] = read_prompt(self.form)

    def in_form(self, words: str) -> str:
        """Return a question with the form that its answer has to have."""
        return f"{words}\n{self.prompts['form'].filled()}"

    def check(self) -> None:
        """Raise unless the conditioner can answer, and its weights and device are at hand.

        A conditioner that cannot tell without loading them (see `ChecksFiles`) is loaded.

        Raises:
            UnknownNameError, ConfigError, PluginError: says what to get and where to put it.
        """
        from .....core.answering import Answering, ChecksFiles
        from .....core.training.run_facts import pick_device

        factory, config = self._chosen()
        pick_device(self.options.device)
        if not isinstance(factory, ChecksFiles):
            self.__dict__["model"] = self._load()  # nothing less tells
            return
        factory.check_files(config)
        if not isinstance(factory, Answering):
            raise self._cannot_answer()

    def facts(self) -> list[Any]:
        """Return what changes its output: prompts, model and options.

        Of a folder of weights the small files count as they are, large ones by their size.
        """
        folder = self.options.model.get("model")
        return [*super().facts(), _folder_facts(Path(folder)) if isinstance(folder, str) else None]

    def weights_sha256(self) -> str | None:
        """Return the hash of the model's weights, read once; `None` where none are kept as files.

        A conditioner that is no network of transformers keeps its own elsewhere.
        """
        return self._weights

    @cached_property
    def _weights(self) -> str | None:
        from .....core.models.hub_network import weights_sha256

        name, revision = self.options.model.get("model"), self.options.model.get("revision")
        if not isinstance(name, str):
            return None
        try:
            return weights_sha256(name, {"revision": revision, "local_files_only": True})
        except OSError:
            return None

    @cached_property
    def model(self) -> Any:
        """Return the conditioner, loaded the first time."""
        return opened(self._load)

    def _chosen(self) -> tuple[Any, BaseModel]:
        """Return what builds the conditioner, and its options."""
        conditioners, name = self.place.catalog.conditioners, self.options.conditioner
        where = f"Options of conditioner '{name}'"
        config = parse_config(conditioners.get(name).config, self.options.model, where=where)
        return conditioners.load(name), config

    def _load(self) -> Any:
        from .....core.answering import Answering

        factory, config = self._chosen()
        built = factory(config, _WIDTH)
        if not isinstance(built, Answering):
            raise self._cannot_answer()
        return built.to(self.options.device).eval()  # type: ignore[attr-defined]

    def _cannot_answer(self) -> ConfigError:
        return ConfigError(
            f"Conditioner '{self.options.conditioner}' cannot answer; expected one with a language "
            "model that can, such as 'mllm'."
        )

    def ask(
        self, questions: Sequence[Question], form: type[AnswerT], seeds: Sequence[int]
    ) -> list[AnswerT | ProviderFailure]:
        """Return each answer in its form, or why there is none.

        Args:
            questions: with audio or without.
            form: what the JSON has to be.
            seeds: decide what is drawn where the likeliest answers were no JSON.
        """
        texts = self._first_texts(questions)
        return [
            text if isinstance(text, ProviderFailure) else self._read(question, text, form, seed)
            for question, text, seed in zip(questions, texts, seeds, strict=True)
        ]

    def _first_texts(self, questions: Sequence[Question]) -> list[str | ProviderFailure]:
        from .....core.answering import AnswersTogether

        if len(questions) > 1 and isinstance(self.model, AnswersTogether):
            try:
                return list(
                    self.model.answer_together(
                        questions,
                        max_new_tokens=self.options.max_new_tokens,
                        together=self.options.together,
                    )
                )
            except (RequestError, MediaError):
                pass  # one of them cannot be read: below it is told which
        return [self._said(question, 0.0, None) for question in questions]

    def _read(
        self, question: Question, text: str, form: type[AnswerT], seed: int
    ) -> AnswerT | ProviderFailure:
        for warmth in (*WARMTHS[1:], None):
            reading = read_answer(text, form)
            if reading.value is not None:
                return reading.value
            if warmth is None:
                break
            words = self.prompts["repair"].filled(answer=text[:2000], problem=reading.problem)
            again = replace(question, text=f"{question.text}\n\n{words}")
            said = self._said(again, warmth, seed if warmth else None)
            if isinstance(said, ProviderFailure):
                return said
            text = said
        return ProviderFailure(
            f"{len(WARMTHS)} answers were no JSON in form: {reading.problem}.",
            retryable=False,
            reason="bad_json",
        )

    def _said(self, question: Question, warmth: float, seed: int | None) -> str | ProviderFailure:
        try:
            pieces = self.model.answer(
                question,
                max_new_tokens=self.options.max_new_tokens,
                temperature=warmth,
                seed=seed,
            )
            return "".join(pieces)
        except (RequestError, MediaError) as failure:
            return ProviderFailure(str(failure), retryable=False, reason="unreadable")


def _folder_facts(folder: Path) -> list[tuple[str, int | str]] | None:
    if not folder.is_dir():
        return None
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [
        (path.name, hashlib.sha256(path.read_bytes()).hexdigest() if size < _SMALL else size)
        for path in files
        for size in (path.stat().st_size,)
    ]
