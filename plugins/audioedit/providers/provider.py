"""What all providers have in common: options, a place to work, a check, a fingerprint."""

from __future__ import annotations

import abc
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from ....core.catalog import Catalog
from ....core.config import NoOptions
from .values import Spent


@dataclass(frozen=True)
class Place:
    """Where a provider works: it may keep answers there, and must not spend more than this.

    Attributes:
        root: folder of the data set.
        catalog: the plugins, for a provider that works with another one.
        budget_usd: most money that all its processes may spend together; `None` for any.
        budget_tokens: most tokens, likewise.
    """

    root: Path
    catalog: Catalog
    budget_usd: float | None = None
    budget_tokens: int | None = None


class Provider(abc.ABC):
    """What all providers have in common.

    Class attributes:
        config: pydantic model of the options. Its class variable ``how``, if it has one, names
            options that change no result: a data set may go on with others.
        kind: which of the contracts below it keeps.
        licence: of code, weights *and* outputs, as text with a link.
        needs: what it takes: ``"gpu"``, ``"network"``, names of packages.
        deterministic: whether equal input gives equal output.
    """

    config: ClassVar[type[BaseModel]] = NoOptions
    kind: ClassVar[str]
    licence: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    deterministic: ClassVar[bool] = True

    def __init__(self, options: BaseModel) -> None:
        """Keep the options; loads nothing heavy.

        Raises:
            ConfigError: if a key or a file that it needs is not there; says which.
            PluginError: if a package is missing; says what to install.
        """
        self.options = options
        self._place: Place | None = None

    def bind(self, place: Place) -> None:
        """Take where it works; called once, after construction and before `check`."""
        self._place = place

    @property
    def place(self) -> Place:
        """Return where it works.

        Raises:
            RuntimeError: if `bind` was not called.
        """
        if self._place is None:
            raise RuntimeError("bind() tells where a provider works; it was not called.")
        return self._place

    def check(self) -> None:  # noqa: B027 - most have nothing to check
        """Raise unless it can work here; called before any work starts.

        Raises:
            ConfigError, PluginError: says what is missing, and where to get or set it.
        """

    def estimate(self, items: int, seconds: float) -> Spent:
        """Return what so many clips of so many seconds each will cost at most; nothing is sent."""
        del items, seconds
        return Spent()

    def fingerprint(self) -> str:
        """Return a text that changes with all that changes its output; see `facts`."""
        text = json.dumps(self.facts(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def facts(self) -> list[Any]:
        """Return what changes its output, as values of JSON: of the options all but ``how``."""
        how: frozenset[str] = getattr(self.config, "how", frozenset())
        values = self.options.model_dump(mode="json", exclude=set(how))
        return [type(self).__name__, self.version, values]

    version: ClassVar[int] = 1
    """Raised with every change of behaviour."""


class ProviderFailure(Exception):
    """A provider could not do it this time.

    Attributes:
        retryable: whether another try may succeed.
        reason: a short code.
    """

    def __init__(self, message: str, *, retryable: bool = True, reason: str = "provider") -> None:
        """Keep message, code and whether to try again."""
        super().__init__(message)
        self.retryable = retryable
        self.reason = reason
