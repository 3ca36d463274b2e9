"""What a plugin declares: frozen records that are cheap to import and load no torch.

A spec names its class by import path (``"package.module:Class"``), relative to nothing; the
class is imported on first use. The host stamps every spec with the plugin that registered it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from .config import NoOptions


class Injection(enum.StrEnum):
    """How a condition enters the diffusion transformer (paper section 4.2).

    ``CONTEXT``: tokens read by cross-attention (high-level semantics, eq. 3).
    ``CONCAT``: features added to the time embedding and concatenated with the noisy latent
    (low-level signal, eq. 4); the recipe says on which axis, see `ConcatAxis`.
    """

    CONTEXT = "context"
    CONCAT = "concat"


class ConcatAxis(enum.StrEnum):
    """Where concatenated features meet the latent.

    ``SEQUENCE``: as prefix tokens, cropped off after the transformer (the released checkpoint).
    ``CHANNEL``: interpolated to the latent's length and joined to its channels (section 5.4).
    """

    SEQUENCE = "sequence"
    CHANNEL = "channel"


class Direction(enum.StrEnum):
    """Which way a metric improves."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What every registration has in common.

    Attributes:
        name: unique within its kind; lower case, words joined by underscores.
        summary: one sentence, shown by ``audio-omni plugins list``.
        factory: import path ``"package.module:attribute"`` of the class or function.
        config: pydantic model of the plugin's own options in a recipe.
    """

    name: str
    summary: str
    factory: str
    config: type[BaseModel] = NoOptions


@dataclass(frozen=True, kw_only=True)
class TaskSpec(Spec):
    """A thing the model can be asked to do.

    Attributes:
        request: pydantic model of a user's request; its fields become command-line flags,
            the JSON schema and the form. Field descriptions are the help texts.
        fills: the payload slots that the task's examples fill (see `core.payloads`).
        aliases: other names users know, for example ``("T2A",)``.
        output: what comes back.
        default_metrics: names of metrics that are meaningful for the task.
        needs_training: whether rows teach it; a task whose examples bring an editor needs none,
            and is refused in a mixture.
        worded_as: task whose sentences stand around the words, where a model brings its own.
        sampling: settings of sampling that the task has, in place of the model's own; what a call
            asks for comes first.
    """

    request: type[BaseModel]
    fills: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    output: Literal["audio", "text"] = "audio"
    default_metrics: tuple[str, ...] = ()
    needs_training: bool = True
    worded_as: str | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ConditionerSpec(Spec):
    """A network that turns a payload into tokens for the transformer.

    Attributes:
        reads: the payload slot that the conditioner reads, for example ``"prompt"``.
        injection: how its tokens enter; a recipe may override it.
        frozen: whether `Conditioner.encode_frozen` holds weights that are never trained.
        cacheable: whether the result of `encode_frozen` depends on nothing but the payload.
    """

    reads: str
    injection: Injection
    frozen: bool = False
    cacheable: bool = True


@dataclass(frozen=True, kw_only=True)
class MetricSpec(Spec):
    """A measurement of what a model made.

    Attributes:
        direction: which way is better.
        unit: for example ``"dB"`` or ``"1"``.
        scope: ``"clip"`` gives one value per clip, averaged; ``"set"`` one for the whole set.
        needs_reference: whether every generated clip needs its exact reference.
        read_beside: a metric of the references without which its value says little: a score of
            clips that have references measures it too, with the same options.
        output: what it measures: ``"audio"`` is handed `Measured`, ``"text"`` is handed
            `Answered`; it fits tasks of the same ``output``.
    """

    direction: Direction
    unit: str
    scope: Literal["clip", "set"] = "clip"
    needs_reference: bool = True
    read_beside: str | None = None
    output: Literal["audio", "text"] = "audio"


@dataclass(frozen=True, kw_only=True)
class EmbedderSpec(Spec):
    """A frozen network that metrics listen with.

    Attributes:
        outputs: names of what it gives of a clip, for example ``("embedding", "logits")``.
        reads: what it can be handed.
    """

    outputs: tuple[str, ...]
    reads: tuple[Literal["audio", "text", "video"], ...] = ("audio",)


@dataclass(frozen=True, kw_only=True)
class BenchmarkSpec(Spec):
    """A test set with its metrics; ``factory`` points at a function that returns a `Benchmark`.

    Attributes:
        task: the task that a model is asked to do.
    """

    task: str


@dataclass(frozen=True, kw_only=True)
class CodecSpec(Spec):
    """An invertible (enough) map between waveforms and latents."""


@dataclass(frozen=True, kw_only=True)
class SourceSpec(Spec):
    """A kind of data source; ``name`` is the scheme of its URIs (``manifest:rows.jsonl``)."""


@dataclass(frozen=True, kw_only=True)
class SolverSpec(Spec):
    """A numerical integrator of the flow's differential equation.

    Attributes:
        evaluations_per_step: calls of the network that one step costs.
    """

    evaluations_per_step: int = 1


@dataclass(frozen=True, kw_only=True)
class EditProviderSpec(Spec):
    """What does a part of making pairs: hears, locates, separates, scores, edits, and so on.

    Attributes:
        provides: which contract it keeps, see `plugins.audioedit.providers.contract`.
    """

    provides: Literal[
        "labeler",
        "locator",
        "separator",
        "activity",
        "scorer",
        "style_writer",
        "paraphraser",
        "editor",
        "warper",
        "judge",
        "aligner",
    ]


@dataclass(frozen=True, kw_only=True)
class CommandSpec(Spec):
    """A noun of the command line; ``factory`` points at a function or a `typer.Typer`.

    Attributes:
        verb_of: a noun of another plugin that it is a verb of; its name is then ``NOUN_VERB``, as
            in ``bench_audioedit``. Left out: it is a noun of its own.
    """

    verb_of: str | None = None


@dataclass(frozen=True)
class Origin:
    """Which plugin a registration came from; stamped by the host, shown in errors."""

    plugin: str
    distribution: str
    version: str

    def __str__(self) -> str:
        """Return ``plugin 'name' (distribution 1.2)``."""
        return f"plugin '{self.plugin}' ({self.distribution} {self.version})"
