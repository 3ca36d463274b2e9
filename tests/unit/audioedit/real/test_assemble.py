"""Pairs of a separated item: what is a model's and what is real, and where sums are exact."""

import numpy as np
import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.plugins.audioedit.blobs import decode_grid
from audio_omni.plugins.audioedit.config import WordsConfig
from pydantic import ValidationError


def grids(ran):
    """Task → (source, target) integers of the one item."""
    found = {}
    for record in ran.records():
        sides = (record.source, record.target)
        found[record.task] = tuple(
            decode_grid(ran.workshop.blobs.bytes(side.sha256), side.bits)[0].astype(np.int64)
            for side in sides
        )
    return found


def test_the_original_scene_is_the_recording(scenes, run):
    ran = run(scenes.add("clip", fault="noisy").config())
    pairs = grids(ran)
    (item,) = (line.items[0] for line in ran.lines("semantic").values())
    recording, _ = ran.workshop.blobs.samples(item.data["mixture"]["sha256"])
    for scene in (pairs["add"][1], pairs["remove"][0], pairs["extract"][0]):
        np.testing.assert_allclose(scene * 2.0**-23, recording, atol=2.0**-23)
    np.testing.assert_array_equal(pairs["add"][0], pairs["remove"][1])
    assert np.abs(pairs["add"][1] - pairs["add"][0] - pairs["extract"][1]).max() > 1000
    assert not any(record.quality.verified for record in ran.records())


@pytest.mark.parametrize(("mode", "fault"), [("recomposed", "noisy"), ("subtract", None)])
def test_other_modes_add_up_exactly(scenes, run, mode, fault):
    ran = run(scenes.add("clip", fault=fault).config(mixture_mode=mode))
    pairs = grids(ran)
    with_it, without = pairs["remove"]
    np.testing.assert_array_equal(with_it - without, pairs["extract"][1])
    np.testing.assert_array_equal(pairs["add"][0], without)
    np.testing.assert_array_equal(pairs["add"][1], with_it)
    for record in ran.records():
        assert record.scene["mixture_mode"] == mode
        assert record.quality.verified
        assert record.scene["consistency_sisdr_db"] == pytest.approx(
            10 if fault else 100, abs=0.5 if fault else 30
        )


def test_phases_that_do_not_cancel_are_not_subtracted(scenes, run):
    scenes.add("clear").add("noisy", fault="noisy")
    ran = run(scenes.config(mixture_mode="subtract"))
    assert ran.verdicts("activity")["noisy|dog barking"] == "not_subtractable"
    assert ran.verdicts("activity")["clear|dog barking"] == "kept"


def test_the_three_share_blobs_and_group(scenes, run):
    ran = run(scenes.add("clip").config())
    by_task = {record.task: record for record in ran.records()}
    add, remove, extract = (by_task[task] for task in ("add", "remove", "extract"))
    assert add.source.sha256 == remove.target.sha256 == add.stems["residual"].sha256
    assert add.target.sha256 == remove.source.sha256 == extract.source.sha256
    assert extract.target.sha256 == add.stems["event"].sha256
    assert add.groups == remove.groups == extract.groups
    assert len({add.id, remove.id, extract.id}) == 3
    assert extract.target_caption == "a dog barking"
    assert "dog" not in add.source_caption
    assert "dog" in add.target_caption


def test_loud_scenes_are_turned_down_alike(scenes, run):
    ran = run(scenes.add("loud", change=lambda m: (3.5 * m).astype(np.float32)).config())
    for record in ran.records():
        peaks = [side.true_peak_dbtp for side in (record.source, record.target)]
        assert max(peaks) <= -0.99
    assert {record.scene["gain_db"] for record in ran.records()} != {0.0}


def test_nothing_is_added_where_the_rest_is_louder(scenes, run):
    scenes.add("clip")
    path = scenes.folder / "clip.npz"
    stems = dict(np.load(path))
    stems["dog barking"] = -0.9 * stems["rain falling"]  # it cancels what the residual has
    np.savez(path, **stems)
    rules = {"target_share": 0.0, "faintest_lu": -60, "residual_share": 0.0}
    ran = run(scenes.config(activity_rules=rules, semantic={"keep_fraction": 1.0, "swapped": 2.0}))
    assert {record.task for record in ran.records()} == {"remove", "extract"}


def test_a_branch_has_to_make_something(scenes):
    with pytest.raises(ValidationError, match="no edit is chosen"):
        scenes.add("clip").config(tasks=())


def test_a_provider_that_is_not_there_is_told_before_any_work(scenes, run, tmp_path):
    options = {"python": "no-such-python"}
    config = scenes.add("clip").config(separator={"name": "sam_audio", "options": options})
    with pytest.raises(Exception, match="cannot start 'no-such-python'"):
        run(config)
    assert not (tmp_path / "made" / "stages").exists()
    with pytest.raises(ConfigError, match=r"'hash' is a scorer; expected a separator.*oracle"):
        run(scenes.config(separator={"name": "hash"}))


def in_german(config, **words):
    return config.model_copy(update={"languages": ("de",), "words": WordsConfig(**words)})


def test_pairs_in_german_say_and_describe_it_in_german(scenes, run):
    scenes.add("clip", labels=("dog barking", "cat meowing"))
    ran = run(in_german(scenes.config()))
    by_label = {(r.task, r.scene["label"]): r for r in ran.records()}
    remove = by_label["remove", "dog barking"]
    assert remove.instruction.slots.object.forms["the_acc"] == "den bellenden Hund"
    assert "Hund" in remove.instruction.text
    assert remove.source_caption == "eine miauende Katze und ein bellender Hund"
    assert remove.target_caption == "eine miauende Katze"
    assert by_label["extract", "dog barking"].target_caption == "ein bellender Hund"


def test_what_nobody_else_named_is_the_rest_of_the_scene(scenes, run):
    scenes.add("clip")
    captions = {r.target_caption for r in run(scenes.config()).records() if r.task == "remove"}
    german = run(in_german(scenes.config()), name="german").records()
    assert captions == {"the rest of the scene"}
    assert {r.target_caption for r in german if r.task == "remove"} == {"der Rest der Szene"}


def test_a_sound_without_words_in_a_language_is_rejected_and_named(scenes, run):
    scenes.add("known").add("strange", labels=("duck quacking",))
    ran = run(in_german(scenes.config()))
    assert ran.verdicts("assemble")["strange|duck quacking"] == "unworded"
    (line,) = (line for id_, line in ran.lines("assemble").items() if "duck" in id_)
    assert line.detail == "de: duck quacking"
    assert {r.scene["label"] for r in ran.records()} == {"dog barking"}


def test_captions_in_english_need_words_of_the_edited_sound_alone(scenes, run):
    scenes.add("clip", labels=("dog barking", "duck quacking"))
    ran = run(in_german(scenes.config(), captions="en"))
    verdicts = ran.verdicts("assemble")
    assert verdicts["clip|dog barking"] == "kept"
    assert verdicts["clip|duck quacking"] == "unworded"
    remove = next(r for r in ran.records() if r.task == "remove")
    assert remove.source_caption == "a duck quacking and a dog barking"
    assert "Hund" in remove.instruction.text
