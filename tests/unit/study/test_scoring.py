"""Scores say what the ratings say."""

import json
import zlib

import numpy as np
import pytest
from audio_omni.core.cli.main import main
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.evaluation.study.responses import load_responses
from audio_omni.evaluation.study.saved import read_scores
from audio_omni.evaluation.study.scoring import score_study

MEANS = {"reference": 90, "ours": 70, "theirs": 60, "anchor": 20}


def whim(rater, scale, clip, low, high):
    """A whole number of one rater and clip, whatever the clip is called this time."""
    seed = zlib.crc32(f"{rater} {scale} {clip.sha256} {clip.source}".encode())
    return int(np.random.default_rng(seed).integers(low, high + 1))


def careful(rater):
    """A rater who hears the differences, with an offset and whims of their own."""
    return lambda scale, clip: min(
        100, MEANS[clip.source] + 4 * rater - 12 + whim(rater, scale, clip, -4, 4)
    )


def bored(rater):
    """A rater who hears the hidden clips, and no difference between systems."""
    return lambda scale, clip: (
        whim(rater, scale, clip, 40, 60) if clip.role == "system" else MEANS[clip.source]
    )


def careless(scale, clip):
    return {"anchor": 80, "reference": 40}.get(clip.source, 50)


@pytest.fixture
def scores(answer, key):
    return score_study(key, load_responses([answer(r, careful(r)) for r in range(1, 6)], key))


def test_means_are_those_of_the_ratings(answer, key):
    responses = load_responses([answer(r, careful(r)) for r in (1, 2)], key)
    for row in score_study(key, responses).scores["REL"]:
        values = [
            response.values["REL", name]
            for response in responses
            for name, clip in key.clips.items()
            if clip.source == row.source
        ]
        assert row.value == pytest.approx(np.mean(values))
        assert (row.n, row.n_raters, row.direction) == (4, 2, "higher")


def test_systems_come_in_their_order_then_the_hidden_clips(scores):
    for rows in scores.scores.values():
        assert [row.source for row in rows] == ["ours", "theirs", "reference", "anchor"]
        assert all(row.interval[0] <= row.value <= row.interval[1] for row in rows)


def test_a_difference_of_pairs_is_surer_than_the_means(scores):
    """Raters' offsets are in both means, and in no difference."""
    ours = scores.scores["OVL"][0]
    difference = scores.differences["OVL"][0]
    assert (difference.first, difference.second, difference.clear) == ("ours", "theirs", True)
    assert difference.value == pytest.approx(10, abs=2)
    assert ours.compare(scores.scores["OVL"][1]) == pytest.approx(difference.value)
    width = difference.interval[1] - difference.interval[0]
    assert width < ours.interval[1] - ours.interval[0]


def test_systems_that_are_alike_are_not_clearly_apart(answer, key):
    paths = [answer(r, bored(r)) for r in range(1, 7)]
    difference = score_study(key, load_responses(paths, key)).differences["REL"][0]
    assert difference.clear is False
    assert difference.interval[0] < 0 < difference.interval[1]


def test_raters_who_agree_and_raters_who_do_not(answer, key, scores):
    paths = [answer(r, bored(r)) for r in range(1, 7)]
    chance = score_study(key, load_responses(paths, key)).agreement["REL"]
    assert abs(chance.alpha) < 0.25
    assert scores.agreement["OVL"].alpha > 0.25
    assert scores.agreement["OVL"].icc > 0.7


def test_a_rater_who_takes_the_anchor_for_the_reference_is_left_out_and_counted(answer, key):
    paths = [answer(1, careful(1)), answer(2, careful(2)), answer(3, careless)]
    with_all = score_study(key, load_responses(paths, key))
    without = score_study(key, load_responses(paths[:2], key))
    assert [r.excluded for r in with_all.raters] == [False, False, True]
    assert [r.anchor_above for r in with_all.raters] == [0, 0, 4]
    assert with_all.raters[2].correlation < 0 < with_all.raters[0].correlation
    assert with_all.scores == without.scores
    assert with_all.scores["OVL"][0].n_raters == 2


def test_one_item_of_four_is_more_than_fifteen_percent_and_a_tie_is_none(answer, key):
    first = next(iter(key.items))

    def once(scale, clip):
        return 95 if clip.role == "anchor" and clip.item == first else MEANS[clip.source]

    def ties(scale, clip):
        return MEANS["reference"] if clip.role == "anchor" else MEANS[clip.source]

    found = score_study(key, load_responses([answer(1, once), answer(2, ties)], key)).raters
    assert [(r.anchor_above, r.excluded) for r in found] == [(1, True), (0, False)]


def test_no_rater_left(answer, key):
    with pytest.raises(DataError, match="All 1 raters put the low anchor above the reference"):
        score_study(key, load_responses([answer(1, careless)], key))


def test_one_rater_has_means_and_no_intervals(answer, key):
    scores = score_study(key, load_responses([answer(1, careful(1))], key))
    assert all(row.interval is None for row in scores.scores["OVL"])
    assert scores.differences["OVL"][0].clear is False
    assert scores.agreement["OVL"].icc is None
    assert scores.raters[0].correlation is None


def test_scores_of_other_raters_do_not_compare(answer, key, scores):
    other = score_study(key, load_responses([answer(6, careful(6))], key))
    with pytest.raises(ConfigError, match="raters"):
        scores.scores["OVL"][0].compare(other.scores["OVL"][0])


def test_the_command_prints_tables_or_json(answer, made, capfd):
    paths = [str(answer(r, careful(r))) for r in (1, 2)] + [str(answer(3, careless))]

    def run(*more, code=0):
        with pytest.raises(SystemExit) as ended:
            main(["study", "score", str(made.key_path), *paths, *more])
        assert (ended.value.code or 0) == code
        return capfd.readouterr()

    said = run()
    assert "note: 3 of 6 raters have answered" in said.err
    assert "ours − theirs" in said.out
    assert "1 of 3 raters excluded as outliers" in said.out
    report = json.loads(run("--json").out)
    assert report["told"] == ["3 of 6 raters have answered"]
    assert [row["source"] for row in report["scales"]["REL"]["scores"]][:2] == list(
        made.key.systems
    )
    assert report["raters"][2]["excluded"] is True
    assert run("--json").out == run("--json").out
    assert "cannot be scored" in run(str(made.key_path), code=1).err


def test_what_is_printed_is_read_back_for_the_papers_table(scores, tmp_path):
    path = tmp_path / "scores.json"
    path.write_text(json.dumps(scores.to_dict()), encoding="utf-8")
    assert read_scores(path) == scores.scores
