"""The verification itself: that it finds what is wrong, and says what it did not look at."""

import json

import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.goldens import groups, running
from audio_omni.evaluation.goldens.cases import Case, Tolerance, read_cases
from audio_omni.evaluation.goldens.command import app
from audio_omni.evaluation.goldens.comparison import Comparison
from audio_omni.evaluation.goldens.running import run_case, verify
from safetensors.numpy import save_file
from typer.testing import CliRunner

RATINGS = np.array([[70.0, 80.0], [60.0, 75.0], [90.0, 71.0]])
MEAN = float(RATINGS.mean())


def write(folder, cases, name="set.json", **more):
    save_file({"ratings": RATINGS}, folder / "set.safetensors")
    stored = {"format": "metric goldens, version 1", "tensors": "set.safetensors", **more}
    (folder / name).write_text(json.dumps({**stored, "cases": cases}))
    return folder


def ratings_case(**outputs):
    return {
        "id": "any/name",
        "group": "human_scores",
        "inputs": {"ratings (items, raters)": {"tensor": "ratings"}},
        "outputs": {"mean": MEAN, **outputs},
        "tolerance": {"rtol": 1e-10},
    }


def run(folder, *options):
    return CliRunner().invoke(app, ["verify", str(folder), *options])


def case(group, inputs, outputs, **more):
    return Case("case", group, inputs, outputs, more.get("tolerances", {}), more.get("recipe"))


def test_agreement_exits_with_zero(tmp_path):
    done = run(write(tmp_path, [ratings_case()]))
    assert done.exit_code == 0, done.output
    assert "1 cases, 1 values" in done.output
    assert "1 agree, 0 differ, 0 not run." in done.output


def test_a_miss_exits_with_one_and_is_named(tmp_path):
    done = run(write(tmp_path, [ratings_case(std_ddof1_all=1.0)]))
    assert done.exit_code == 1
    assert "any/name: std_ddof1_all: differs by" in done.output
    assert "FAIL" in done.output


def test_json_holds_groups_and_cases(tmp_path):
    done = run(write(tmp_path, [ratings_case(mean=MEAN + 1.0), ratings_case()]), "--json")
    told = json.loads(done.output)
    assert done.exit_code == 1
    assert (told["passed"], [c["status"] for c in told["cases"]]) == (False, ["fail", "pass"])
    group = told["groups"][0]
    assert (group["group"], group["cases"], group["run"]) == ("human_scores", 2, 2)
    assert group["error"] == pytest.approx(1.0)


def test_an_unknown_group_is_not_run_and_not_passed(tmp_path):
    cases = [ratings_case(), {"id": "new", "group": "telepathy", "inputs": {}, "outputs": {}}]
    done = run(write(tmp_path, cases))
    assert done.exit_code == 1
    assert "new: not run: no check for the group 'telepathy'" in done.output


def test_a_tools_defect_without_a_value_of_ours_is_no_miss(tmp_path):
    bug = {"id": "bug", "group": "known_bugs", "inputs": {}, "outputs": {"returns": -1}}
    assert run(write(tmp_path, [ratings_case(), bug])).exit_code == 0
    assert run(write(tmp_path, [bug])).exit_code == 1  # nothing was compared at all


def test_what_was_not_compared_is_listed_on_request(tmp_path):
    folder = write(tmp_path, [ratings_case(colour="blue")])
    assert "colour" not in run(folder).output
    assert "not compared: colour: no check of ours gives it" in run(folder, "--omitted").output


def test_a_recommended_value_that_no_check_knows_is_a_problem():
    found = run_case(
        case("human_scores", {"ratings": RATINGS}, {"mean": MEAN, "recommended_x": 1.0})
    )
    assert found.status == "fail"
    assert found.problems == ("nothing was compared with 'recommended_x'",)


def test_where_ours_must_refuse_a_number_is_a_miss():
    inputs = {"generated": np.ones((1, 3)), "reference": np.ones((4, 3))}
    refused = {"recommended": {"raises": "ValueError"}}
    assert run_case(case("frechet_distance", inputs, refused)).status == "pass"
    enough = {**inputs, "generated": np.eye(3)}
    assert run_case(case("frechet_distance", enough, refused)).status == "fail"


