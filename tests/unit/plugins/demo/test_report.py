from pathlib import Path

import pytest
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.core.training.outcome import TrainOutcome
from audio_omni.plugins.demo.outcome import DemoOutcome
from audio_omni.plugins.demo.report import hurry, whole_time
from audio_omni.plugins.manager import build_plugin_manager


def trained(step: int) -> TrainOutcome:
    return TrainOutcome(Path("run"), "finished", step, 1.0, None, 420.0)


def recipe(steps: int):
    host = build_plugin_manager(entry_points=False)
    found = find_recipe("nano", host.recipes)
    return resolve_recipe(found, [f"train.steps={steps}"], where="nano")


def test_a_training_that_a_busy_machine_cut_short_says_so():
    assert "after 120 of 6,000 steps, so expect little" in hurry(trained(120), recipe(6000))


@pytest.mark.parametrize(("step", "steps"), [(4176, 6000), (600, 6000), (120, 10**9)])
def test_there_is_nothing_to_excuse(step, steps):
    assert hurry(trained(step), recipe(steps)) == ""


@pytest.mark.parametrize(("seconds", "name"), [(540.0, "All in all"), (150.0, "This page")])
def test_a_second_go_does_not_pass_for_all_of_it(seconds, name):
    outcome = DemoOutcome(Path("page"), Path("run"), seconds, [])
    assert whole_time(trained(4176), outcome).startswith(name)
