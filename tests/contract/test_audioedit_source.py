import pytest
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.audioedit.latents.making import encode_latents
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


class TestAudioEditWithLatents(TestAudioEdit):
    options = {"latents": "auto"}  # noqa: RUF012 - as the kit has it

    @pytest.fixture(autouse=True)
    def encoded(self, packed):
        recipe = resolve_recipe(find_recipe("micro", CATALOG().recipes))
        encode_latents(self.root, recipe, CATALOG, device="cpu")

    def test_there_are_some(self):
        source = self.open()
        (codec,) = source.latents()
        assert list(source.row(0).latents) == [codec.key]
