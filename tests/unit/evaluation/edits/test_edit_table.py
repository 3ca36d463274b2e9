"""Numbers of the table of editing: what a mean is over, and how wide it is."""

import numpy as np
import pytest
from audio_omni.core.bootstrap import bootstrap_interval
from audio_omni.core.errors import ConfigError
from audio_omni.core.geometry import Geometry
from audio_omni.evaluation.benchmarks.costs import COSTS, keep_cost, read_costs
from audio_omni.evaluation.benchmarks.method import folder_name, parse_method
from audio_omni.evaluation.edits.measures import METRICS, measured_by_default
from audio_omni.evaluation.edits.notes import notes_on
from audio_omni.evaluation.edits.rows import parse_rows
from audio_omni.evaluation.edits.statistics import Cell, mean_of_cells, mean_of_rows
from audio_omni.evaluation.edits.sweep import DEFAULT, chosen_note, sweep_methods
from audio_omni.evaluation.edits.table import MEANS, EditTable, Made, markdown, row_of
from hypothesis import given
from hypothesis import strategies as st

values = st.lists(st.floats(-10, 10), min_size=2, max_size=20)


def test_beside_other_systems_lsd_is_measured_below_11_khz_too():
    assert measured_by_default({}) == METRICS
    assert measured_by_default({"mmedit": "folder"}) == (*METRICS, "lsd_below_11k")
    assert set(measured_by_default({"a": 1})) - {"fad", "lsd", "clap_score"} == {*MEANS} - {"lsd"}


@given(values)
def test_of_one_kind_it_is_the_mean_with_the_usual_interval(rows):
    cell = mean_of_rows({"add": rows})
    assert (cell.value, cell.n, cell.over) == (pytest.approx(np.mean(rows)), len(rows), ("add",))
    assert cell.interval == pytest.approx(bootstrap_interval(np.asarray(rows)))


@given(values, values)
def test_kinds_weigh_alike_however_many_rows_they_have(first, second):
    cell = mean_of_rows({"add": first, "remove": second})
    assert cell.value == pytest.approx((np.mean(first) + np.mean(second)) / 2)
    assert cell.n == len(first) + len(second)
    low, high = cell.interval
    assert low <= high
    assert min(map(min, (first, second))) - 1e-9 <= low
    assert high <= max(map(max, (first, second))) + 1e-9


def test_one_row_has_no_interval():
    assert mean_of_rows({"add": [1.0], "remove": [2.0, 3.0]}).interval is None


def test_independent_halves_add_in_squares():
    cells = {"add": Cell(1.0, (0.7, 1.3), 5, ("add",)), "remove": Cell(3.0, (2.6, 3.4), 5, ("x",))}
    mean = mean_of_cells(cells)
    assert mean.value == 2.0
    assert mean.interval == pytest.approx((2.0 - 0.25, 2.0 + 0.25))
    assert mean_of_cells({**cells, "extract": Cell(1.0, None, 5, ("y",))}).interval is None


def made(fad, lsd, clap=(), **more):
    results = {"fad": Cell(fad, None, 2, ("x",)), "lsd": Cell(float(np.mean(lsd)), None, 2, ("x",))}
    clips = {"lsd": dict(enumerate(lsd)), **({"clap_score": dict(enumerate(clap))} if clap else {})}
    return Made(results, clips, **more)


def test_columns_are_those_of_the_papers_tables():
    row = row_of(
        {
            "add": made(2.0, [1.0, 3.0], clap=[0.2, 0.4], seconds=1.0, calls=10),
            "remove": made(4.0, [5.0, 5.0], seconds=3.0, calls=20),
        }
    )
    assert {name: cell.value for name, cell in row.items()} == pytest.approx(
        {
            "add FAD": 2.0, "remove FAD": 4.0, "mean FAD": 3.0,
            "add LSD": 2.0, "remove LSD": 5.0, "mean LSD": 3.5,
            "CLAP": 0.3, "LSD -100": 3.5, "seconds a clip": 2.0, "network calls": 15,
        }
    )  # fmt: skip
    assert row["CLAP"].over == ("add",)


def test_an_empty_cell_is_a_dash_and_better_has_a_direction():
    rows = {"ours": row_of({"add": made(2.0, [1.0, 3.0], clap=[0.2, 0.4])}),
            "them": row_of({"add": Made({}, {"lsd": {"a": 1.0}})})}  # fmt: skip
    text = markdown(EditTable(["add"], rows, ["mind the floor"]))
    assert "| method | mean FAD ↓ | mean LSD ↓ | CLAP ↑ |" in text
    assert "| them | – |" in text
    assert "- mind the floor" in text


