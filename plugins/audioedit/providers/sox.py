"""Pitch and length by the sox program: what Scaper uses, for comparison."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
from pydantic import Field

from ....core.config import Config
from ....core.errors import PluginError
from .contract import ProviderFailure, Signal
from .warping import BypassingWarper, fitted

TIMEOUT_SECONDS = 120


class SoxConfig(Config):
    """Options of the warper `sox`."""

    program: str = Field(default="sox", min_length=1, description="The sox program, or its path.")


class SoxWarper(BypassingWarper):
    """Runs ``sox`` with its effects *pitch* and *tempo*, as Scaper does (spec section 4.1).

    They drop short sounds: of trains of 10 ms clicks as little as a third of the energy is left.
    Use `signalsmith` to make data.
    """

    config = SoxConfig
    options: SoxConfig
    licence = "GPL-2.0-or-later (sox program): https://sourceforge.net/projects/sox/"
    needs = ("sox",)

    def check(self) -> None:
        """Raise PluginError if there is no such program."""
        if shutil.which(self.options.program) is None:
            raise PluginError(
                f"Warper 'sox' found no program '{self.options.program}'. Install SoX, name it in "
                "the option 'program', or use the warper 'signalsmith', which needs none."
            )

    def change(self, samples: Signal, sample_rate_hz: int, semitones: float, length: int) -> Signal:
        """Return (length,) samples, as sox gives them, cut or padded at the end."""
        form = ["-t", "f32", "-r", str(sample_rate_hz), "-c", "1"]
        effects = ["pitch", f"{100 * semitones:.6f}", "tempo", f"{len(samples) / length:.9f}"]
        command = [self.options.program, "-R", "-V1", *form, "-", *form, "-", *effects]
        output = _ran(command, samples.astype("<f4").tobytes())
        return fitted(np.frombuffer(output, "<f4"), length)


def _ran(command: list[str], data: bytes) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - its arguments are numbers and the user's program
            command, input=data, capture_output=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise ProviderFailure(f"sox could not be run: {failure}", reason="sox") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise ProviderFailure(f"sox ended with {done.returncode}: {said}", reason="sox")
    return done.stdout
