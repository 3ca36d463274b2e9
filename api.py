"""Use a trained model from Python.

Example::

    from audio_omni import AudioOmni

    model = AudioOmni.from_pretrained("runs/nano")
    clip = model.generate("a dog barks while rain falls", seed=1)
    edited = model.edit("remove", "street.wav", description="a siren")
    answer = model.understand("how many dogs?", audio="street.wav")

The published checkpoint, by its own interface::

    model = AudioOmni("Audio-Omni.json", "model.ckpt")
    samples = model.generate("T2A", prompt="a dog barks while rain falls")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .core.catalog import Catalog
from .core.config import parse_config
from .core.errors import RequestError
from .core.execution import ExecutionConfig
from .core.flow.config import SamplingConfig
from .core.models.audio_omni import AudioOmniModel
from .core.pipeline import LongSource, Pipeline
from .core.result import Result
from .core.sampler import OnStep

__all__ = ["AudioOmni", "Result"]

ANSWERS = "understanding"
"""The task behind `AudioOmni.understand`."""


class AudioOmni:
    """A trained model and everything that plugs into it.

    ``AudioOmni("Audio-Omni.json", "model.ckpt")`` opens the published files and has the published
    interface, see `ReleaseAudioOmni`.

    Attributes:
        pipeline: the engine; use it directly for batches with their own settings.
    """

    def __new__(cls, *arguments: Any, **options: Any) -> AudioOmni:
        """Return an object of the class that fits: paths are those of the published files."""
        first = arguments[0] if arguments else options.get("pipeline")
        if cls is AudioOmni and not isinstance(first, Pipeline):
            from .plugins.release.drop_in import ReleaseAudioOmni

            return super().__new__(ReleaseAudioOmni)
        return super().__new__(cls)

    def __init__(self, pipeline: Pipeline) -> None:
        """Wrap a pipeline; most users call `from_pretrained`."""
        self.pipeline = pipeline

    @classmethod
    def from_pretrained(
        cls,
        path: str | Path,
        *,
        device: str = "auto",
        catalog: Catalog | None = None,
        adapters: Mapping[str, float] | Mapping[Path, float] | None = None,
        overrides: Sequence[str] = (),
        **execution: Any,
    ) -> AudioOmni:
        """Load a model from a run or checkpoint folder, with averaged (EMA) weights.

        Args:
            path: the ``-o`` folder of ``audio-omni train``, or one of its checkpoints.
            device: ``"auto"`` takes CUDA where there is one; else a torch device.
            catalog: plugins to use; left out: all that are installed.
            adapters: folders of low-rank adapters to add to the weights → how strongly, 1 as they
                were trained; several add up.
            overrides: where files are that the model names and does not hold:
                ``["model.conditioners.NAME.options.weights=FILE"]``.
            execution: fields of `ExecutionConfig`: ``precision="bfloat16"``, ``compile=True``,
                ``cuda_graph=True``, ``offload=True``, ``decode_chunk_frames=32``.

        Raises:
            CheckpointError: if the folder holds no sound checkpoint, files that it names are not
                here, or adapters do not fit it; says what is wrong.
            UnknownNameError: if the model needs a plugin that is not installed.
        """
        from .core.training.restore import restore_model

        config = parse_config(ExecutionConfig, execution, where="Execution")
        pipeline = restore_model(
            Path(path),
            catalog or _installed(),
            device,
            config,
            adapters=adapters,
            overrides=overrides,
        )
        return cls(pipeline)

    @property
    def model(self) -> AudioOmniModel:
        """Return the networks."""
        return self.pipeline.model

    @property
    def sample_rate_hz(self) -> int:
        """Return samples per second of the clips that the model makes."""
        return self.model.geometry.sample_rate_hz

    def run(
        self,
        task: str,
        *,
        seed: int | None = None,
        steps: int | None = None,
        solver: str | None = None,
        guidance_scale: float | None = None,
        long_source: LongSource = "refuse",
        on_step: OnStep | None = None,
        **request: Any,
    ) -> Result:
        """Run any task that makes audio; ``request`` holds the fields of its request model.

        Args:
            task: name or alias.
            seed: decides the noise; left out: drawn, and told in the result.
            steps: solver steps; left out, like solver and scale: the model's own.
            solver: name of a registered solver.
            guidance_scale: 1 is no guidance.
            long_source: a source longer than the model's clips is refused, or edited in windows
                that overlap (``"windows"``), which the result's provenance says.
            on_step: called with (step, t) after every solver step.
            request: fields of the task's request model.

        Raises:
            UnknownNameError: for an unknown task or solver, with close matches.
            RequestError: for a request that does not fit; lists the fields.
        """
        seeds = None if seed is None else [seed]
        sampling = self._sampling(task, steps, solver, guidance_scale)
        (result,) = self.pipeline.run(
            task,
            [request],
            seeds=seeds,
            sampling=sampling,
            long_source=long_source,
            on_step=on_step,
        )
        return result

    def run_batch(
        self,
        task: str,
        requests: Sequence[Mapping[str, Any]],
        *,
        seeds: Sequence[int] | None = None,
        steps: int | None = None,
        solver: str | None = None,
        guidance_scale: float | None = None,
    ) -> list[Result]:
        """Run one task for several requests at once; item i equals the same item run alone."""
        sampling = self._sampling(task, steps, solver, guidance_scale)
        return self.pipeline.run(task, list(requests), seeds=seeds, sampling=sampling)

    def generate(self, prompt: str, *, task: str = "text_to_audio", **options: Any) -> Result:
        """Make a clip from words; ``options`` as in `run`."""
        return self.run(task, prompt=prompt, **options)

    def edit(self, task: str, source_audio: Any, **options: Any) -> Result:
        """Change a clip.

        Args:
            task: ``"add"``, ``"remove"``, ``"extract"`` or ``"style_transfer"``.
            source_audio: a path, or a `Waveform`.
            options: what to change (``description=`` or ``source_category=`` and
                ``target_category=``), and the options of `run`.
        """
        return self.run(task, source_audio=source_audio, **options)

    def understand(
        self, question: str, *, audio: Any = None, video: Any = None, **options: Any
    ) -> str:
        """Answer a question about a text, a clip or a video; see `stream_answer`."""
        return "".join(self.stream_answer(question, audio=audio, video=video, **options))

    def stream_answer(
        self, question: str, *, audio: Any = None, video: Any = None, **options: Any
    ) -> Iterator[str]:
        """Yield the answer of the model's language model piece by piece, as it is made.

        Args:
            question: what to answer.
            audio: a path or a `Waveform` to listen to.
            video: a path to watch.
            options: further fields of the request (``choices=["a dog", "a bell"]``,
                ``use_video_audio=True`` to hear the video's sound track too), and
                ``max_new_tokens``, ``temperature``, ``seed``.

        Raises:
            ConfigError: if the model has no conditioner that answers.
            RequestError, MediaError: for a request or a file that cannot be used.
        """
        media = {"audio": audio, "video": video}
        given = {name: value for name, value in media.items() if value is not None}
        fields = self.pipeline.catalog.tasks.get(ANSWERS).request.model_fields
        more = {name: options.pop(name) for name in list(options) if name in fields}
        return self.pipeline.answer(ANSWERS, {"question": question, **given, **more}, **options)

    def _sampling(
        self, task: str, steps: int | None, solver: str | None, guidance_scale: float | None
    ) -> SamplingConfig:
        changes = {"steps": steps, "solver": solver, "guidance_scale": guidance_scale}
        given = {name: value for name, value in changes.items() if value is not None}
        merged = {**self.pipeline.sampling_of(task).model_dump(), **given}
        return parse_config(SamplingConfig, merged, where="Sampling", error=RequestError)


def _installed() -> Catalog:
    from .plugins.manager import build_plugin_manager

    return build_plugin_manager()
