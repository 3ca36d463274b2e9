"""What is true of a run besides its recipe: code version, plugins, device, sizes."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import torch

from ..catalog import Catalog
from ..code_version import commit_of
from ..data.config import SourceUseConfig
from ..errors import CheckpointError, ConfigError
from ..events import SourceUse
from ..models.answering import AnsweringModel
from ..models.audio_omni import AudioOmniModel
from ..recipe import Recipe
from ..source import DataSource
from .checkpoint import load_checkpoint


def pick_device(name: str) -> torch.device:
    """Return a torch device; ``"auto"`` takes CUDA where there is one.

    Raises:
        ConfigError: if the named device is unknown or absent.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        raise ConfigError(
            f"Unknown device '{name}'; expected auto, cpu, cuda, cuda:N or mps."
        ) from None
    try:
        torch.zeros(1, device=device).item()  # tells what every build and driver lacks
    except (RuntimeError, AssertionError, NotImplementedError) as failure:
        reason = str(failure).strip().partition(". ")[0].splitlines()[0]
        raise ConfigError(
            f"Device '{name}' cannot be used here ({reason}); use --device cpu, or auto."
        ) from None
    return device


def run_tags(model: AudioOmniModel | AnsweringModel, catalog: Catalog) -> dict[str, str]:
    """Return tags that every tracker keeps: versions, device, parameters, plugins, git commit."""
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    tags = {
        "audio_omni.version": metadata.version("audio-omni"),
        "torch.version": str(torch.__version__),
        "python.version": platform.python_version(),
        "device": device_name(model.device),
        "parameters.trainable": str(trainable),
        **{f"plugin.{name}": version for name, version in catalog.versions().items()},
    }
    return tags | _git_tags()


def base_tags(recipe: Recipe) -> dict[str, str]:
    """Return tags that say where a run's weights began: path, hash, step and licence.

    The licence is that of an imported model. Of a checkpoint that is not there any more, as may be
    on a resume, only the path is known.
    """
    if recipe.train.start_from is None:
        return {}
    tags = {"base.checkpoint": recipe.train.start_from}
    try:
        base = load_checkpoint(Path(recipe.train.start_from).expanduser())
    except CheckpointError:
        return tags
    tags |= {"base.digest": base.digest, "base.step": str(base.step)}
    known = {"base.licence": "licence", "base.source": "source"}
    return tags | {tag: str(base.state[key]) for tag, key in known.items() if key in base.state}


def device_name(device: torch.device) -> str:
    """Return a device's name for people: the GPU's model, or the CPU's with its threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu ({platform.machine()}, {torch.get_num_threads()} threads)"


def source_uses(
    uses: Sequence[SourceUseConfig], sources: Sequence[DataSource], catalog: Catalog
) -> list[SourceUse]:
    """Return what each entry of a mixture brings to the run, for trackers."""
    return [
        SourceUse(
            uri=use.uri,
            task=catalog.tasks.get(use.task).name,
            weight=use.weight,
            rows=min(len(source), use.max_rows or len(source)),
            digest=source.digest(),
            licences=source.licences(),
        )
        for use, source in zip(uses, sources, strict=True)
    ]


def _git_tags() -> dict[str, str]:
    """Return commit and cleanliness of the code, when it runs from a checkout."""
    found = commit_of()
    return {} if found is None else {"git.sha": found.sha, "git.dirty": str(found.dirty).lower()}
