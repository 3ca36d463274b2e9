import pytest
import yaml
from audio_omni.core.errors import ConfigError
from audio_omni.core.recipe import dump_recipe, read_recipe_file, resolve_recipe

VALUES = {
    "name": "x",
    "model": {"preset": "nano"},
    "mixture": {"sources": [{"uri": "soundworld:sounds", "task": "T2A"}]},
    "train": {"steps": 3},
}


def test_a_resolved_recipe_reads_back_equal():
    recipe = resolve_recipe(VALUES)
    assert resolve_recipe(yaml.safe_load(dump_recipe(recipe))) == recipe


def test_a_preset_is_refined_field_by_field():
    values = VALUES | {"model": {"preset": "nano", "dit": {"depth": 9}}}
    dit = resolve_recipe(values).model.dit
    assert (dit.depth, dit.width) == (9, resolve_recipe(VALUES).model.dit.width)


def test_a_conditioner_injection_can_be_overridden_without_a_fork():
    override = "model.conditioners.source.axis=sequence"
    assert resolve_recipe(VALUES, [override]).model.conditioners["source"].axis == "sequence"


def test_a_part_under_another_name_brings_options_of_its_own():
    override = "model.conditioners.prompt.name=loudness"
    use = resolve_recipe(VALUES, [override]).model.conditioners["prompt"]
    assert (use.name, use.options) == ("loudness", {})


def test_overrides_reach_into_lists_and_parse_yaml():
    overrides = ["train.steps=7", "mixture.sources.0.weight=2.5", "train.max_minutes=null"]
    recipe = resolve_recipe(VALUES, overrides)
    assert recipe.train.steps == 7
    assert recipe.mixture.sources[0].weight == 2.5
    assert recipe.train.max_minutes is None


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.steps", "is not key=value"),
        ("train..steps=1", "is not key=value"),
        ("train.steps=[1", "the value is not valid YAML"),
        ("seed=4294967296", "less than 4294967296"),
        ("train.stepz=1", r"unknown field 'train\.stepz'\. Did you mean 'steps'"),
        ("mixture.sources.4.weight=1", "not an index of a list of 1"),
        ("name.first=1", "is a value, not a group"),
        ("model.preset=nanno", r"Unknown preset 'nanno'\. Did you mean 'nano'"),
        ("model.dit.heads=3", "no even head width"),
    ],
)
def test_bad_overrides_say_what_is_wrong(override, message):
    with pytest.raises(ConfigError, match=message):
        resolve_recipe(VALUES, [override])


def test_overrides_leave_the_given_values_alone():
    resolve_recipe(VALUES, ["train.steps=9", "mixture.sources.0.weight=3"])
    assert VALUES["train"] == {"steps": 3}
    assert "weight" not in VALUES["mixture"]["sources"][0]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe", "not valid YAML in UTF-8"), (b"- 1\n", "expected a mapping"), (b"a: [", "YAML")],
)
def test_unreadable_recipe_files(tmp_path, content, message):
    path = tmp_path / "recipe.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        read_recipe_file(path)


def test_a_missing_recipe_file(tmp_path):
    with pytest.raises(ConfigError, match="is not a file"):
        read_recipe_file(tmp_path / "none.yaml")
