"""What is counted without memory is what is there when a model is really built."""

import pytest
import torch
from audio_omni.core.errors import ConfigError
from audio_omni.core.models.build import build_model
from audio_omni.core.planning.parameters import (
    checkpoint_bytes,
    matrix_parameters,
    parts_of,
    planned_model,
)
from audio_omni.core.training.beginning import adapt, hold_still, trained_parts
from audio_omni.core.training.learner import Learner
from audio_omni.core.training.objective import FlowMatching

LOCAL = "model.conditioners.prompt.options={model: null, local: {width: 64, layers: 2}}"
BASE = ("model.preset=base", LOCAL, "model.dit.depth=3")
TRANSCRIPT = "model.conditioners.words={name: transcript, options: {text_width: 64, tokens: 32}}"
MOTION = "model.conditioners.motion={name: synchformer, options: {seconds: 3.0, local: {}}}"
RECIPES = {
    "micro": (),
    "nano": ("model.preset=nano",),
    "nano_ears": ("model.preset=nano_ears",),
    "base": BASE,
    "more conditioners": (TRANSCRIPT, MOTION),
    "lora": ("train.lora.rank=4",),
    "one part": ("train.parts=[conditioner-source]",),
    "a codec with weights": (
        "model.codec={name: oobleck, options: {sample_rate_hz: 16000, width: 8, latent_dim: 8}}",
    ),
}


def built(recipe, host):
    model = build_model(recipe.model, host)
    if recipe.train.lora is not None:
        adapt(model, recipe.train.lora, recipe.seed)
    hold_still(model, trained_parts(recipe.train))
    return model


@pytest.mark.parametrize("overrides", RECIPES.values(), ids=RECIPES)
def test_every_part_has_the_parameters_that_it_really_has(overrides, resolve, host):
    recipe = resolve("micro", *overrides)
    real, planned = built(recipe, host), planned_model(recipe, host)
    assert parts_of(planned) == parts_of(real)
    everything = [*real.parameters()]
    for conditioner in real.conditioners.values():
        for network in conditioner.frozen_networks().values():
            everything += network.parameters()
    trained = sum(p.numel() for p in real.parameters() if p.requires_grad)
    assert sum(part.trainable for part in parts_of(planned)) == trained > 0
    assert sum(p.trainable + p.frozen for p in parts_of(planned)) == sum(
        p.numel() for p in everything
    )
    assert sum(part.bytes for part in parts_of(planned)) == sum(p.nbytes for p in everything)
    assert all(parameter.is_meta for parameter in planned.dit.parameters())


@pytest.mark.parametrize("overrides", RECIPES.values(), ids=RECIPES)
def test_a_checkpoint_has_the_bytes_that_it_really_has(overrides, resolve, host):
    recipe = resolve("micro", *overrides)
    learner = Learner(built(recipe, host), FlowMatching(0.1), recipe.train, seed=0)
    for parameter in learner.parameters.values():
        parameter.grad = torch.zeros_like(parameter)
    learner.optimizer.step()
    tensors = [t for part in learner.tensors().values() for t in part.values()]
    assert checkpoint_bytes(planned_model(recipe, host)) == sum(t.nbytes for t in tensors)


def test_the_papers_model_has_the_published_sizes(resolve, host, monkeypatch):
    monkeypatch.delenv("AUDIO_OMNI_DATA", raising=False)
    parts = {part.name: part for part in parts_of(planned_model(resolve("paper"), host))}
    assert sum(part.trainable for part in parts.values()) == 3_046_958_416
    assert parts["omni_prompt.thinker"].frozen == 4_703_464_448
    assert parts["omni_prompt.thinker"].bytes == 2 * 4_703_464_448  # bfloat16
    assert parts["sync_feature.extractor"].bytes == 4 * 122_440_704


def test_matrices_are_what_linear_layers_hold(resolve, host):
    model = planned_model(resolve(), host)
    width, depth = model.config.dit.width, model.config.dit.depth
    blocks = depth * (4 + 4 + 8 + 4) * width**2
    assert blocks < matrix_parameters(model) < 1.5 * blocks
    adapted = planned_model(resolve("micro", "train.lora.rank=4"), host)
    assert matrix_parameters(adapted) == matrix_parameters(model)


def test_a_language_model_alone_is_refused(resolve, host):
    with pytest.raises(ConfigError, match=r"nano_understanding' trains a language model alone"):
        planned_model(resolve("nano_understanding"), host)
