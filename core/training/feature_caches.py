"""The caches of a run: which conditioners have one, under which name, and what came of it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from ..catalog import Catalog
from ..conditioning import Conditioner
from ..data.bounded_folder import BoundedFolder
from ..data.cache_folder import default_cache_folder
from ..data.config import LoaderConfig
from ..data.content import content_digest
from ..data.dataset import Prepare
from ..data.feature_cache import FeatureCache
from ..data.records import EncodedExample, PreparedExample
from ..errors import ConfigError
from ..events import CheckpointSaved, RunEnd
from ..models.answering import AnsweringModel
from ..models.audio_omni import AudioOmniModel
from ..payloads import Example

logger = logging.getLogger("audio_omni.cache")


class FeatureCaches:
    """Encodes what a run trains on, with a cache for each conditioner whose features can be kept.

    Attributes:
        by_name: weight name of a conditioner → its cache.
    """

    def __init__(
        self, model: AudioOmniModel | AnsweringModel, by_name: Mapping[str, FeatureCache]
    ) -> None:
        """Keep the model and the caches of its conditioners, which may be none."""
        self.model = model
        self.by_name = dict(by_name)

    @property
    def prepare(self) -> Prepare:
        """Return the model's `prepare`, with the digests that `encode` looks features up by."""
        return DigestingPrepare(self.model.prepare, tuple(self.by_name))

    def encode(self, examples: Sequence[PreparedExample | EncodedExample]) -> list[EncodedExample]:
        """Return the encoded examples; what is cached is read, what is new is kept.

        Those that come encoded, from shards, are passed on.
        """
        given = [example for example in examples if isinstance(example, PreparedExample)]
        made = iter(self.model.encode(given, self.by_name) if given else ())
        return [next(made) if isinstance(e, PreparedExample) else e for e in examples]

    @property
    def reused(self) -> int:
        """Return how many features no network was run for."""
        return sum(cache.reused for cache in self.by_name.values())

    @property
    def computed(self) -> int:
        """Return how many features networks were run for."""
        return sum(cache.computed for cache in self.by_name.values())

    def observe(self, event: Any) -> None:
        """Write what is new beside each checkpoint: a resume then finds what the run had."""
        if isinstance(event, CheckpointSaved | RunEnd):
            for cache in self.by_name.values():
                cache.flush()


@dataclass(frozen=True)
class DigestingPrepare:
    """A `Prepare` that also tells the content of some conditioners' payloads; for data workers.

    Attributes:
        prepare: `AudioOmniModel.prepare`.
        names: weight names of the conditioners.
    """

    prepare: Prepare
    names: tuple[str, ...]

    def __call__(self, example: Example, key: str | None = None) -> PreparedExample:
        """Return the prepared example, with digests of the payloads that it has."""
        done = self.prepare(example, key)
        given = {name: done.prepared[name] for name in self.names}
        digests = {name: content_digest(v) for name, v in given.items() if v is not None}
        return replace(done, digests=digests)


def open_feature_caches(
    config: LoaderConfig, model: AudioOmniModel, catalog: Catalog
) -> FeatureCaches:
    """Return the caches of a model's conditioners, on the device that they will run on.

    A conditioner has one if its spec says that it is frozen and cacheable, and if its options
    leave it a `frozen_digest`. A user's cache folder that cannot be written is done without.

    Raises:
        ConfigError: if a folder was named and cannot be written.
    """
    if config.feature_cache == "off":
        return FeatureCaches(model, {})
    is_named = config.feature_cache != "auto"
    root = Path(config.feature_cache).expanduser() if is_named else default_cache_folder()
    names = _cache_names(model, catalog)
    folder = BoundedFolder(root, config.feature_cache_gb, "loader.feature_cache_gb")
    try:
        opened = {weights: folder.open(name) for weights, name in names.items()}
    except OSError as failure:
        problem = f"Features cannot be kept in {root}: {failure.strerror}."
        if is_named:
            raise ConfigError(
                f"{problem} Set loader.feature_cache to a folder that can be written, or to off."
            ) from None
        logger.warning("%s They are computed in every run; see loader.feature_cache.", problem)
        return FeatureCaches(model, {})
    return FeatureCaches(model, opened)


def _cache_names(model: AudioOmniModel, catalog: Catalog) -> dict[str, str]:
    """Return weight name → name of the cache, for conditioners whose features can be kept."""
    found = {}
    for weights, use in model.config.conditioners.items():
        spec = catalog.conditioners.get(use.name)
        conditioner: Any = model.conditioners[weights]
        digest = conditioner.frozen_digest() if spec.frozen and spec.cacheable else None
        if digest is not None:
            origin = str(catalog.conditioners.origin(use.name))
            decisive = [digest, *_circumstances(conditioner), origin, model.device.type]
            found[weights] = f"{use.name}-{content_digest(decisive)[:16]}"
    return found


def _circumstances(conditioner: Conditioner[Any]) -> list[Any]:
    """Return what decides a feature beside payload and weights: options, code, libraries.

    Options that only shape what is trained are among them: to tell them apart would save little.
    """
    libraries = {name: metadata.version(name) for name in ("torch", "transformers")}
    return [conditioner.config.model_dump(mode="json"), _code(type(conditioner)), libraries]


def _code(kind: type) -> str:
    """Return the digest of a conditioner's code: all modules beside those of its classes.

    Its version alone would keep features alive that its author has just changed.
    """
    modules = [sys.modules[base.__module__] for base in kind.__mro__ if _is_own(base)]
    folders = {Path(file).parent for m in modules if (file := getattr(m, "__file__", None))}
    files = sorted(path for folder in folders for path in folder.glob("*.py"))
    return content_digest([[path.name, path.read_bytes()] for path in files])


def _is_own(base: type) -> bool:
    return issubclass(base, Conditioner) and base is not Conditioner
