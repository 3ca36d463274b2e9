"""Networks that providers open when they first need them, in the process that works with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ....core.errors import CheckpointError, ConfigError, PluginError
from ..stages.stopping import StopRun

NetworkT = TypeVar("NetworkT")


def opened(load: Callable[[], NetworkT]) -> NetworkT:
    """Return a network from what loads it.

    Raises:
        StopRun: if it cannot be loaded, though `Provider.check` found nothing missing: no other
            item could be worked on either.
    """
    try:
        return load()
    except (CheckpointError, ConfigError, PluginError) as failure:
        raise StopRun(str(failure)) from failure
