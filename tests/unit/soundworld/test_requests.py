from collections import Counter

import pytest
from audio_omni.core.recipe import find_recipe
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.languages.table import BOOKS
from audio_omni.plugins.soundworld.source import SoundworldSource
from audio_omni.plugins.soundworld.vocabulary import KIND_OF
from audio_omni.plugins.soundworld.wording import EDITS
from audio_omni.tasks import prompts
from audio_omni.tasks.understanding import Understanding

MEANT = {"Add": "add", "Remove": "remove", "Keep": "extract", "Turn": "style_transfer"}
SYSTEMS = {
    "scene": prompts.TEXT_TO_AUDIO.system,
    "melody": prompts.TEXT_TO_MUSIC.system,
    "edit": prompts.EDITING_SYSTEM,
    "in_context": prompts.IN_CONTEXT_GENERATION.system,
}


@pytest.fixture(scope="module")
def recipes():
    return build_plugin_manager(entry_points=False, strict=True).recipes


def world(**options):
    return SoundworldSource("requests", SoundworldOptions(**options))


def rows_of(kind, count=400):
    rows = [world().row(i) for i in range(count)]
    return [(i, row) for i, row in enumerate(rows) if row.truth["kind"] == kind]


def test_kinds_and_languages_are_as_likely():
    rows = [world().row(i) for i in range(800)]
    kinds = Counter(row.truth["kind"] for row in rows)
    assert set(kinds) == set(SYSTEMS)
    assert all(150 < count < 250 for count in kinds.values())
    told = Counter(r.truth["language"] for r in rows if r.truth["kind"] in ("scene", "melody"))
    assert all(90 < told[language] < 180 for language in BOOKS)


def test_the_meaning_of_an_edit_names_its_kind_and_its_sound():
    seen = Counter()
    for index, row in rows_of("edit", 800):
        edit = MEANT[row.fields["answer"].split()[0]]
        scene = world().plan(index).scene
        seen[edit] += 1
        if edit == "style_transfer":
            melody = scene.melody
            assert row.fields["answer"] == (
                f"Turn the {melody.instrument} into the {melody.other_instrument}."
            )
            assert melody.other_instrument in row.fields["question"]
            continue
        words = KIND_OF[scene.events[scene.edited].label]
        assert row.fields["answer"].endswith(f" {words.nouns[0]}.")
        bare = [noun.removeprefix("an ").removeprefix("a ") for noun in words.nouns]
        assert any(noun in row.fields["question"] for noun in bare)
    assert set(seen) == set(EDITS)


def test_one_order_means_one_thing():
    """No two edits share a sentence, or it could not be told which is meant."""
    templates = [template for edit in EDITS.values() for template in edit]
    assert len(set(templates)) == len(templates)


def test_a_melody_to_hear_comes_with_orders_that_speak_of_one():
    for index, row in rows_of("in_context"):
        heard, wanted = world().plan(index).heard, world().plan(index).scene
        assert heard.melody.instrument == wanted.melody.instrument
        assert wanted.melody.instrument in row.fields["answer"]
        assert wanted.melody.instrument not in row.fields["question"]
        assert row.media["audio"]().seconds == pytest.approx(3.0)
    assert all(not row.media for _, row in rows_of("scene", 80))


def test_a_request_comes_with_the_system_text_of_its_kind():
    source = world(systems=SYSTEMS)
    for index in range(40):
        row = source.row(index)
        prompt = Understanding().to_example(row).payloads["prompt"]
        assert prompt.system == SYSTEMS[row.truth["kind"]]
        assert prompt.text == row.fields["question"]
    plain = Understanding().to_example(world().row(0)).payloads["prompt"]
    assert plain.system == prompts.UNDERSTANDING.system


@pytest.mark.parametrize("recipe", ["nano_understanding", "real_understanding"])
def test_recipes_teach_the_words_of_the_tasks(recipe, recipes):
    """A source cannot know the tasks, so a recipe says their words: they must be the same."""
    values = find_recipe(recipe, recipes)
    [use] = [s for s in values["mixture"]["sources"] if s["uri"] == "soundworld:requests"]
    assert use["options"]["systems"] == SYSTEMS


@pytest.mark.parametrize("edit", ["add", "remove", "extract"])
def test_the_last_order_is_how_the_task_words_it(edit):
    wording = getattr(prompts, edit.upper())
    assert EDITS[edit][-1].format(a="a bell") == wording.fill(description="a bell")


def test_the_last_order_of_style_transfer_is_how_the_task_words_it():
    filled = prompts.STYLE_TRANSFER.fill(source_category="flute", target_category="piano")
    assert EDITS["style_transfer"][-1].format(old="flute", new="piano") == filled
