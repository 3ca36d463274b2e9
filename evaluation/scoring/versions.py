"""Versions of what takes part in a number."""

from __future__ import annotations

import platform
from importlib.metadata import version

from ...core.catalog import Catalog

LIBRARIES = ("torch", "torchaudio", "numpy", "soundfile")


def versions_of(catalog: Catalog) -> dict[str, str]:
    """Return the versions of Python, the package, its libraries, and every plugin."""
    found = {"python": platform.python_version(), "audio-omni": version("audio-omni")}
    found |= {name: version(name) for name in LIBRARIES}
    return found | {f"plugin {name}": said for name, said in catalog.versions().items()}
