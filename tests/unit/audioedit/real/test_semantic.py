"""What is what it is called: scores, thresholds, ranks, calibration."""

import json
from pathlib import Path

import numpy as np
import pytest
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.audioedit.providers.lemmas import lemmas
from audio_omni.plugins.audioedit.providers.table_style_words import TABLE, read_table
from audio_omni.plugins.audioedit.real import calibration, score
from audio_omni.plugins.audioedit.real.config import SemanticRules
from audio_omni.plugins.audioedit.real.phrases import PhraseSpace
from audio_omni.plugins.audioedit.real.semantic import best_of_families, fault_of
from audio_omni.plugins.audioedit.stages.outcomes import Item
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from pydantic import ValidationError
from real_parts.parts import Hash, HashConfig

WEIGHTS = Hash(HashConfig()).weights_sha256()


def thresholds(**values):
    known = {"weights_sha256": WEIGHTS, "target": 0.5, "over_residual": 0.1, "over_chance": 0.1}
    return {"thresholds": {**known, **values}}


def test_scores_are_what_they_are_called(scenes, run):
    ran = run(scenes.add("clip").config())
    (line,) = ran.lines("score").values()
    scores = line.scores
    assert scores["s1"] > 0.7
    assert scores["s2"] > 0.6  # it left the residual
    assert scores["s3"] > 0.5
    assert 0 < scores["s4"] < scores["s1"]
    again = run(scenes.config(), name="again").lines("score")
    assert [other.scores for other in again.values()] == [scores]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"target": 0.99}, "not_the_sound"),
        ({"over_residual": 0.99}, "still_in_residual"),
        ({"over_chance": 0.99}, "by_chance"),
        ({}, "kept"),
    ],
)
def test_each_threshold_has_its_reason(scenes, run, values, reason):
    ran = run(scenes.add("clip").config(semantic=thresholds(**values)))
    assert ran.verdicts("semantic") == {"clip|dog barking": reason}


def test_thresholds_of_another_checkpoint_are_refused(scenes, run):
    config = scenes.add("clip").config(semantic=thresholds(weights_sha256="0" * 64))
    with pytest.raises(ConfigError, match=r"weights 000000000000…; the one chosen has.*Calibrate"):
        run(config)


def item(id_, family, s1, s2):
    return Item(id_, 0, {"clap": {"s1": s1, "s2": s2}, "phrase": {"family": family}})


def test_the_best_of_each_family_are_kept():
    animals = [item(f"a{k}", "animal", 0.5 + 0.01 * k, 0.0) for k in range(10)]
    music = [item(f"m{k}", "music", 0.1 + 0.01 * k, 0.0) for k in range(7)]
    assert best_of_families([*animals, *music], 0.2) == {"a8", "a9", "m5", "m6"}
    assert best_of_families(animals[:1], 0.01) == {"a0"}
    lead = [item("x", "tool", 0.2, 0.5), item("y", "tool", 0.4, 0.1)]
    assert best_of_families(lead, 0.5) == {"x"}


def test_by_rank_all_have_to_be_scored_first(scenes, run):
    for k in range(3):
        scenes.add(f"clip-{k}")
    config = scenes.config(semantic={"keep_fraction": 0.5}).model_copy(update={"items_per_part": 2})
    with pytest.raises(StopRun, match=r"1 of 2 parts of stage 'score' are not complete.*--limit"):
        run(config, limit=2)
    ran = run(config)
    assert sorted(ran.verdicts("semantic").values()) == ["kept", "kept", "not_among_best"]


def test_a_separator_that_gives_parts_in_the_other_order_stops_the_run(scenes, run, monkeypatch):
    monkeypatch.setattr(score, "FEW", 4)
    for k in range(5):
        scenes.add(f"clip-{k}", fault="swapped" if k else None)
    with pytest.raises(StopRun, match=r"4 items of part 0, 3 have the named sound in the residual"):
        run(scenes.config(activity_rules={"residual_share": 0.0}))


