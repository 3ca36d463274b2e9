"""Frozen networks that a model can be built without, where what they would make is known.

A run that learns from encoded rows (``audio-omni data encode``) needs their shapes only: so wide
are the states that a projection reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar

import torch
from torch import nn

NetworkT = TypeVar("NetworkT")

_are_left_out: ContextVar[bool] = ContextVar("frozen_networks_are_left_out", default=False)


@contextmanager
def without_frozen(leave_out: bool = True) -> Iterator[None]:
    """Let what `open_frozen` opens in this block be without weights, if ``leave_out``."""
    token = _are_left_out.set(leave_out)
    try:
        yield
    finally:
        _are_left_out.reset(token)


def are_left_out() -> bool:
    """Tell whether frozen networks are opened without their weights here."""
    return _are_left_out.get()


def open_frozen(build: Callable[[], NetworkT]) -> NetworkT:
    """Return a frozen network from what builds or loads it; constructors of conditioners call it.

    The global random state is left as it was, so that what is trained begins with the same weights
    whether the network is there or not. Where it is left out, ``build`` runs on the meta device:
    it has to give shapes there, without reading weights.
    """
    with (
        torch.random.fork_rng(devices=[]),
        torch.device("meta") if are_left_out() else nullcontext(),
    ):
        return build()


def follow(network: nn.Module, device: torch.device) -> None:
    """Bring a frozen network to a device; one without weights stays where it is."""
    first = next(network.parameters(), None)
    if first is None or not first.is_meta:
        network.to(device=device)
