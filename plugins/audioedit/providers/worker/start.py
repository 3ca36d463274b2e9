"""Starts the worker: loads the modules beside this file, whatever else the environment holds.

It is run by path, in an environment that knows nothing of audio-omni: the folder becomes a package
under a name of its own, so that none of its modules stands in the way of another.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PACKAGE = "audio_omni_worker"


def main() -> None:
    """Answer until the other side closes the pipe."""
    folder = Path(__file__).parent
    spec = importlib.util.spec_from_file_location(
        PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - the file is here
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    importlib.import_module(f"{PACKAGE}.serving").serve()


if __name__ == "__main__":
    main()
