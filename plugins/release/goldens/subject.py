"""What is put to the test: the plugins of a catalog, and the user's copy of the release."""

from __future__ import annotations

from dataclasses import dataclass

from ....core.catalog import Catalog
from ..assets import Assets


@dataclass(frozen=True)
class Subject:
    """What the checks run.

    Attributes:
        catalog: the plugin host, whose codec, conditioners, solvers and tasks are checked.
        assets: sentences and vocabulary of the release; `None` when the user gave none.
    """

    catalog: Catalog
    assets: Assets | None = None