def test_rows_that_a_metric_refuses_are_counted_in_the_notes():
    refused = made(1.0, [1.0, 1.0], left_out={"si_sdr_outside": {"nothing lies outside": 7}})
    geometry = Geometry(sample_rate_hz=16000, channels=1, hop=512, clip_seconds=3.0)
    notes = notes_on({"ours": {"extract": refused}}, {"fad": "No ears."}, "instruction", geometry)
    text = "\n".join(notes)
    assert "`si_sdr_outside` has no value for 7 rows of extract: nothing lies outside." in text
    assert "got the instruction as the target's text" in text
    assert "fad was not measured. No ears." in text
    assert "n: extract 2" in text


def test_methods_have_settings_and_folders_of_their_own():
    method = parse_method("sdedit, t_start=0.55,solver=heun")
    assert method.label == "sdedit,t_start=0.55,solver=heun"
    assert (method.task, method.settings) == ("sdedit", {"t_start": 0.55, "solver": "heun"})
    assert parse_method("own").task is None
    assert folder_name("audioedit_add", method.label) == f"audioedit_add@{method.label}"
    assert folder_name("audioedit_add", None) == "audioedit_add"
    for bad in ("", "sdedit,", "sdedit,=1", "a/b", "a@b"):
        with pytest.raises(ConfigError, match="Got the method"):
            parse_method(bad)


def test_sources_say_which_edit_or_leave_it_to_their_rows():
    assert parse_rows("style=mixed:recipes", {}).task == "style_transfer"
    assert parse_rows("manifest:rows.jsonl", {}).task is None
    both = parse_rows("audioedit:folder?task=add,remove", {})
    assert (both.uri, both.task) == ("audioedit:folder?task=add,remove", None)
    with pytest.raises(ConfigError, match=r"'ad' is no kind of edit. Did you mean 'add'\?"):
        parse_rows("ad=soundworld:add", {})


def test_costs_survive_a_kill_and_count_a_clip_once(tmp_path):
    class Result:
        def __init__(self, calls):
            self.provenance = {} if calls is None else {"editing": {"network_calls": calls}}

    keep_cost(tmp_path, "a", 1.0, Result(10))
    with (tmp_path / COSTS).open("a") as file:
        file.write('{"id": "b", "sec')
    assert read_costs(tmp_path) == {"clips": 1, "seconds_per_clip": 1.0, "network_calls": 10.0}
    with (tmp_path / COSTS).open("a") as file:
        file.write("\n")
    keep_cost(tmp_path, "a", 3.0, Result(10))
    keep_cost(tmp_path, "c", 1.0, Result(30))
    assert read_costs(tmp_path) == {"clips": 2, "seconds_per_clip": 2.0, "network_calls": 20.0}
    (tmp_path / COSTS).unlink()
    keep_cost(tmp_path, "a", 1.0, Result(None))
    assert read_costs(tmp_path)["network_calls"] is None
    assert read_costs(tmp_path / "nowhere") == {}


def cells(clap, lsd):
    return {"CLAP": Cell(clap, None, 4, ("add",)), "mean LSD": Cell(lsd, None, 4, ("add",))}


def test_a_sweep_measures_starts_and_scales_once_each():
    names = sweep_methods()
    assert len(names) == len(set(names)) == 5 + 20 + 2
    assert DEFAULT in names
    tasks = [parse_method(name) for name in names]
    assert {m.task for m in tasks} == {"sdedit", "edit_friendly_inversion", "copy", "oracle"}
    assert {m.settings.get("t_start") for m in tasks if m.task == "sdedit"} == {
        0.44, 0.55, 0.64, 0.73, 0.82
    }  # fmt: skip


def test_the_setting_nearest_to_its_text_is_chosen_of_those_that_lose_no_more():
    rows = {
        "sdedit,t_start=0.44": cells(0.2, 0.8),
        "sdedit,t_start=0.55": cells(0.3, 1.0),
        "sdedit,t_start=0.82": cells(0.5, 1.6),
        DEFAULT: cells(0.31, 1.0),
        "edit_friendly_inversion,t_start=0.55,guidance_scale=9": cells(0.31, 0.9),
        "edit_friendly_inversion,t_start=0.82,guidance_scale=9": cells(0.4, 1.7),
        "oracle": cells(0.6, 0.1),
    }
    assert chosen_note(rows) == (
        f"Chosen by CLAP at an LSD of 1.00 or less, that of {DEFAULT}: "
        "`sdedit,t_start=0.55` (CLAP 0.300, LSD 1.00); "
        "`edit_friendly_inversion,t_start=0.55,guidance_scale=9` (CLAP 0.310, LSD 0.90)."
    )
    far = {name: c for name, c in rows.items() if name.split(",")[0] != "sdedit"}
    assert "no setting of sdedit; `edit_friendly" in chosen_note(
        far | {"sdedit,t_start=0.82": cells(0.5, 1.6)}
    )


@pytest.mark.parametrize("column", ["CLAP", "mean LSD"])
def test_without_both_columns_nothing_is_chosen(column):
    known = {name: cell for name, cell in cells(0.3, 1.0).items() if name != column}
    assert chosen_note({DEFAULT: known}).startswith("Nothing is chosen")