def verdict_file(path, lines):
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def test_calibration_keeps_the_most_that_is_precise_enough(scenes, run, tmp_path):
    for k in range(10):
        scenes.add(f"clip-{k}", ("dog barking", "car horn honking"))
    ran = run(scenes.config())
    lines = ran.lines("score")
    good = {id_: id_.endswith("car horn honking") for id_ in lines}
    good[next(id_ for id_ in good if id_.endswith("dog barking"))] = True
    path = verdict_file(
        tmp_path / "verdicts.jsonl",
        [{"id": i, "rater": r, "good": g} for i, g in good.items() for r in ("a", "b")],
    )
    found = calibration.calibrate(ran.workshop, path, precision=0.9)
    passing = [good[i] for i, line in lines.items() if not fault_of(line.scores, found.thresholds)]
    assert passing.count(True) / len(passing) == found.precision >= 0.9
    assert passing.count(True) / 11 == found.recall > 0.5
    assert found.retention == len(passing) / 20
    assert (found.verdicts, found.good, found.twice) == (20, 11, 20)
    assert found.thresholds.weights_sha256 == WEIGHTS
    ids = [item.id for item in calibration.sample_to_judge(ran.workshop, 5)]
    assert len(set(ids)) == 5
    assert set(ids) <= lines.keys()


def test_lines_to_judge_become_verdicts_when_they_are_judged(scenes, run, tmp_path):
    scenes.add("a", ("dog barking", "car horn honking")).add("b")
    ran = run(scenes.config())
    lines = list(calibration.lines_to_judge(ran.workshop, 2))
    assert [line.keys() for line in lines] == [{"id", "phrase", "target", "mixture", "good"}] * 2
    for line in lines:
        assert Path(line["target"]).is_file()
        assert Path(line["mixture"]).is_file()
        assert line["id"].endswith(line["phrase"])
    with pytest.raises(DataError, match="line 1 is no verdict"):
        calibration.calibrate(ran.workshop, verdict_file(tmp_path / "v.jsonl", lines))
    judged = [{**line, "good": bool(k)} for k, line in enumerate(lines)]
    path = verdict_file(tmp_path / "v.jsonl", judged)
    found = calibration.calibrate(ran.workshop, path, precision=0.5)
    assert (found.verdicts, found.good, found.twice) == (2, 1, 0)


def test_one_no_makes_an_item_bad(tmp_path):
    lines = [{"id": "a", "good": True}, {"id": "a", "good": False}, {"id": "b", "good": True}]
    path = verdict_file(tmp_path / "v.jsonl", lines)
    assert calibration.read_verdicts(path) == {"a": [True, False], "b": [True]}


@pytest.mark.parametrize(
    ("lines", "match"),
    [
        ([{"id": "a", "good": "yes"}], "line 1 is no verdict"),
        ([{"id": "a"}], "line 1 is no verdict"),
        ([{"id": "a", "good": True}], "1 good of 1 items; expected some of both kinds"),
        ([{"id": "a", "good": True}, {"id": "b", "good": False}], "'a', which was not scored"),
    ],
)
def test_verdicts_that_are_none_are_refused(scenes, run, tmp_path, lines, match):
    ran = run(scenes.add("clip").config())
    with pytest.raises(DataError, match=match):
        calibration.calibrate(ran.workshop, verdict_file(tmp_path / "v.jsonl", lines))


@pytest.mark.parametrize("label", ["dog barking", "duck quacking", "thunder"])
def test_negatives_are_as_many_as_asked_for_of_other_families_and_other_words(label):
    space = PhraseSpace(Hash(HashConfig()), 16000, "set/1")
    known = {row.phrase.label: row.phrase for row in read_table(TABLE)}
    phrase = known.get(label) or next(p for name, p in known.items() if label in name)
    found = space.negatives(phrase.model_dump(), 64)
    assert len(found) == 64
    strangers = [
        space.phrase(p.model_dump()) for p in known.values()
        if p.family != phrase.family and not lemmas(p.label) & lemmas(phrase.label)
    ]  # fmt: skip
    assert all(any(np.array_equal(one, other) for other in strangers) for one in found)
    again = PhraseSpace(Hash(HashConfig()), 16000, "set/1").negatives(phrase.model_dump(), 64)
    np.testing.assert_array_equal(found, again)


def test_no_more_negatives_can_be_asked_for_than_every_family_has():
    families = {row.phrase.family for row in read_table(TABLE)}
    space = PhraseSpace(Hash(HashConfig()), 16000, "set/1")
    for row in read_table(TABLE):
        assert len(space.negatives(row.phrase.model_dump(), 100)) == 100
    assert len(families) > 5
    with pytest.raises(ValidationError, match="less than or equal to 100"):
        SemanticRules(negatives=101)
