import pytest
from audio_omni.plugins.audioedit.making import make
from small_pairs import CATALOG, config


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A small set of pairs; who changes a file of it puts it back."""
    return make(tmp_path_factory.mktemp("made") / "set", config(), CATALOG)
