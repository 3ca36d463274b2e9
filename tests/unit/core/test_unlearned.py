import pytest
from audio_omni.core.unlearned import learned_tasks, unlearned_note
from audio_omni.plugins.manager import build_plugin_manager


@pytest.fixture(scope="module")
def catalog():
    return build_plugin_manager(entry_points=False)


def recipe(*tasks, **train):
    return {"mixture": {"sources": [{"task": task} for task in tasks]}, "train": train}


def test_tasks_of_a_mixture_are_named_as_in_the_catalog(catalog):
    found = learned_tasks(recipe("T2A", "remove", "remove", "of_a_plugin_that_is_gone"), catalog)
    assert found == {"text_to_audio", "remove", "of_a_plugin_that_is_gone"}


@pytest.mark.parametrize("saved", [{}, {"mixture": None}, recipe("add", start_from="runs/base")])
def test_nothing_is_said_of_a_model_that_may_know_more(catalog, saved):
    assert learned_tasks(saved, catalog) is None


def test_a_task_that_was_not_learned_is_told_with_those_that_were(catalog):
    note = unlearned_note(catalog.tasks.get("TTS"), {"remove", "add"})
    assert "not trained on text_to_speech" in note
    assert "trained on add, remove" in note


def test_an_edit_without_training_needs_the_task_that_it_is_worded_as(catalog):
    sdedit = catalog.tasks.get("sdedit")
    assert "not trained on text_to_audio" in unlearned_note(sdedit, {"add"})
    assert unlearned_note(sdedit, {"text_to_audio"}) is None


@pytest.mark.parametrize(
    ("task", "learned"),
    [("add", {"add"}), ("add", None), ("copy", {"add"}), ("understanding", {"add"})],
)
def test_there_is_nothing_to_say(catalog, task, learned):
    assert unlearned_note(catalog.tasks.get(task), learned) is None
