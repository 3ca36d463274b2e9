import logging

import pytest
from audio_omni.core.data.config import LoaderConfig
from audio_omni.core.data.content import content_digest
from audio_omni.core.errors import ConfigError
from audio_omni.core.models.build import build_model
from audio_omni.core.models.config import ModelConfig
from audio_omni.core.models.presets import expand_preset
from audio_omni.core.payloads import Example, Prompt
from audio_omni.core.training import feature_caches
from audio_omni.core.training.feature_caches import open_feature_caches
from audio_omni.plugins.manager import build_plugin_manager


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False)


@pytest.fixture(scope="module")
def micro(host):
    """A function that returns the micro model, with some options of its language model changed."""

    def build(**options):
        prompt = {"options": {"local": {"width": 32, "layers": 2}, **options}}
        values = expand_preset({"preset": "micro", "conditioners": {"prompt": prompt}})
        return build_model(ModelConfig.model_validate(values), host)

    return build


@pytest.fixture(scope="module")
def model(micro):
    return micro()


def opened(model, host, folder, **options):
    return open_feature_caches(LoaderConfig(feature_cache=str(folder), **options), model, host)


def name(caches):
    return caches.by_name["prompt"].folder.name


def prepared(caches, text="rain"):
    return caches.prepare(Example("text_to_audio", 1.0, {"prompt": Prompt(text)}))


def test_only_frozen_networks_have_a_cache(model, host, tmp_path):
    caches = opened(model, host, tmp_path)
    assert list(caches.by_name) == ["prompt"]  # the log-mel spectrogram of a source is cheap
    assert caches.by_name["prompt"].folder.parent == tmp_path
    assert name(caches).startswith("mllm-")


def test_prepared_payloads_say_what_they_hold(model, host, tmp_path):
    caches = opened(model, host, tmp_path)
    one = prepared(caches)
    assert one.digests == {"prompt": content_digest(one.prepared["prompt"])}
    assert one.digests == prepared(caches).digests != prepared(caches, "wind").digests
    assert caches.prepare(Example("text_to_audio", 1.0, {})).digests == {}


def test_features_come_from_the_cache_with_and_without_digests(model, host, tmp_path):
    caches = opened(model, host, tmp_path)
    fresh = model.encode([prepared(caches)])[0].features["prompt"]
    asked = prepared(caches), model.prepare(Example("t", 1.0, {"prompt": Prompt("rain")}))
    for example in asked:
        (encoded,) = caches.encode([example])
        assert encoded.features["prompt"].equal(fresh)
    assert (caches.computed, caches.reused) == (1, 1)


@pytest.mark.parametrize(
    "options", [{"layer": -1}, {"local": {"width": 32, "layers": 2, "seed": 1}}], ids=str
)
def test_other_options_or_weights_have_another_cache(micro, model, host, tmp_path, options):
    assert name(opened(micro(**options), host, tmp_path)) != name(opened(model, host, tmp_path))
    assert name(opened(micro(), host, tmp_path)) == name(opened(model, host, tmp_path))


def test_other_code_or_libraries_have_another_cache(model, host, tmp_path, monkeypatch):
    before = name(opened(model, host, tmp_path))
    monkeypatch.setattr(feature_caches.metadata, "version", lambda name: "99")
    newer = name(opened(model, host, tmp_path))
    monkeypatch.undo()
    monkeypatch.setattr(feature_caches, "_code", lambda kind: "edited")
    assert len({before, newer, name(opened(model, host, tmp_path))}) == 3


def test_code_is_told_by_the_modules_of_its_package(model):
    folder = feature_caches._code(type(model.conditioners["prompt"]))
    assert folder != feature_caches._code(type(model.conditioners["source"]))


def test_a_network_that_is_trained_has_none(micro, host, tmp_path):
    trained = micro()
    trained.conditioners["prompt"].thinker.model.requires_grad_(True)
    assert opened(trained, host, tmp_path).by_name == {}


@pytest.mark.parametrize("word", ["off", False])
def test_it_can_be_switched_off(model, host, word):
    caches = open_feature_caches(LoaderConfig(feature_cache=word), model, host)
    assert caches.by_name == {}
    assert len(caches.encode([prepared(caches)])) == 1
    assert LoaderConfig(feature_cache=True).feature_cache == "auto"


def test_a_folder_that_cannot_be_written(model, host, tmp_path, monkeypatch, caplog):
    (tmp_path / "features").write_text("a file is in the way")
    with pytest.raises(ConfigError, match=r"cannot be kept in .*\. Set loader.feature_cache"):
        opened(model, host, tmp_path / "features")
    monkeypatch.setenv("AUDIO_OMNI_CACHE", str(tmp_path))
    assert open_feature_caches(LoaderConfig(), model, host).by_name == {}
    assert "computed in every run" in caplog.text


def test_the_bound_holds_over_all_caches(micro, model, host, tmp_path, caplog):
    for one in (model, micro(layer=-1)):
        caches = opened(one, host, tmp_path, feature_cache_gb=5e-6)
        for i in range(4):
            caches.encode([prepared(caches, f"rain {i}")])
            caches.by_name["prompt"].flush()
    assert sum(path.stat().st_size for path in tmp_path.glob("*/*")) <= 5000
    assert [r.levelno for r in caplog.records] == [logging.WARNING] * len(caplog.records)
    assert "longest unused file of the feature cache" in caplog.text
    assert "loader.feature_cache_gb" in caplog.text
