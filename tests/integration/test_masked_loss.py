"""Runs that learn what was hidden of speech alone: mixed with other tasks, resumed, and shared."""

import json

import pytest
from audio_omni.core.training.session import train

from .test_distributed import assert_close, history
from .test_distributed import train as train_processes
from .test_distributed import weights as flat_weights
from .test_train import assert_bit_equal, weights

SOURCES = [
    {"uri": "soundworld:speech_editing", "task": "speech_editing", "max_rows": 6},
    {"uri": "soundworld:sounds", "task": "text_to_audio", "max_rows": 6},
    {"uri": "soundworld:remove", "task": "remove", "max_rows": 6},
]
MIXTURE = (
    f"mixture.sources={json.dumps(SOURCES)}",
    "evaluation.every=null",
    "train.log_every=1",
    "loader.batch_size=6",
)
SHORT = ("train.steps=4", "train.checkpoint_every=2")
MASKED = "train.loss_on=masked"


@pytest.fixture(scope="module")
def run_of(tmp_path_factory, host):
    """A function that returns the folder of a run of four steps, in one process."""
    from audio_omni.core.recipe import find_recipe, resolve_recipe

    runs, values = {}, find_recipe("micro", host.recipes)

    def run(*settings):
        if settings not in runs:
            runs[settings] = tmp_path_factory.mktemp("run") / "run"
            quiet = ["tracking.observers=[jsonl]", *MIXTURE, *SHORT, *settings]
            train(resolve_recipe(values, quiet), host, runs[settings])
        return runs[settings]

    return run


def losses(run):
    """Return task → loss of the first step, whose weights all runs share."""
    return history(run)[0]["task_loss"]


@pytest.mark.parametrize("seed", [0, 1])
def test_of_a_mixture_only_speech_is_restricted(run_of, seed):
    whole, masked = (losses(run_of(f"seed={seed}", *own)) for own in ((), (MASKED,)))
    assert whole.keys() == masked.keys()
    assert {"speech_editing"} < whole.keys()
    assert masked["speech_editing"] != pytest.approx(whole["speech_editing"], rel=1e-3)
    others = whole.keys() - {"speech_editing"}
    assert {task: masked[task] for task in others} == pytest.approx(
        {task: whole[task] for task in others}, rel=1e-6
    )


def test_left_out_it_is_the_whole_bit_for_bit(run_of):
    assert_bit_equal(weights(run_of("seed=0")), weights(run_of("seed=0", "train.loss_on=whole")))
    kept = history(run_of("seed=0", "train.loss_on=whole"))
    assert [step["loss"] for step in history(run_of("seed=0"))] == [step["loss"] for step in kept]


def test_a_resumed_run_hides_and_counts_the_same(run_of, tmp_path, host, micro):
    stopped = tmp_path / "stopped"
    settings = (*MIXTURE, *SHORT, "seed=0", MASKED)
    train(micro(*settings, "train.steps=2"), host, stopped)
    train(micro(*settings), host, stopped, resume=True)
    whole = run_of("seed=0", MASKED)
    assert_bit_equal(weights(whole), weights(stopped))
    told = [[(e["loss"], e["task_loss"]) for e in history(run)] for run in (whole, stopped)]
    assert len(told[0]) == 4
    assert told[0] == told[1]


def test_two_processes_learn_what_one_does(run_of, tmp_path):
    run = tmp_path / "run"
    settings = (*MIXTURE, *SHORT, "seed=0", MASKED, "train.task_gradients_every=null")
    train_processes(run, *settings, processes=2)
    alone = run_of("seed=0", MASKED)
    for one, two in zip(history(alone), history(run), strict=True):
        assert two["task_loss"] == pytest.approx(one["task_loss"], rel=1e-4)
    assert_close(flat_weights(alone), flat_weights(run), atol=1e-5, rtol=0)
