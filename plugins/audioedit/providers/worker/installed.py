"""What is installed in the worker's environment, and what is said if it is not what is needed."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
from dataclasses import dataclass


class Unusable(Exception):
    """What is needed is not there, or not what is needed."""


@dataclass(frozen=True)
class Package:
    """A package that a tool needs.

    Attributes:
        module: to import.
        distribution: what it is called where it was installed from.
        classes: that the module has to have.
        get: how to install it.
        mistaken: what a module without any class is taken for.
    """

    module: str
    distribution: str
    classes: tuple[str, ...]
    get: str
    mistaken: str = "it has no class at all"

    def facts(self) -> dict[str, str]:
        """Return version and commit of the package.

        Raises:
            Unusable: if it is missing or lacks a class; says what was found and what to install.
        """
        try:
            module = importlib.import_module(self.module)
        except ImportError as failure:
            raise Unusable(
                f"{self.module} cannot be imported by {os.path.basename(sys.executable)} "
                f"({failure}). Install it in that environment: {self.get}"
            ) from None
        version, commit = self._version()
        if missing := [name for name in self.classes if not hasattr(module, name)]:
            has = [name for name in dir(module) if name[:1].isupper()]
            found = f"it has {', '.join(has)}. Install another version: {self.get}"
            raise Unusable(
                f"The installed {self.distribution} {version} has no {' and no '.join(missing)}: "
                + (found if has else f"{self.mistaken}. Uninstall it, then: {self.get}")
            )
        return {"version": version, "commit": commit}

    def _version(self) -> tuple[str, str]:
        try:
            distribution = importlib.metadata.distribution(self.distribution)
        except importlib.metadata.PackageNotFoundError:
            return "unknown", ""
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
        return distribution.version, origin.get("vcs_info", {}).get("commit_id", "")
