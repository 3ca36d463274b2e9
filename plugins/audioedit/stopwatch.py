"""Where processor time goes: functions that are a part of the work report to whoever listens."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_spent: ContextVar[dict[str, float] | None] = ContextVar("spent", default=None)


def timed(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator: calls report their processor time under ``name`` while one listens.

    While none does, a call costs one look-up more. A part must not call another one: time would
    count twice.
    """

    def decorated(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def called(*arguments: P.args, **named: P.kwargs) -> T:
            spent = _spent.get()
            if spent is None:
                return function(*arguments, **named)
            began = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                spent[name] += time.process_time() - began

        return called

    return decorated


@contextmanager
def listening() -> Iterator[dict[str, float]]:
    """Yield part → seconds of processor time, counted while the block runs, in this context."""
    spent: dict[str, float] = defaultdict(float)
    token = _spent.set(spent)
    try:
        yield spent
    finally:
        _spent.reset(token)
