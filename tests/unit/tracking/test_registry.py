"""The best checkpoint has the alias, and numbers that do not compare move nothing."""

import math

import pytest

BEST = {"registered_model": {"name": "sounds", "metric": "eval/add/lsd"}}


def holder(told):
    return told.client.get_model_version_by_alias("sounds", "champion")


def versions(told):
    return told.client.search_model_versions("name = 'sounds'")


@pytest.mark.parametrize(
    ("direction", "values", "best"),
    [("lower", (3.0, 1.0, 2.0), 2), ("higher", (3.0, 1.0, 4.0), 3), ("lower", (1.0, 1.0, 1.0), 1)],
)
def test_the_alias_follows_the_best(told, tmp_path, direction, values, best):
    run = told(tmp_path / "run", options=BEST).start()
    for step, value in enumerate(values, start=1):
        run.checkpoint(step).measured(step, direction, add__lsd=value)
    run.end()
    version = holder(run)
    assert version.tags["step"] == str(best)
    assert float(version.tags["value"]) == values[best - 1]
    assert version.run_id == run.run_id
    better = [v for i, v in enumerate(values) if i == 0 or _improves(v, values[:i], direction)]
    assert len(versions(run)) == len(better)
    model = run.client.get_logged_model(version.tags["model_id"])
    assert model.name == f"step-{best:08d}"
    files = {f.path for f in run.client.list_logged_model_artifacts(model.model_id)}
    assert "dit.safetensors" in files


def _improves(value, before, direction):
    return value > max(before) if direction == "higher" else value < min(before)


def test_only_checkpoints_are_registered_and_not_a_number_is_never_best(told, tmp_path):
    run = told(tmp_path / "run", options=BEST).start()
    run.measured(1, add__lsd=0.1)  # no checkpoint of that step
    run.checkpoint(2).measured(2, add__lsd=math.nan)
    run.checkpoint(3).measured(3, add__lsd=2.0).end()
    assert [v.tags["step"] for v in versions(run)] == ["3"]


def test_other_rows_are_not_compared(told, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'all.db'}")
    monkeypatch.chdir(tmp_path)
    first = told(tmp_path / "first", options=BEST).start()
    first.checkpoint(1).measured(1, add__lsd=2.0).end()
    same = told(tmp_path / "same", options=BEST).start()
    same.checkpoint(1).measured(1, add__lsd=1.0).end()
    assert holder(first).run_id == same.run_id
    assert "do not compare" not in caplog.text
    other = told(tmp_path / "other", options=BEST, seed=7).start()
    other.checkpoint(1).measured(1, add__lsd=0.5).checkpoint(2).measured(2, add__lsd=0.4).end()
    assert holder(first).run_id == same.run_id
    assert caplog.text.count("the numbers do not compare") == 1
    assert "measured_on" in caplog.text


@pytest.mark.parametrize(
    ("options", "direction", "said"),
    [
        ({"metric": "eval/add/fad"}, "lower", "measured are eval/add/lsd"),
        ({}, None, "give `direction`"),
    ],
)
def test_what_cannot_be_found_out_is_said_once(told, tmp_path, caplog, options, direction, said):
    wanted = {"registered_model": {**BEST["registered_model"], **options}}
    run = told(tmp_path / "run", options=wanted).start()
    for step in (1, 2):
        run.checkpoint(step).measured(step, direction, add__lsd=1.0)
    run.end()
    assert caplog.text.count(said) == 1
    assert run.client.search_registered_models() == []


def test_a_direction_of_the_recipe_wins(told, tmp_path):
    wanted = {"registered_model": {**BEST["registered_model"], "direction": "higher"}}
    run = told(tmp_path / "run", options=wanted).start()
    for step, value in ((1, 1.0), (2, 2.0)):
        run.checkpoint(step).measured(step, "lower", add__lsd=value)
    run.end()
    assert holder(run).tags["step"] == "2"


def test_weights_stay_where_they_are_when_asked_to(told, tmp_path):
    wanted = {"registered_model": {**BEST["registered_model"], "upload": False}}
    run = told(tmp_path / "run", options=wanted).start()
    run.checkpoint(1).measured(1, add__lsd=1.0).end()
    model = holder(run).tags["model_id"]
    files = {f.path for f in run.client.list_logged_model_artifacts(model)}
    assert files == {"recipe.yaml", "state.json"}
