import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.plugins.demo.ablation.run import Trial
from audio_omni.plugins.demo.ablation.study import find_study, studies
from audio_omni.plugins.demo.full.measures import MEASURES
from audio_omni.plugins.manager import build_plugin_manager


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


def test_the_paper_has_five_tables_of_ablations():
    tables = {"table5", "table6", "table7", "table_a1_audio", "table_a1_video"}
    published = {"table_a1_audio_published", "table_a1_video_published"}
    assert set(studies()) == tables | published | {"table5_pairs"}


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_published_encoders_are_compared_as_the_small_ones_are(kind, host):
    small, published = (find_study(f"table_a1_{kind}{end}") for end in ("", "_published"))
    assert [v.name for v in published.variants] == [v.name for v in small.variants]
    assert published.columns == small.columns
    assert published.sources == small.sources
    for variant in published.variants:
        trial = Trial(published, (), clips=2, listener_clips=8, device="cpu")
        prompt = trial.recipe(variant, host).model.conditioners["prompt"]
        assert "/" in host.conditioners.get(prompt.name).config(**prompt.options).model


@pytest.mark.parametrize("name", sorted(studies()))
def test_every_variant_is_a_recipe_and_every_column_is_measured(name, host, monkeypatch):
    monkeypatch.setenv("AUDIO_OMNI_DATA", "data")
    monkeypatch.setenv("AUDIO_OMNI_PAIRS", "pairs")
    study = find_study(name)
    trial = Trial(study, (), clips=2, listener_clips=8, device="cpu")
    recipes = [trial.recipe(variant, host) for variant in study.variants]
    assert len({recipe.model_dump_json() for recipe in recipes}) == len(recipes)
    judged = {host.tasks.get(use.task).name for use in study.judged_on or study.sources}
    for column in study.columns:
        assert column.task in judged
        measures = [m for choice in MEASURES[column.task] for m in choice.choices]
        assert column.metric in {measure.metric for measure in measures}
        host.metrics.get(column.metric)


def test_an_unknown_study_is_told_of_near_ones(tmp_path):
    with pytest.raises(ConfigError, match=r"Unknown study 'table8'.*table7"):
        find_study("table8")
    path = tmp_path / "mine.yaml"
    path.write_text("- no\n- mapping\n")
    with pytest.raises(ConfigError, match="holds list; expected a mapping"):
        find_study(str(path))
    path.write_text("title: x\n")
    with pytest.raises(ConfigError, match="variants"):
        find_study(str(path))
