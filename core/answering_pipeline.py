"""A language model alone, behind the interface of models that make audio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from .models.answering import AnsweringModel, refuse_to_make_audio
from .models.audio_omni import AudioOmniModel
from .payloads import Example
from .pipeline import Pipeline


class AnsweringPipeline(Pipeline):
    """Answers questions; a task that makes audio is refused, with what to do."""

    @classmethod
    def over(cls, model: AnsweringModel, **options: Any) -> AnsweringPipeline:
        """Return a pipeline over a language model; ``options`` are further ones of `Pipeline`."""
        # Of all that a pipeline does with a model, answering asks for its conditioners only.
        return cls(cast("AudioOmniModel", model), **options)

    def examples(self, task_name: str, items: Sequence[Any]) -> list[Example]:
        """Refuse every task: those that give text are asked by `answer`.

        Raises:
            UnknownNameError: for an unknown task.
            RequestError: always.
        """
        spec = self.catalog.tasks.get(task_name)
        if spec.output == "audio":
            refuse_to_make_audio(spec.name)
        return super().examples(task_name, items)
