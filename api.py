"""Use a trained model from Python.

Example::

    from audio_omni import AudioOmni

    model = AudioOmni.from_pretrained("runs/nano")
    clip = model.generate("a dog barks while rain falls", seed=1)
    edited = model.edit("remove", "street.wav", description="a siren")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .core.catalog import Catalog
from .core.config import parse_config
from .core.errors import RequestError
from .core.flow.config import SamplingConfig
from .core.models.audio_omni import AudioOmniModel
from .core.pipeline import OnStep, Pipeline, Result

__all__ = ["AudioOmni", "Result"]


class AudioOmni:
    """A trained model and everything that plugs into it.

    Attributes:
        pipeline: the engine; use it directly for batches with their own settings.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        """Wrap a pipeline; most users call `from_pretrained`."""
        self.pipeline = pipeline

    @classmethod
    def from_pretrained(
        cls, path: str | Path, *, device: str = "auto", catalog: Catalog | None = None
    ) -> AudioOmni:
        """Load a model from a run or checkpoint folder, with averaged (EMA) weights.

        Args:
            path: the ``-o`` folder of ``audio-omni train``, or one of its checkpoints.
            device: ``"auto"`` takes CUDA where there is one; else a torch device.
            catalog: plugins to use; left out: all that are installed.

        Raises:
            CheckpointError: if the folder holds no sound checkpoint; says what is wrong.
            UnknownNameError: if the model needs a plugin that is not installed.
        """
        from .core.training.restore import restore_model

        pipeline = restore_model(Path(path), catalog or _installed(), device)
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
        on_step: OnStep | None = None,
        **request: Any,
    ) -> Result:
        """Run any task; ``request`` holds the fields of the task's request model.

        Raises:
            UnknownNameError: for an unknown task or solver, with close matches.
            RequestError: for a request that does not fit; lists the fields.
        """
        seeds = None if seed is None else [seed]
        sampling = self._sampling(steps, solver, guidance_scale)
        return self.pipeline.run(task, [request], seeds=seeds, sampling=sampling, on_step=on_step)[
            0
        ]

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
        sampling = self._sampling(steps, solver, guidance_scale)
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

    def _sampling(
        self, steps: int | None, solver: str | None, guidance_scale: float | None
    ) -> SamplingConfig:
        changes = {"steps": steps, "solver": solver, "guidance_scale": guidance_scale}
        given = {name: value for name, value in changes.items() if value is not None}
        merged = {**self.pipeline.sampling.model_dump(), **given}
        return parse_config(SamplingConfig, merged, where="Sampling", error=RequestError)


def _installed() -> Catalog:
    from .plugins.manager import build_plugin_manager

    return build_plugin_manager()
