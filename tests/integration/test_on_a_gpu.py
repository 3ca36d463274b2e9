"""What only a CUDA device can show: what is allocated, how busy it is, and what NCCL adds up."""

import pytest
import torch
from audio_omni.core.planning.options import PlanOptions
from audio_omni.core.planning.plan import plan_run
from audio_omni.core.planning.subject import subject_of
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.evaluation.performance.training import TrainingOptions, measure_training

from .test_distributed import history, train

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.slow,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

WIDE = (
    *("model.dit.width=2048", "model.dit.heads=32", "model.dit.depth=8"),  # the release's width
    *("loader.batch_size=128", "loader.pool=true", "train.precision=bf16"),
    *(f"mixture.sources.{i}.max_rows=64" for i in range(3)),
)
PEAK_TFLOPS = {"A100": 312.0, "H100": 989.0, "H200": 989.0}
"""Of dense products in bf16, as data sheets say."""


@pytest.fixture(scope="module")
def wide(host):
    return resolve_recipe(find_recipe("micro", host.recipes), WIDE)


@pytest.fixture(scope="module")
def report(wide, host):
    name = torch.cuda.get_device_name()
    peak = next((peak for known, peak in PEAK_TFLOPS.items() if known in name), None)
    options = TrainingOptions(steps=10, device="cuda", peak_tflops=peak)
    return measure_training(wide, host, options)


def test_a_plan_says_what_is_allocated(wide, host, report):
    plan = plan_run(subject_of(wide, host), PlanOptions(features="cached", precision="bf16"))
    assert plan.memory.peak == pytest.approx(report.peak_memory_bytes, rel=0.15)


def test_a_transformer_of_the_releases_width_keeps_the_device_busy(report):
    if report.utilisation is None:
        pytest.skip(f"the peak of {report.device} is not known; add it to PEAK_TFLOPS")
    assert report.utilisation >= 0.45


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
@pytest.mark.parametrize("sharding", ["none", "full"])
def test_two_devices_learn_what_one_does(sharding, tmp_path):
    exact = (f"train.sharding={sharding}", "train.precision=float32")
    train(tmp_path / "two", *exact, processes=2)
    train(tmp_path / "one", *exact)
    one, two = history(tmp_path / "one"), history(tmp_path / "two")
    assert [e["loss"] for e in two] == pytest.approx([e["loss"] for e in one], abs=1e-3)
