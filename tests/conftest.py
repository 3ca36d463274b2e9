import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

sys.path.insert(0, str(ROOT / "tests" / "stand_ins"))
"""Small plugins in place of what cannot be had; a fresh process finds them by this path, too."""


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with goldens and real clips that lies beside the project, or a skip."""
    folder = Path(os.environ.get("AUDIO_OMNI_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("needs the shared folder (goldens, real clips) beside the project")
    return folder


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """Features that tests compute stay out of the user's cache, and come from no earlier run."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("AUDIO_OMNI_CACHE", str(folder))
        yield folder
