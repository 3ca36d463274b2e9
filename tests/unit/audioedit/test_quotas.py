"""What was asked for beside what there is; what is too much, and what may not be used (risk 6)."""

from collections import Counter
from types import SimpleNamespace

import pytest
from audio_omni.plugins.audioedit.config import SYNTHETIC
from audio_omni.plugins.audioedit.licences import allows, licence_facts
from audio_omni.plugins.audioedit.quotas import (
    Quota,
    asked_for,
    counted,
    missing_recordings,
    quotas,
    told,
    within,
)
from audio_omni.plugins.audioedit.repeats import once_each
from audio_omni.plugins.audioedit.report.shortfalls import html
from edit_pairs import make_records
from hypothesis import given
from hypothesis import strategies as st
from small_pairs import config


def synthesis(scenes, **changes):
    return config(synthesis={**config().synthesis.model_dump(), "scenes": scenes, **changes})


def test_scenes_are_shared_out_among_the_edits():
    assert asked_for(synthesis(12)) == {("synth", task): 12 for task in SYNTHETIC}
    apart = asked_for(synthesis(11, share_scenes=False))
    assert apart == {("synth", "add"): 4, ("synth", "remove"): 4, ("synth", "extract"): 3}
    assert asked_for(synthesis(11, share_scenes=False), limit=2) == {
        ("synth", "add"): 1, ("synth", "remove"): 1, ("synth", "extract"): 0,
    }  # fmt: skip


@given(scenes=st.integers(1, 500), share=st.booleans())
def test_no_scene_is_asked_for_twice(scenes, share):
    asked = asked_for(synthesis(scenes, share_scenes=share))
    assert sum(asked.values()) == scenes * (3 if share else 1)


def test_what_falls_short_is_told_by_branch_and_edit_and_missing_media_is_counted():
    found = quotas({("real", "add"): 50_000, ("real", "style"): 10}, Counter({("real", "add"): 1}))
    assert found == [Quota("real", "add", 50_000, 1), Quota("real", "style", 10, 0)]
    assert told(found, 1234) == [
        "real add: 1 of 50,000 pairs asked for, 49,999 short",
        "real style: 0 of 10 pairs asked for, 10 short",
        "1,234 recordings are missing: their files are not there",
    ]
    assert told([Quota("real", "add", 3, 4)], 0) == []
    lines = [
        {"stage": "index", "rejected": {"missing": 3, "short": 9}},
        {"stage": "ingredients", "rejected": {"missing": 2}},
        {"stage": "activity", "rejected": {"missing": 7}},
    ]
    assert missing_recordings(lines) == 5


def test_the_report_shows_it():
    page = html([Quota("real", "add", 50_000, 41_000)], 12)
    assert '<th scope="row">real add</th><td>50,000</td><td>41,000</td><td>9,000</td>' in page
    assert "12 recordings are missing: the files are not there." in page
    assert "No number of pairs was asked for" in html([], 0)


def record(branch="real", task="add", split="train"):
    return SimpleNamespace(branch=branch, task=task, split=split)


@given(
    kinds=st.lists(
        st.tuples(
            st.sampled_from(["real", "synth"]),
            st.sampled_from(["add", "style"]),
            st.sampled_from(["train", "validation", "test"]),
        )
    ),
    most=st.integers(0, 5),
)
def test_a_quota_is_met_from_what_there_is_and_no_more(kinds, most):
    records = [record(*kind) for kind in kinds]
    kept = within(records, {("real", "add"): most})
    before, after = counted(records), counted(kept)
    assert after["real", "add"] == min(before["real", "add"], most)
    others = {kind: n for kind, n in before.items() if kind != ("real", "add")}
    assert {kind: n for kind, n in after.items() if kind != ("real", "add")} == others
    places = [next(k for k, r in enumerate(records) if r is one) for one in kept]
    assert places == sorted(set(places))
    assert {k for k, r in enumerate(records) if r.split == "test"} <= set(places)


def test_quotas_of_edits_that_are_not_made_are_refused(tmp_path):
    from real_parts.scenes import Scenes

    scenes = Scenes(tmp_path / "scenes")
    scenes.add("one")
    with pytest.raises(ValueError, match="quotas name style, which the branch does not make"):
        scenes.config(quotas={"style": 5})


def test_a_video_gives_a_sound_to_an_edit_once_in_training(tmp_path):
    first, *_ = make_records(tmp_path, 1, branch="real")
    again = first.model_copy(update={"id": "ae1-real-add-0000000000000000"})
    in_test = again.model_copy(update={"split": "test"})
    assert once_each([first, again]) == [first]
    assert once_each([first, in_test]) == [first, in_test]
    other = again.model_copy(update={"groups": ("another",)})
    assert once_each([first, other]) == [first, other]
    drawn = [r.model_copy(update={"branch": "synth"}) for r in (first, again)]
    assert once_each(drawn) == drawn


@pytest.mark.parametrize(
    ("licences", "commercial", "named", "passes"),
    [
        (["CC0-1.0", "CC-BY-4.0"], True, None, True),
        (["CC0-1.0", "CC-BY-NC-3.0"], True, None, False),
        (["CC0-1.0", None], True, None, False),
        (["CC0-1.0", None], False, None, True),
        (["CC0-1.0", "CC-BY-4.0"], False, ["CC0-1.0"], False),
        (["CC0-1.0", "CC-BY-4.0"], False, ["cc by 4.0", "CC0"], True),
        ([None], False, ["unknown"], True),
    ],
)
def test_pairs_are_chosen_by_what_they_may_be_used_for(licences, commercial, named, passes):
    assert allows(licence_facts(licences), commercial, named) is passes


def test_no_licence_at_all_is_no_choice():
    with pytest.raises(ValueError, match="licences"):
        config(pack={"licences": []})
