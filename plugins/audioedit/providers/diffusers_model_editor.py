"""What editors have in common whose model is one of the library diffusers."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from .diffusers_files import DiffusersModel
from .stepped_editor import SteppedEditor


class DiffusersModelEditor(SteppedEditor):
    """An editor that checks and hashes its model as files, without loading it.

    Attributes:
        files: the model that it asks for.
    """

    files: ClassVar[DiffusersModel]
    needs = ("gpu", "diffusers")
    options: Any

    def check(self) -> None:
        """Raise unless library, weights and device are at hand; the weights are not read.

        Raises:
            PluginError: without the library; says what to install.
            ConfigError: without the weights; says where to get and put them. Without the device.
        """
        self.files.check(self.options)

    def weights_sha256(self) -> str:
        """Return one hash of the model's weights, read once."""
        return self._weights

    @cached_property
    def _weights(self) -> str:
        return self.files.sha256(self.options)
