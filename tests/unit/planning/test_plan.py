import json
import subprocess
import sys
from itertools import product

import pytest
import torch
from audio_omni.core.models.build import build_model
from audio_omni.core.planning.encoding import LiveBytes, encoder_cost
from audio_omni.core.planning.memory import micro_batch_of
from audio_omni.core.planning.options import PlanOptions, as_trained
from audio_omni.core.planning.parameters import planned_model
from audio_omni.core.planning.plan import plan_run
from audio_omni.core.planning.subject import subject_of
from audio_omni.core.training.learner import Learner
from audio_omni.core.training.objective import FlowMatching
from audio_omni.core.training.sharing import passes_of
from torch.utils.flop_counter import FlopCounterMode

GIB = 2**30
OOBLECK = "model.codec={name: oobleck, options: {sample_rate_hz: 16000, width: 8, latent_dim: 8}}"


@pytest.fixture(scope="module")
def paper(resolve, host):
    """A function that plans the paper's run on some machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AUDIO_OMNI_DATA", raising=False)
        subject = subject_of(resolve("paper"), host)
    return lambda **options: plan_run(subject, PlanOptions(**options))


def plan_of(recipe, host, **options):
    return plan_run(subject_of(recipe, host), PlanOptions(**options))


def test_states_of_a_learner_are_what_is_counted(resolve, host):
    """Weights, gradients, moments and average of a step that was really taken."""
    recipe = resolve()
    memory = plan_of(recipe, host, precision="float32").memory
    learner = Learner(build_model(recipe.model, host), FlowMatching(0.1), recipe.train, seed=0)
    for parameter in learner.parameters.values():
        parameter.grad = torch.zeros_like(parameter)
    learner.optimizer.step()
    trained = list(learner.parameters.values())
    assert memory.weights == sum(p.nbytes for p in trained)
    assert memory.gradients == sum(p.grad.nbytes for p in trained)
    states = [learner.optimizer.state[p] for p in trained]
    assert memory.optimizer == sum(s["exp_avg"].nbytes + s["exp_avg_sq"].nbytes for s in states)
    assert memory.average == sum(t.nbytes for t in learner.ema.averages.values())


@pytest.mark.parametrize("overrides", [(), (OOBLECK,)], ids=["mel", "oobleck"])
def test_encoding_costs_what_it_costs_with_values(overrides, resolve, host):
    planned = planned_model(resolve("micro", *overrides), host)
    real = build_model(resolve("micro", *overrides).model, host)
    shape = (1, real.geometry.channels, real.geometry.clip_samples)
    with torch.no_grad(), FlopCounterMode(display=False) as counter, LiveBytes() as live:
        real.codec.encode(torch.zeros(shape))
    counted = encoder_cost(planned.codec, planned.geometry)
    assert counted.flop == counter.get_total_flops()
    assert counted.peak == pytest.approx(live.peak, rel=0.05)


@pytest.mark.parametrize(
    ("batch", "gpus", "accumulate"), list(product((24, 25, 5120), (1, 3, 64), (1, 7)))
)
def test_passes_are_those_of_training(batch, gpus, accumulate):
    parts = [len(range(rank, batch, gpus)) for rank in range(gpus)]
    longest = max(
        len(shared)
        for part in parts
        for shared in passes_of([1] * part, accumulate=accumulate, frames=None)
    )
    assert micro_batch_of(batch, gpus, accumulate) == longest


def test_padding_follows_the_longest_prompt_of_a_pass(resolve, host):
    workload = subject_of(resolve("paper"), host).workload(prompt_tokens=120)
    with_video = (700 + 16000) / 44100
    for batch in (1, 4, 64):
        any_video = 1 - (1 - with_video) ** batch
        expected = 256 + 2048 * any_video + 120 * (1 - any_video)
        assert workload.mean(batch).context == pytest.approx(expected)
    assert workload.longest().context == 256 + 2048
    assert (workload.longest().prefix, workload.frames) == (128 + 236, 236)


def test_the_papers_run(paper):
    plan = paper(gpus=64, sharding="full", features="cached")
    assert (plan.batch, plan.steps, plan.trainable) == (5120, 80_000, 3_046_958_416)
    assert plan.batch == plan.options.gpus * plan.accumulate * plan.micro_batch
    assert plan.memory.fits
    assert plan.advice == []
    # Six operations for each weight and token, of which it has 600 and 2304 more for two of them.
    assert plan.flop["backward"] == pytest.approx(2 * plan.flop["forward"], rel=0.01)
    assert plan.flop_per_step == 5120 * sum(plan.flop.values())
    assert plan.days == pytest.approx(80_000 * plan.flop_per_step / (64 * 312e12 * 0.4) / 86400)
    assert plan.storage.checkpoint == 49_376_671_528
    json.dumps(plan.to_dict())


def test_features_that_are_cached_spare_networks_and_their_weights(paper):
    computed, cached = paper(gpus=64), paper(gpus=64, features="cached")
    assert set(computed.flop) - set(cached.flop) == {"codec", "omni_prompt", "sync_feature"}
    assert cached.memory.frozen == 0
    assert computed.memory.frozen == sum(p.bytes for p in computed.parts if p.is_encoder)
    assert cached.memory.encoding == 0


def test_sharding_checkpointing_and_small_passes_spare_memory(paper):
    plain = paper(gpus=8, micro_batch=8).memory
    sharded = paper(gpus=8, micro_batch=8, sharding="full").memory
    assert sharded.weights == plain.weights / 8
    assert sharded.activations == plain.activations
    anew = paper(gpus=8, micro_batch=8, checkpointing=True)
    assert anew.memory.activations < 0.2 * plain.activations
    assert anew.flop["computed anew"] == anew.flop["forward"]
    assert paper(gpus=8, micro_batch=4).memory.activations == plain.activations / 2
    assert paper(gpus=8, micro_batch=8, precision="float32").memory.activations > plain.activations


@pytest.mark.parametrize(
    "options",
    [
        {"gpus": 1},
        {"gpus": 8},
        {"gpus": 64},
        {"gpus": 8, "gpu_memory_gib": 24.0},
        {"gpus": 1, "gpu_memory_gib": 24.0},
        {"gpus": 2, "gpu_memory_gib": 40.0, "features": "cached", "checkpointing": True},
    ],
)
def test_what_is_said_to_fit_fits(paper, options):
    plan = paper(**options)
    assert not plan.memory.fits
    assert plan.advice
    for advice in plan.advice:
        mended = paper(**{**options, "micro_batch": plan.micro_batch, **advice.changes})
        assert mended.memory.fits
        assert mended.memory.peak == advice.peak
        assert str(advice).startswith("--")


def test_nothing_fits_on_gpus_that_are_too_small(paper):
    plan = paper(gpus=1, gpu_memory_gib=0.5)
    assert (plan.memory.fits, plan.advice) == (False, [])


def test_a_measured_speed_takes_the_place_of_peak_and_utilisation(resolve, host):
    recipe = resolve("micro", "train.steps=1000", "loader.batch_size=8")
    plan = plan_of(recipe, host, gpus=2, examples_per_second=4.0)
    assert plan.days == pytest.approx(1000 * 8 / (4 * 2) / 86400)
    assert not any("--utilisation" in said for said in plan.assumptions)


def test_data_is_counted_in_rows_or_told_in_hours(resolve, host, paper):
    recipe = resolve("micro", "mixture.sources.0.max_rows=50", "mixture.sources.1.max_rows=30")
    recipe = recipe.model_copy(
        update={
            "mixture": recipe.mixture.model_copy(update={"sources": recipe.mixture.sources[:2]})
        }
    )
    storage = plan_of(recipe, host).storage
    assert storage.examples == 80
    assert storage.latent == 32 * 94 * 4
    assert storage.clips == 80 * 48000 * 2
    told = plan_of(recipe, host, hours=10).storage
    assert told.examples == 10 * 3600 / 3
    assert paper().storage.encoded is None


def test_unknown_costs_are_said(resolve, host):
    conditioners = "model.conditioners.prompt={name: t5, options: {local: {}}}"
    plan = plan_of(resolve("micro", conditioners), host)
    assert any("count as one token" in said and "prompt" in said for said in plan.assumptions)


def test_shares_count_rows_where_they_are_known(resolve, host):
    warm = resolve("micro", "mixture.temperature=1", "mixture.sources.2.max_rows=10")
    plan = plan_of(warm, host)
    even = plan_of(resolve("micro", "mixture.sources.2.max_rows=10"), host)
    assert plan.storage.features < even.storage.features  # hardly any edit, which has a mel


def test_a_recipe_says_how_it_trains(resolve):
    assert as_trained(resolve().train) == {"sharding": "none", "checkpointing": False}
    other = resolve("micro", "train.sharding=full", "train.activation_checkpointing=true")
    assert as_trained(other.train) == {"sharding": "full", "checkpointing": True}


def test_adapters_train_a_part_only(resolve, host):
    full = plan_of(resolve(), host)
    lora = plan_of(resolve("micro", "train.lora.rank=2"), host)
    assert lora.trainable < 0.2 * full.trainable
    assert lora.memory.frozen > full.memory.frozen
    assert lora.flop["backward"] < 0.6 * full.flop["backward"]


def test_a_process_that_planned_can_still_compute():
    """Plugins that a plan was the first to import were imported where tensors have no memory."""
    code = (
        "from audio_omni.core.planning.subject import subject_of\n"
        "from audio_omni.core.models.build import build_model\n"
        "from audio_omni.core.recipe import find_recipe, resolve_recipe\n"
        "from audio_omni.plugins.manager import build_plugin_manager\n"
        "host = build_plugin_manager(entry_points=False)\n"
        "recipe = resolve_recipe(find_recipe('micro', host.recipes))\n"
        "subject_of(recipe, host)\n"
        "empty = build_model(recipe.model, host).conditioners['source']([None])\n"
        "assert empty.tokens.isfinite().all()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
