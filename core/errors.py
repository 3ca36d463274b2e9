"""Every error a user of audio-omni can meet, under one base class.

A message has three parts: what was got, what was expected, and what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AudioOmniError(Exception):
    """The base of all errors raised on purpose by audio-omni and its plugins."""


class ConfigError(AudioOmniError):
    """A recipe, a model config or a plugin's options are not valid."""


class RequestError(AudioOmniError):
    """A request for a task cannot be served as it stands."""


class UndefinedError(RequestError):
    """A metric has no value for a row, with which nothing is wrong; the row is counted as such.

    Attributes:
        reason: why, in words that are the same for every row that it is true of.
    """

    def __init__(self, message: str, reason: str | None = None) -> None:
        """Keep a message about the row, and the reason to count it by."""
        super().__init__(message)
        self.reason = reason or message


class MediaError(AudioOmniError):
    """An audio or video file cannot be read or decoded, or not be made as asked."""


class WriteError(AudioOmniError):
    """A file cannot be written whole; what it held before is intact.

    Attributes:
        disk_full: whether the disk is full or the quota spent.
    """

    def __init__(self, message: str, *, disk_full: bool = False) -> None:
        """Keep the message, and whether room was what lacked."""
        super().__init__(message)
        self.disk_full = disk_full


class DataError(AudioOmniError):
    """A manifest, a row or a data source is broken."""


class PluginError(AudioOmniError):
    """A plugin failed to load, clashes with another, or breaks its contract."""


class ContractError(PluginError):
    """A plugin's object does not keep what its spec declares."""


class UnknownNameError(AudioOmniError):
    """Nothing is registered under the name that was asked for."""


class CheckpointError(AudioOmniError):
    """A checkpoint is missing, damaged, of another model, or of a refused format."""


class SamplingError(AudioOmniError):
    """A solver met a non-finite value."""


class TrainingError(AudioOmniError):
    """A training run cannot go on; what was saved before is intact."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the closest known names, or the empty string."""
    by_folded = {word.casefold(): word for word in known}
    found = difflib.get_close_matches(str(name).casefold(), list(by_folded), n=3, cutoff=0.6)
    matches = [by_folded[word] for word in found]
    if not matches:
        return ""
    return " Did you mean " + " or ".join(f"'{match}'" for match in matches) + "?"
