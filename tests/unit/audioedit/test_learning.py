"""What a data set of pairs offers to who learns from it: places, wordings, a recipe."""

import pytest
from audio_omni.core.errors import DataError
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.audioedit.plugin import register_recipes
from audio_omni.plugins.audioedit.records import Instruction, Slots, Words
from audio_omni.plugins.audioedit.words.instructions import says_when, templates
from audio_omni.plugins.manager import build_plugin_manager

DOG = Slots(object=Words(indefinite="a dog", definite="the dog", bare="dog"))


def instruction(template, lang="en"):
    return Instruction(text="x", lang=lang, template=template, slots=DOG)


def test_wordings_that_say_when_are_known_by_their_template():
    timed = {
        template.id
        for wordings in templates("en").values()
        for template in wordings
        if says_when(instruction(template.id))
    }
    assert timed == {"add-11", "add-12", "remove-12", "remove-13"}


def test_a_wording_of_an_unknown_language_is_taken_for_one_without_time():
    assert not says_when(instruction("add-11", lang="xx"))
    with pytest.raises(DataError):
        templates("xx")


def test_the_recipe_learns_every_edit_of_the_factory_and_measures_it(monkeypatch):
    monkeypatch.setenv("AUDIO_OMNI_PAIRS", "pairs")
    host = build_plugin_manager(entry_points=False, strict=True)
    assert host.recipes["audioedit_mini"] in register_recipes()
    recipe = resolve_recipe(find_recipe("audioedit_mini", host.recipes))
    assert {use.task for use in recipe.mixture.sources} == {
        *("add", "remove", "extract", "instruction_editing")
    }
    for use in recipe.mixture.sources:
        scheme = host.sources.get(use.uri.partition(":")[0])
        assert not scheme.config(**use.options).timed
    assert recipe.loader.crop == "edit"
    for metric in recipe.evaluation.metrics:
        host.metrics.get(metric.name).config(**metric.options)
