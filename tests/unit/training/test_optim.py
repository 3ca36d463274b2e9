import pytest
import torch
from audio_omni.core.errors import CheckpointError
from audio_omni.core.training.config import TrainConfig
from audio_omni.core.training.ema import Ema
from audio_omni.core.training.optim import (
    begin_state,
    build_optimizer,
    learning_rate,
    optimizer_tensors,
)
from torch import nn


def test_gains_and_biases_are_not_decayed():
    parameters = dict(nn.Linear(3, 2).named_parameters())
    optimizer = build_optimizer(parameters, TrainConfig(steps=1, weight_decay=0.1))
    decay = {id(p): g["weight_decay"] for g in optimizer.param_groups for p in g["params"]}
    assert decay == {id(parameters["weight"]): 0.1, id(parameters["bias"]): 0.0}


def test_the_warm_up_is_a_line_and_cosine_ends_at_zero():
    config = TrainConfig(steps=100, learning_rate=2.0, warmup_steps=4)
    rates = [learning_rate(config, step, step / 100) for step in (1, 2, 4, 5, 100)]
    assert rates == [0.5, 1.0, 2.0, 2.0, 2.0]
    cosine = config.model_copy(update={"schedule": "cosine", "warmup_steps": 0})
    assert learning_rate(cosine, 1, 0.0) == pytest.approx(2.0)
    assert learning_rate(cosine, 50, 0.5) == pytest.approx(1.0)
    assert learning_rate(cosine, 100, 1.0) == pytest.approx(0.0)


def test_a_state_is_begun_for_what_was_saved():
    layer = nn.Linear(3, 2)
    names = dict(layer.named_parameters())
    optimizer = build_optimizer(names, TrainConfig(steps=1))
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    saved = optimizer_tensors(optimizer, names)
    fresh = build_optimizer(names, TrainConfig(steps=1))
    state = begin_state(fresh, names, saved, "o")
    assert {key: value.shape for key, value in state.items()} == {
        key: value.shape for key, value in saved.items()
    }
    for key, value in state.items():
        value.copy_(saved[key])
    assert torch.equal(
        fresh.state[layer.weight]["exp_avg"], optimizer.state[layer.weight]["exp_avg"]
    )
    with pytest.raises(CheckpointError, match="does not train"):
        begin_state(optimizer, {"other": names["weight"]}, saved, "o")


def test_the_average_follows_quickly_at_first_and_slowly_later():
    parameter = nn.Parameter(torch.zeros(1))
    ema = Ema({"p": parameter}, decay=0.9)
    with torch.no_grad():
        parameter.fill_(1.0)
    ema.update(1)
    assert ema.averages["p"].item() == pytest.approx(1 - 2 / 11)
    ema.averages["p"].zero_()
    ema.update(1_000_000)
    assert ema.averages["p"].item() == pytest.approx(0.1)
    with ema.swapped_in():
        assert parameter.item() == pytest.approx(0.1)
    assert parameter.item() == 1.0
