import pytest
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.testing import SourceContract
from small_pairs import CATALOG, config


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("pairs") / "set", config(), CATALOG)


class TestAudioEdit(SourceContract):
    plugin = "audio_omni.plugins.audioedit.plugin"
    name = "audioedit"

    @pytest.fixture(autouse=True)
    def packed(self, made):
        self.root = made.root

    def open(self):
        return self.implementation(str(self.root), self.config)


class TestRedraw(TestAudioEdit):
    def open(self):
        return self.implementation(f"{self.root}?words=redraw&lang=en,de", self.config)
