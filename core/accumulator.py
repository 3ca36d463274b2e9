"""States that grow clip by clip, go back to nothing, and merge over processes."""

from __future__ import annotations

from typing import Self

from .errors import ConfigError


class Accumulator:
    """Keeps named states; the protocol is that of ``torchmetrics.Metric``.

    A state is a list under its name, with an entry (often a tensor) for each clip; merging joins
    the lists. Importing torchmetrics itself takes seconds and 265 MiB: see decision 12.
    """

    def __init__(self) -> None:
        """Have no state yet."""
        self._states: list[str] = []

    def add_state(self, name: str) -> None:
        """Begin a state as an empty list, under the attribute ``name``.

        Raises:
            ConfigError: if there is an attribute of that name.
        """
        if hasattr(self, name):
            raise ConfigError(
                f"{type(self).__name__} has an attribute '{name}' already, so no state can be "
                "called so. Choose another name."
            )
        self._states.append(name)
        setattr(self, name, [])

    def reset(self) -> None:
        """Forget everything."""
        for name in self._states:
            setattr(self, name, [])

    def forget(self, kept: int) -> None:
        """Take back all but the first ``kept`` entries of each state."""
        for name in self._states:
            del getattr(self, name)[kept:]

    def merge_state(self, other: Self) -> None:
        """Take in what another process has measured; the other is left as it was.

        Raises:
            ConfigError: if it has other states.
        """
        if self._states != other._states:
            raise ConfigError(
                f"Got {type(other).__name__} with states {', '.join(other._states)} to merge into "
                f"{type(self).__name__}, which has {', '.join(self._states)}; expected the same."
            )
        for name in self._states:
            mine: list[object] = getattr(self, name)
            mine.extend(getattr(other, name))
