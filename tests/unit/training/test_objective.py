"""What an example draws is its own: neighbours, passes and processes change nothing of it."""

import pytest
import torch
from audio_omni.core.data.uri import open_source
from audio_omni.core.models.build import build_model
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.core.task import build_task
from audio_omni.core.training.objective import FlowMatching, step_generators
from audio_omni.plugins.manager import build_plugin_manager


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


@pytest.fixture(scope="module")
def model(host):
    recipe = resolve_recipe(find_recipe("micro", host.recipes))
    built = build_model(recipe.model, host)
    generator = torch.Generator().manual_seed(0)
    for parameter in built.dit.parameters():
        if not parameter.any():  # a branch that begins as zero would hide what it reads
            torch.nn.init.normal_(parameter, std=0.05, generator=generator)
    return built.train()


@pytest.fixture(scope="module")
def batch(host, model):
    """Examples of three tasks and of unequal lengths."""
    kinds = [("sounds", "text_to_audio"), ("remove", "remove"), ("music", "text_to_music")]
    examples = []
    for number, (locator, task) in enumerate(2 * kinds):
        source = open_source(f"soundworld:{locator}", {"clip_seconds": 1 + 0.3 * number}, host)
        example = build_task(host, task, {}).to_example(source.row(number))
        examples.append(model.prepare(example))
    return model.encode(examples)


@torch.no_grad()
def losses(model, batch, generators, dropout=0.3):
    return FlowMatching(dropout)(model, batch, generators)


def test_an_item_alone_has_the_loss_that_it_has_in_a_batch(model, batch):
    together = losses(model, batch, step_generators(7, 3, range(6)))
    for place, own in enumerate(batch):
        alone = losses(model, [own], step_generators(7, 3, range(place, place + 1)))
        assert torch.allclose(alone[0], together[place], atol=1e-5), place


def test_passes_of_a_batch_add_up_to_it(model, batch):
    together = losses(model, batch, step_generators(7, 3, range(6)))
    parts = [
        losses(model, batch[a:b], step_generators(7, 3, range(a, b))) for a, b in [(0, 2), (2, 6)]
    ]
    assert torch.allclose(torch.cat(parts), together, atol=1e-5)


def test_seed_step_and_place_each_change_what_is_drawn():
    drawn = {
        torch.rand(1, generator=step_generators(seed, step, range(place, place + 1))[0]).item()
        for seed, step, place in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    }
    assert len(drawn) == 4


def test_draws_are_standard_normal_and_uniform_over_places_and_steps():
    first = [step_generators(5, step, range(50)) for step in range(40)]
    normal = torch.cat([torch.randn(20, generator=g) for step in first for g in step])
    assert abs(float(normal.mean())) < 0.02
    assert abs(float(normal.std()) - 1) < 0.02
