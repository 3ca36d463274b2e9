"""What a background sounds like decides beside its words, by the percentile of random pairs."""

import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.conflicts_heard import HeardConflicts
from audio_omni.plugins.audioedit.records import ToolUse
from audio_omni.plugins.audioedit.report.passed_over import html
from audio_omni.plugins.audioedit.stages.outcomes import Item
from audio_omni.plugins.audioedit.synthesis.guard import (
    PAIRS,
    build_guard,
    conflict_item,
    percentile,
    phrases_of,
)

TOOL = ToolUse(stage="conflict_scores", name="hash", version="1", weights_sha256="ab" * 32)


def event(bare):
    return Item(bare, 0, {"role": "event", "words": {"bare": bare, "indefinite": f"a {bare}"}})


def background(name):
    return Item(name, 1, {"role": "background"})


def test_the_threshold_is_the_90th_percentile_of_all_pairs_where_these_are_few():
    assert percentile(np.arange(101.0).reshape(1, 101) / 100, "set/1") == 0.9
    assert percentile(np.array([[0.1, 0.2], [0.3, 0.4]]), "set/1") == pytest.approx(0.37)


def test_of_many_pairs_some_are_drawn_as_the_data_set_says():
    cosines = np.random.default_rng(0).uniform(-1, 1, (4 * PAIRS // 50, 50))
    found = percentile(cosines, "set/1")
    assert found == percentile(cosines, "set/1") != percentile(cosines, "set/2")
    assert found == pytest.approx(0.8, abs=0.02)
    assert found != round(float(np.percentile(cosines, 90)), 6)


def test_a_background_conflicts_with_the_phrases_that_it_is_near_to_alone():
    ingredients = [event("dog barking"), event("cat meowing"), event("dog barking")]
    named = phrases_of([*ingredients, background("street")])
    assert named == [("cat meowing", "a cat meowing"), ("dog barking", "a dog barking")]
    scored = [
        conflict_item(background("street"), [0.05, 0.9], TOOL),
        conflict_item(background("park"), [0.1, 0.2], TOOL),
    ]
    guard = build_guard(ingredients, scored, "set/1")
    cat, dog = named
    assert guard.threshold == pytest.approx(0.69)
    assert guard.conflicts("street", [dog])
    assert guard.conflicts("street", [cat, dog])
    assert not guard.conflicts("street", [cat])
    assert not guard.conflicts("park", [dog])
    assert guard.likeness("street", [cat, dog]) == 0.9
    assert guard.tool.weights_sha256 == "ab" * 32
    assert not guard.hears("yard")


def test_no_background_that_was_measured_is_told():
    with pytest.raises(DataError, match=r"No background was measured by synthesis\.conflict"):
        build_guard([event("dog barking")], [], "set/1")


def test_the_report_says_what_was_passed_over_by_ear():
    assert html(None, None) == ""
    assert "by ear" not in html((29, 1000), None)
    said = html((29, 1000), HeardConflicts(80, 1000, 0.3217, 90, "clap", "ab" * 32))
    assert "29 (2.9 %) were passed over" in said
    assert "Another 80 (8.0 %) were passed over by ear" in said
    assert "τ = 0.322, percentile 90 of random pairs (clap, weights abababababab…)" in said
