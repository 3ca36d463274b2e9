"""Writes a new plugin: the files of the example distribution, under another name."""

from __future__ import annotations

import keyword
import re
import shutil
import sys
from pathlib import Path

from ..core.errors import PluginError
from .builtin import BUILTIN, builtin_name

TEMPLATE = Path(__file__).parent / "template"
FILES = (
    "README.md",
    "pyproject.toml",
    "src/audio_omni_loudness/__init__.py",
    "src/audio_omni_loudness/parts.py",
    "tests/test_contracts.py",
)
"""What the example consists of; anything else beside it (caches, build folders) is no part."""

DISTRIBUTION = "audio-omni-loudness"
PACKAGE = "audio_omni_loudness"
REGISTERED = ("text_to_audio_at_level", "loudness", "level_error")

_DISTRIBUTION_NAME = re.compile(r"[a-z][a-z0-9]*([-_.]?[a-z0-9]+)*", re.IGNORECASE)


def write_plugin(name: str, into: Path) -> Path:
    """Write an installable plugin with a task, a conditioner, a metric and their contract tests.

    Registered names get the package's name in front, so that two new plugins do not clash.

    Args:
        name: of the distribution, like ``acme-voices``.
        into: an existing folder; the plugin's own folder is made in it.

    Returns:
        The plugin's folder.

    Raises:
        PluginError: for a name that is no distribution or package name, a missing folder, a
            plugin folder that exists, or one that cannot be written; then nothing of it is left.
    """
    package = package_name(name)
    if not into.is_dir():
        raise PluginError(f"{into} is not a folder; expected an existing one to write into.")
    folder = into / name
    if folder.exists():
        raise PluginError(f"{folder} exists; choose another name, or another folder with --into.")
    try:
        for file in FILES:
            text = (TEMPLATE / file).read_text(encoding="utf-8")
            target = folder / file.replace(PACKAGE, package)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(renamed(text, name, package), encoding="utf-8")
    except OSError as failure:
        shutil.rmtree(folder, ignore_errors=True)
        raise PluginError(
            f"Cannot write {folder}: {failure.strerror}. Expected a folder that is writable, on a "
            "disk with room."
        ) from None
    return folder


def package_name(name: str) -> str:
    """Return the import name of a distribution, ``acme-voices`` → ``acme_voices``.

    Raises:
        PluginError: if the name cannot be one.
    """
    if not _DISTRIBUTION_NAME.fullmatch(name):
        raise PluginError(
            f"'{name}' cannot name a distribution; expected letters, digits and single hyphens, "
            "starting with a letter, like 'acme-voices'."
        )
    package = re.sub(r"[-_.]+", "_", name).lower()
    taken = {"audio_omni", *sys.stdlib_module_names, *map(builtin_name, BUILTIN)}
    if keyword.iskeyword(package) or package in taken:
        raise PluginError(f"'{name}' would make the package '{package}', which is taken.")
    return package


def renamed(text: str, distribution: str, package: str) -> str:
    """Return a file's text with distribution, package and registered names replaced."""
    text = text.replace(DISTRIBUTION, distribution).replace(PACKAGE, package)
    for name in REGISTERED:
        text = re.sub(rf"(?<![\w.]){name}(?![\w])", f"{package}_{name}", text)
    return text
