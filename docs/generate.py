"""Write the reference pages from the code: ``python docs/generate.py``; ``--check`` only compares.

What the pages say is said in the code: help texts, field descriptions, summaries, docstrings.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from audio_omni.plugins.manager import ENVIRONMENT, build_plugin_manager
from generator.cli import cli_page
from generator.plugins import plugins_page
from generator.python import python_page
from generator.recipes import recipes_page

REFERENCE = Path(__file__).resolve().parent / "reference"
NOTE = "<!-- Written by docs/generate.py; change the code it describes, then: make docs -->\n\n"


def pages() -> dict[str, str]:
    """Return the text of every generated page by file name; built-in plugins only."""
    os.environ.pop(ENVIRONMENT, None)  # the pages are the same wherever they are written
    host = build_plugin_manager(entry_points=False, strict=True)
    return {
        "cli.md": NOTE + cli_page(host),
        "plugins.md": NOTE + plugins_page(host),
        "python.md": NOTE + python_page(),
        "recipes.md": NOTE + recipes_page(host),
    }


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` name those that are not up to date."""
    only_check = "--check" in arguments
    stale = []
    for name, text in pages().items():
        path = REFERENCE / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not only_check:
                path.write_text(text, encoding="utf-8")
    for name in stale:
        sys.stdout.write(f"{'stale' if only_check else 'wrote'} {name}\n")
    return int(only_check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
