"""One generation or edit: from a request to a clip with its provenance.

Training and generation share everything up to the transformer. `Sampler` adds the noise, the
solver and the decoder; this module the record of what was done.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from .answers import Answer, answer
from .catalog import Catalog
from .editing import edit_examples, joined_facts
from .errors import RequestError
from .execution import ExecutionConfig
from .flow.config import SamplingConfig
from .flow.noise import checked_seeds
from .media.waveform import Waveform
from .models.audio_omni import AudioOmniModel
from .pasting import pasted
from .payloads import Example
from .result import Result, request_facts
from .sampler import OnStep, Sampler
from .source import Row
from .task import build_task
from .windows import cut_into_windows, join_windows, source_of
from .wording import TaskWording

LongSource = Literal["refuse", "windows"]
DRAWN_SEEDS = 2**31


class Pipeline(Sampler):
    """Generates with one model; holds no state between calls."""

    def __init__(
        self,
        model: AudioOmniModel,
        catalog: Catalog,
        sampling: SamplingConfig,
        provenance: Mapping[str, Any] | None = None,
        *,
        wording: Mapping[str, TaskWording] | None = None,
        execution: ExecutionConfig | None = None,
        learned: Collection[str] | None = None,
    ) -> None:
        """Keep the model, the defaults of sampling, and what is true of every result.

        Args:
            model: the networks.
            catalog: where tasks and solvers are looked up.
            sampling: how to generate, unless a call says otherwise.
            provenance: facts to record with every result.
            wording: sentences that the model was trained on, by task; left out: the tasks' own.
            execution: what to trade for speed and memory; left out: nothing.
            learned: tasks that the model was trained on, and no others; `None`: not known.
        """
        super().__init__(model, catalog, execution or ExecutionConfig())
        self.sampling = sampling
        self.provenance = dict(provenance or {})
        self.wording = dict(wording or {})
        self.learned = learned

    def run(
        self,
        task_name: str,
        items: Sequence[Any],
        *,
        seeds: Sequence[int] | None = None,
        sampling: SamplingConfig | None = None,
        long_source: LongSource = "refuse",
        on_step: OnStep | None = None,
    ) -> list[Result]:
        """Generate one clip per item, all in one batch.

        Args:
            task_name: name or alias of a task.
            items: requests, mappings of request fields, or rows (then the target is ignored).
            seeds: one per item; `None` draws them. Item i alone equals item i in a batch.
            sampling: replaces the defaults, those of a single task among them.
            long_source: what to do with a source that is longer than the model's clips: refuse
                it, or edit it in windows that overlap and crossfade, and record that.
            on_step: called with (step, t) after every solver step.

        Raises:
            UnknownNameError: for an unknown task or solver.
            RequestError: for a request that does not fit the task or the model.
            SamplingError: if a step yields a non-finite value.
        """
        examples = self.examples(task_name, items)
        drawn = (secrets.randbelow(DRAWN_SEEDS) for _ in items)
        used_seeds = checked_seeds(drawn if seeds is None else seeds)
        if not items or len(used_seeds) != len(items):
            raise RequestError(
                f"Got {len(items)} items with {len(used_seeds)} seeds; expected at least one item, "
                "and one seed each."
            )
        chosen = sampling or self.sampling_of(task_name)
        if long_source == "windows" and any(map(self._is_long, examples)):
            return [
                self._run_windows(example, seed, chosen, on_step)
                for example, seed in zip(examples, used_seeds, strict=True)
            ]
        return self.run_examples(examples, used_seeds, chosen, on_step)

    def sampling_of(self, task_name: str) -> SamplingConfig:
        """Return how a task is generated where a call does not say: its own way, or the model's.

        Raises:
            UnknownNameError: for an unknown task.
        """
        spec = self.catalog.tasks.get(task_name)
        return self.sampling.of(spec.name, spec.sampling)

    def examples(self, task_name: str, items: Sequence[Any]) -> list[Example]:
        """Return the examples of requests, mappings of request fields, or rows.

        Raises:
            UnknownNameError: for an unknown task.
            RequestError, MediaError: for an item that does not fit the task.
        """
        spec = self.catalog.tasks.get(task_name)
        if spec.output != "audio":
            raise RequestError(
                f"Task '{spec.name}' gives {spec.output}; expected a task that gives audio."
            )
        task = build_task(self.catalog, task_name, self.wording)
        return [_example(task, item) for item in items]

    def run_examples(
        self,
        examples: Sequence[Example],
        seeds: Sequence[int],
        sampling: SamplingConfig,
        on_step: OnStep | None = None,
    ) -> list[Result]:
        """Generate one clip per example, all in one batch; see `run`."""
        self.catalog.solvers.get(sampling.solver)
        if any(example.editing is not None for example in examples):
            return self._run_edits(examples, seeds, sampling, on_step)
        prepared = [self.model.prepare(example) for example in examples]
        generated = self.generate(prepared, seeds, sampling, on_step)
        results = []
        for made, example, item, seed in zip(generated, examples, prepared, seeds, strict=True):
            waveform = pasted(made, example)
            notes = waveform.conversions[len(made.conversions) :]
            facts = self._provenance(example, (*item.conversions, *notes), seed, sampling)
            results.append(Result(waveform, example.task, seed, facts))
        return results

    def _run_edits(
        self,
        examples: Sequence[Example],
        seeds: Sequence[int],
        sampling: SamplingConfig,
        on_step: OnStep | None,
    ) -> list[Result]:
        """Make one clip per example with the editor that it brings."""
        made = edit_examples(self, examples, seeds, sampling, on_step)
        results = []
        for edited, example, seed in zip(made, examples, seeds, strict=True):
            facts = self._provenance(example, edited.conversions, seed, sampling)
            facts["editing"] = edited.facts
            results.append(Result(edited.waveform, example.task, seed, facts))
        return results

    def answer(self, task_name: str, item: Any, **options: Any) -> Answer:
        """Return the answer to a request of a task that gives text, as it is made.

        Args:
            task_name: name or alias of the task.
            item: a request, or a mapping of its fields.
            options: ``max_new_tokens``, ``temperature`` and ``seed``, see `answers.answer`.

        Raises:
            UnknownNameError, RequestError, MediaError: as `answers.answer`.
        """
        return answer(self.model, self.catalog, task_name, item, self.wording, **options)

    def _is_long(self, example: Example) -> bool:
        source = source_of(example)
        return source is not None and source.seconds > self._window_seconds(example)

    def _window_seconds(self, example: Example) -> float:
        """Return the longest source in one piece: an editor's is no condition, but a whole clip."""
        model = self.model
        return model.window_seconds if example.editing is None else model.geometry.clip_seconds

    def _run_windows(
        self, example: Example, seed: int, sampling: SamplingConfig, on_step: OnStep | None
    ) -> Result:
        """Edit a long source window by window; window i has the seed ``seed + i``."""
        if not self._is_long(example):
            return self.run_examples([example], [seed], sampling, on_step)[0]
        parts, starts = cut_into_windows(example, self._window_seconds(example))
        results = [
            self.run_examples([part], [seed + i], sampling, on_step)[0]
            for i, part in enumerate(parts)
        ]
        source = source_of(example)
        assert source is not None  # noqa: S101 - it is long
        joined = join_windows([r.waveform for r in results], starts, source.seconds)
        edits = [r.provenance["editing"] for r in results if "editing" in r.provenance]
        notes = [note for result in results for note in result.provenance["conversions"]]
        conversions = list(dict.fromkeys([*notes, *joined.conversions]))
        return Result(
            Waveform(joined.samples, joined.sample_rate_hz),
            example.task,
            seed,
            {**self._provenance(example, conversions, seed, sampling), **joined_facts(edits)},
        )

    def _provenance(
        self, example: Example, conversions: Sequence[str], seed: int, sampling: SamplingConfig
    ) -> dict[str, Any]:
        return {
            **self.provenance,
            "task": example.task,
            "request": request_facts(example),
            "seed": seed,
            "sampling": sampling.model_dump(mode="json"),
            "conversions": list(conversions),
            "plugins": self.catalog.versions(),
        }


def _example(task: Any, item: Any) -> Example:
    example: Example
    if isinstance(item, Row):
        example = task.to_example(item)
    elif isinstance(item, Mapping):
        example = task.to_example(task.parse_request(item))
    elif isinstance(item, task.request_model):
        example = task.to_example(item)
    else:
        raise RequestError(
            f"Got a {type(item).__name__} for task '{task.name}'; expected a mapping of request "
            f"fields, a {task.request_model.__name__} or a Row."
        )
    if example.target is None:
        return example
    seconds = example.seconds or example.target.seconds
    return replace(example, target=None, seconds=seconds)
