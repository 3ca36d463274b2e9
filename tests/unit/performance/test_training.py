"""What is measured of a training is what the training does."""

import json

import pytest
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.evaluation.performance.command import app
from audio_omni.evaluation.performance.training import TrainingOptions, measure_training
from audio_omni.plugins.manager import build_plugin_manager
from typer.testing import CliRunner

SETTINGS = [f"mixture.sources.{i}.max_rows=8" for i in range(3)]


@pytest.fixture(scope="module")
def report():
    catalog = build_plugin_manager()
    values = find_recipe("micro", catalog.recipes)
    recipe = resolve_recipe(values, [*SETTINGS, "loader.batch_size=6"])
    return measure_training(recipe, catalog, TrainingOptions(steps=4, device="cpu", peak_tflops=1))


def test_sections_add_up_to_a_step(report):
    assert report.steps == 4
    expected = {"data", "trained conditioners", "transformer", "backward", "optimiser", "other"}
    assert expected <= report.seconds.keys()
    assert report.examples_per_s == pytest.approx(6 / sum(report.seconds.values()), rel=0.02)
    assert 0 <= report.waiting < 1


def test_operations_are_counted_and_give_the_utilisation(report):
    assert report.flop_per_step > 1e6
    assert report.utilisation == pytest.approx(
        report.flop_per_step / report.step_seconds / 1e12, rel=1e-6
    )


def test_frames_are_those_of_the_clips(report):
    assert 0 <= report.padding < 1
    per_example = report.frames_per_s / report.examples_per_s
    assert 10 < per_example < 400


def test_the_command_prints_a_table_and_json():
    words = ["train", "micro", "--steps", "2", "--warmup", "2", "--device", "cpu"]
    for setting in SETTINGS:
        words += ["--set", setting]
    said = CliRunner().invoke(app, words, obj=build_plugin_manager())
    assert said.exit_code == 0, said.output
    assert "examples/s" in said.output
    assert "backward" in said.output
    said = CliRunner().invoke(app, [*words, "--json"], obj=build_plugin_manager())
    found = json.loads(said.stdout)
    assert found["recipe"] == "micro"
    assert found["steps"] == 2


def test_a_preset_sizes_the_model_of_a_recipe():
    words = ["train", "micro", "--steps", "2", "--warmup", "2", "--json"]
    for setting in SETTINGS:
        words += ["--set", setting]
    found = {}
    for name, more in (("micro", []), ("nano", ["--preset", "nano"])):
        said = CliRunner().invoke(app, [*words, *more], obj=build_plugin_manager())
        assert said.exit_code == 0, said.output
        found[name] = json.loads(said.stdout)["flop_per_step"]
    assert found["nano"] > 2 * found["micro"]
    said = CliRunner().invoke(app, ["train", "--preset", "mega"], obj=build_plugin_manager())
    assert "Unknown preset 'mega'" in f"{said.output}{said.exception}"
