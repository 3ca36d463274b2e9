"""Why a run ends before its work is done; the command line exits with 3."""

from __future__ import annotations

from ....core.errors import AudioOmniError

EXIT_CODE = 3


class StopRun(AudioOmniError):
    """A run ended early and cleanly: nothing is lost, and the same command goes on."""
