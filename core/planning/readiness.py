"""What a run needs, and whether it is here: sources, weights, language models, packages, disk."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from ..catalog import Catalog
from ..errors import ConfigError
from ..models.build import codec_options, conditioner_options
from ..models.hub import hub_problem
from ..models.weight_options import is_without_network, named_files
from ..payloads import VIDEO
from ..recipe import Recipe
from ..training.preflight import check_names
from .plan import Plan
from .sources import SourceState, look_at

PAGES = (
    "docs/how-to/train-on-your-own-clips.md; the paper's: docs/how-to/lay-out-the-papers-data.md"
)
PACKAGES = {
    "av": ("videos", "pip install 'audio-omni[data]'"),
    "jieba": ("transcripts", "pip install 'audio-omni[speech]'"),
    "pypinyin": ("transcripts", "pip install 'audio-omni[speech]'"),
    "datasets": ("sources hf:", "pip install 'audio-omni[data]'"),
    "mlflow": ("tracking.observers", "pip install 'audio-omni[mlflow]'"),
}
UNSET = re.compile(r"the environment variable (\w+) is not set")
GB = 1e9


@dataclass(frozen=True)
class Need:
    """Something that a run needs.

    Attributes:
        kind: ``source``, ``weights``, ``model``, ``package`` or ``disk``.
        name: which.
        state: whether it is here.
        detail: what was found, or what is wrong.
        advice: how to get it; `None` where it is here.
        rows: of a source.
    """

    kind: str
    name: str
    state: Literal["here", "missing"]
    detail: str
    advice: str | None = None
    rows: int | None = None

    @property
    def is_missing(self) -> bool:
        """Return whether it is not here."""
        return self.state == "missing"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def needs_of(recipe: Recipe, catalog: Catalog) -> tuple[list[Need], list[SourceState]]:
    """Return everything that a run of a recipe needs, and the state of its mixture's sources.

    Nothing is loaded, fetched or decoded, and every need is listed, not the first that is missing.

    Raises:
        UnknownNameError, ConfigError: for what no download would mend: a task, solver, metric,
            codec or conditioner that no plugin registered, options that do not fit.
    """
    check_names(recipe, catalog, "cpu")
    states = look_at(recipe.mixture.sources, catalog)
    held_out = look_at(recipe.evaluation.sources, catalog)
    sources = [_source(state) for state in dict.fromkeys([*states, *held_out])]
    needs = [*sources, *_weights(recipe, catalog), *_packages(recipe, catalog)]
    return needs, states


def disk_need(plan: Plan, folder: Path) -> Need:
    """Return whether checkpoints will fit on the disk of a run's folder."""
    place = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.is_dir())
    free, wanted = shutil.disk_usage(place).free, plan.storage.checkpoints
    detail = f"{free / GB:,.1f} GB free; {wanted / GB:,.1f} GB for {plan.storage.kept} checkpoints"
    if free >= wanted:
        return Need("disk", str(place), "here", detail)
    advice = "free some space, choose another folder (-o), or lower train.keep_checkpoints"
    return Need("disk", str(place), "missing", detail, advice)


def _source(state: SourceState) -> Need:
    name = f"{state.uri} ({state.task})"
    if state.problem is None:
        return Need("source", name, "here", f"{state.rows:,} rows", rows=state.rows)
    detail = state.problem.removeprefix(f"Source '{state.uri}': ")
    advice = f"how sets are laid out: {PAGES}"
    detail, advice = _unset(detail) or (detail, advice)
    return Need("source", name, "missing", detail, advice, state.rows)


def _unset(problem: str) -> tuple[str, str] | None:
    """Return detail and advice for a variable that is not set; `None` if that is not the matter."""
    found = UNSET.search(problem)
    if found is None:
        return None
    name = found.group(1)
    advice = (
        f"set {name} to the folder of the data (export {name}=FOLDER), or write the paths in place "
        f"of ${{{name}}}; how sets are laid out: {PAGES}"
    )
    return f"{name} is not set", advice


def _weights(recipe: Recipe, catalog: Catalog) -> Iterator[Need]:
    """Yield files and published networks that the model's options name, or should name."""
    model = recipe.model
    begun = recipe.train.start_from is not None
    yield from _of_options(
        "codec",
        lambda: codec_options(model.codec, catalog),
        without=None if begun else "its weights would be random",
    )
    fills = {slot for use in recipe.mixture.sources for slot in catalog.tasks.get(use.task).fills}
    for name, use in model.conditioners.items():
        reads = catalog.conditioners.get(use.name).reads
        yield from _of_options(
            f"conditioners.{name}",
            partial(conditioner_options, name, use, catalog),
            without=f"nothing would read what tasks put into '{reads}'" if reads in fills else None,
        )
    paths = {"model.wording": model.wording, "train.start_from": recipe.train.start_from}
    for option, path in paths.items():
        if path is not None:
            yield _file(option, path)


def _of_options(part: str, read: Callable[[], BaseModel], *, without: str | None) -> Iterator[Need]:
    """Yield what the options of a part name.

    Args:
        part: of the model, as in a recipe.
        read: returns its checked options.
        without: what it means if no network is named; `None` if nothing.
    """
    option = f"model.{part}.options"
    try:
        options = read()
    except ConfigError as failure:
        unset = _unset(str(failure))
        if unset is None:
            raise
        yield Need("weights", option, "missing", *unset)
        return
    for name, path in named_files(options):
        yield _file(f"{option}.{name}", path)
    model = getattr(options, "model", None)
    if isinstance(model, str):
        own = getattr(options, "weights", None) is None
        yield _model(model, getattr(options, "revision", None), weights=own)
    if without is not None and is_without_network(options):
        advice = f"set {option}.weights to a safetensors file"
        yield Need("weights", option, "missing", f"no network is named: {without}", advice)


def _file(option: str, path: str) -> Need:
    if Path(path).expanduser().exists():
        return Need("weights", option, "here", path)
    return Need("weights", option, "missing", f"there is nothing at {path}", f"the files: {PAGES}")


def _model(name: str, revision: str | None, *, weights: bool) -> Need:
    problem = hub_problem(name, revision, weights=weights)
    if problem is None:
        return Need("model", name, "here", "in a folder, or in the hub cache")
    at = f" --revision {revision}" if revision else ""
    return Need("model", name, "missing", problem, f"hf download {name}{at}")


def _packages(recipe: Recipe, catalog: Catalog) -> Iterator[Need]:
    uses = [*recipe.mixture.sources, *recipe.evaluation.sources]
    wanted = set()
    if any(VIDEO in catalog.tasks.get(use.task).fills for use in uses):
        wanted.add("av")
    if any(use.name == "transcript" for use in recipe.model.conditioners.values()):
        wanted |= {"jieba", "pypinyin"}
    if any(use.uri.startswith("hf:") for use in uses):
        wanted.add("datasets")
    if "mlflow" in recipe.tracking.observers and "mlflow" in catalog.observers():
        wanted.add("mlflow")
    for name in (name for name in PACKAGES if name in wanted):
        purpose, advice = PACKAGES[name]
        if importlib.util.find_spec(name) is None:
            yield Need("package", name, "missing", f"needed for {purpose}", advice)
        else:
            yield Need("package", name, "here", f"for {purpose}")