def test_a_case_without_what_its_check_needs_says_so():
    found = run_case(case("human_scores", {"scores": RATINGS}, {"mean": MEAN}))
    assert found.problems == (
        "Case 'case' has no input 'ratings'; group 'human_scores' needs it. It has scores.",
    )


def test_a_check_that_breaks_stops_no_other(monkeypatch):
    def broken(case, comparison):
        raise ZeroDivisionError("of a damaged case")

    monkeypatch.setattr(running, "GROUPS", {**groups.GROUPS, "human_scores": broken})
    found = run_case(case("human_scores", {"ratings": RATINGS}, {"mean": MEAN}))
    assert found.problems == ("the check stopped (ZeroDivisionError: of a damaged case)",)


def test_a_network_without_a_recipe_is_not_run():
    inputs = {"sample_rate": 16000, "weights_seed": 1, "waveform": np.zeros(16000, np.float32)}
    found = run_case(case("vggish", inputs, {"embedding_float64": np.zeros((1, 128))}))
    assert (found.status, found.problems) == ("not run", ("the set has no seeded_weights_recipe",))


def test_other_sets_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "dit_tiny.json").write_text('{"kind": "dit"}')
    assert [case.id for case in read_cases(write(tmp_path, [ratings_case()]))] == ["any/name"]


def test_non_finite_numbers_are_words(tmp_path):
    stored = ratings_case(mean="NaN")
    assert np.isnan(read_cases(write(tmp_path, [stored]))[0].outputs["mean"])
    assert verify(tmp_path).cases[0].status == "fail"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "set.json is damaged"),
        ("[]", "no golden cases of metrics"),
        ('{"format": "metric goldens, version 1"}', "set.json has no list 'cases'"),
        ('{"format": "metric goldens", "cases": [], "tensors": "../x"}', "does not lie beside it"),
    ],
)
def test_a_damaged_set_is_named(tmp_path, content, message):
    (tmp_path / "set.json").write_text(content)
    with pytest.raises(DataError, match=message):
        read_cases(tmp_path)


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere is not there"):
        verify(tmp_path / "nowhere")


def test_a_pointer_to_a_missing_tensor_is_named(tmp_path):
    stored = ratings_case()
    stored["inputs"]["ratings (items, raters)"] = {"tensor": "gone"}
    with pytest.raises(DataError, match="points to the tensor 'gone', which is missing"):
        read_cases(write(tmp_path, [stored]))


def test_tolerances_are_found_by_name_or_stand_alone():
    default = Tolerance(1e-3)
    named = case("g", {}, {}, tolerances={"float64": {"rtol": 0.5}, "note": "words"})
    assert named.tolerance("float64", default=default) == Tolerance(0.5)
    assert named.tolerance("float32", default=default) == default
    alone = case("g", {}, {}, tolerances={"atol": 2.0})
    assert alone.tolerance("anything", default=default) == Tolerance(0.0, 2.0)


@pytest.mark.parametrize(
    ("got", "wanted", "problems"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0),
        ([1.0, 2.5], [1.0, 2.0], 1),
        ([1.0], [1.0, 2.0], 1),
        ([np.nan], [np.nan], 1),
        ("one", 1.0, 1),
        (None, 1.0, 1),
    ],
)
def test_numbers_agree_or_are_problems(got, wanted, problems):
    comparison = Comparison(case("g", {}, {}))
    comparison.numbers("x", got, wanted, Tolerance(rtol=1e-6))
    assert len(comparison.problems) == problems


def test_the_worst_comparison_is_kept_and_a_tools_rounding_is_not():
    comparison = Comparison(case("g", {}, {}))
    comparison.numbers("near", 1.0 + 1e-8, 1.0, Tolerance(1e-6))
    comparison.numbers("tool", 1.0 + 9e-7, 1.0, Tolerance(1e-6), of_tool=True)
    comparison.same("word", "a", "a")
    assert comparison.error == pytest.approx(1e-8)
    assert (comparison.compared, comparison.problems) == (3, [])
