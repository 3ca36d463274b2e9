"""A Ray cluster to work over: one that is there, or one of this machine for a while."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from .errors import PluginError

ADDRESS = "RAY_ADDRESS"
PATIENCE_S = 10.0
LOOPBACK = ("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
"""What Ray reads on import: without clusters, processes of one machine meet on its loopback."""


@contextmanager
def joined_cluster(*, otherwise: str, part: str = "ray") -> Iterator[Any]:
    """Give the module ``ray``, connected to a cluster, inside a ``with`` block.

    The cluster is that which this process has joined, or which ``RAY_ADDRESS`` names. Without, one
    is started on this machine, which nothing outside can reach, and ended with the block.

    Args:
        otherwise: what to do without Ray; ends the message where it is missing.
        part: what of it is needed, such as ``"ray.data"``.

    Raises:
        PluginError: if Ray, or the part, is not installed, or the cluster cannot be reached.
    """
    ray = _imported(part, otherwise)
    began = not ray.is_initialized()
    if began:
        _join(ray)
    try:
        yield ray
    finally:
        if began:
            ray.shutdown()


def _join(ray: Any) -> None:
    address = os.environ.get(ADDRESS) or "local"  # a stranger's cluster of this machine is not ours
    _check_answer(address)
    ray.init(address=address, log_to_driver=False, configure_logging=False, include_dashboard=False)


def _check_answer(address: str) -> None:
    """Raise unless somebody listens at ``host:port``: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if "//" in host or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE_S).close()
    except OSError as failure:
        raise PluginError(
            f"No Ray cluster answers at {ADDRESS}={address} ({failure.strerror or failure}). Start "
            f"it, mend the address, or unset {ADDRESS} to work over a cluster of this machine."
        ) from None


def _imported(part: str, otherwise: str) -> Any:
    if not os.environ.get(ADDRESS):
        os.environ.setdefault(*LOOPBACK)
    try:
        import ray

        import_module(part)
    except ImportError:
        raise PluginError(
            "Working over a Ray cluster needs Ray, which is not installed. Install it with: pip "
            f"install 'audio-omni[ray]'; or {otherwise}."
        ) from None
    return ray
