import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with goldens and real clips that lies beside the project, or a skip."""
    folder = Path(os.environ.get("AUDIO_OMNI_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("needs the shared folder (goldens, real clips) beside the project")
    return folder
