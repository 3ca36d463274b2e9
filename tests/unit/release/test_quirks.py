import json

import pytest
from audio_omni.core.config import parse_config
from audio_omni.core.models.config import ModelConfig
from audio_omni.core.models.presets import expand_preset
from audio_omni.core.recipe import SavedModel
from audio_omni.plugins.release.quirks import QUIRKS, apply_quirks, value_of

BY_NAME = {quirk.name: quirk for quirk in QUIRKS}


def default_of(quirk, host):
    """What the option is where nobody sets it, read from the config models themselves."""
    root, *path = quirk.option.split(".")
    model = SavedModel.model_fields[root].annotation
    if path[0] == "conditioners":
        use = expand_preset({"preset": "release"})["conditioners"][path[1]]
        return host.conditioners.get(use["name"]).config.model_fields[path[-1]].default
    return model.model_fields[path[-1]].default


@pytest.mark.parametrize("name", BY_NAME)
def test_ours_is_what_a_model_of_our_own_does_unless_told(host, name):
    assert default_of(BY_NAME[name], host) == BY_NAME[name].ours
    assert BY_NAME[name].ours != BY_NAME[name].published


@pytest.mark.parametrize("name", BY_NAME)
def test_every_quirk_has_its_row_in_the_explanation(name):
    from pathlib import Path

    page = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "published-model.md"
    needed, _, defects = page.read_text().partition("## What is a defect")
    part = defects if BY_NAME[name].defect else needed
    assert f"| `{name}` |" in part


@pytest.mark.parametrize("defects", [True, False])
def test_a_recipe_has_every_value(defects):
    values = {"name": "x", "model": expand_preset({"preset": "release"})}
    apply_quirks(values, defects=defects)
    parse_config(ModelConfig, values["model"], where="test")
    for quirk in QUIRKS:
        wanted = quirk.published if defects or not quirk.defect else quirk.ours
        found = value_of(quirk, json.loads(json.dumps(values)))
        assert (tuple(found) if isinstance(found, list) else found) == wanted


def test_a_model_that_says_nothing_has_ours():
    assert all(value_of(quirk, {"model": {}}) == quirk.ours for quirk in QUIRKS)
