import json

import pytest
import torch
from audio_omni.core.errors import ConfigError
from audio_omni.core.execution import ExecutionConfig
from audio_omni.core.flow.guidance import GuidedVelocity
from audio_omni.evaluation.performance import generate
from audio_omni.evaluation.performance.command import app
from audio_omni.evaluation.performance.flops import naive_flop_per_step, needed_flop_per_step
from audio_omni.evaluation.performance.generate import (
    GenerateOptions,
    build_network,
    measure_generation,
    synthetic_conditions,
)
from audio_omni.evaluation.performance.memory import PeakMemory
from audio_omni.evaluation.performance.naive import NaiveVelocity
from audio_omni.evaluation.performance.shapes import SHAPES, Shape, bench_shape
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from typer.testing import CliRunner

CPU = torch.device("cpu")


def toy(prefix, aligned, depth=3, patch=1):
    return Shape(
        dit={
            "width": 32,
            "depth": depth,
            "heads": 2,
            "condition_width": 16,
            "patch_frames": patch,
            "aligned": bool(aligned),
        },
        latent_channels=4,
        frames=10,
        context_tokens=(9, 4),
        context_valid=(2, 4),
        prefix_tokens=prefix,
        aligned_tokens=aligned,
    )


@pytest.fixture
def toy_shape(monkeypatch):
    monkeypatch.setattr(generate, "bench_shape", lambda _name: toy(prefix=6, aligned=0))


def counted(velocity, shape):
    x, t = torch.randn(1, shape.latent_channels, shape.frames), torch.rand(1)
    velocity(x, t)
    # The fused kernel of the CPU is not among those that torch counts; the plain one is.
    with (
        torch.no_grad(),
        sdpa_kernel(SDPBackend.MATH),
        FlopCounterMode(display=False) as counter,
    ):
        velocity(x, t)
    return counter.get_total_flops()


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize(("prefix", "aligned"), [(6, 0), (0, 7)])
def test_operations_are_those_that_torch_counts(prefix, aligned, depth):
    shape = toy(prefix, aligned, depth)
    generator = torch.Generator().manual_seed(0)
    dit = build_network(shape, generator)
    conditions = synthetic_conditions(shape, generator, CPU)
    fast = counted(GuidedVelocity(dit, conditions, 6.0), shape)
    naive = counted(NaiveVelocity(dit, conditions, 6.0), shape)
    assert needed_flop_per_step(shape) == fast
    assert naive_flop_per_step(shape) == naive


def test_shape_of_the_cpu_is_the_agreed_one():
    shape = bench_shape("cpu")
    dit = shape.dit
    assert (dit.depth, dit.width, dit.heads, dit.condition_width) == (4, 512, 8, 768)
    assert (shape.frames, shape.latent_channels, shape.prefix_tokens) == (236, 64, 364)
    assert shape.context_tokens == (2048, 256)
    assert shape.context_valid == (120, 256)
    assert shape.guidance_scale != 1


def test_shape_of_the_release_has_its_sizes():
    dit = bench_shape("release").dit
    assert (dit.depth, dit.width, dit.heads) == (36, 2048, 32)
    # Two branches, 36 blocks, 600 tokens, 18 squared widths a token: self, cross and feed-forward.
    products = 2 * 36 * 600 * 16 * 2048**2 + 36 * 600 * 2 * 2048**2
    assert 2 * products < needed_flop_per_step(bench_shape("release")) < 2.3 * products


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_whole(name):
    shape = bench_shape(name)
    assert shape.tokens > 0
    assert needed_flop_per_step(shape) < naive_flop_per_step(shape)


def test_unknown_shape_is_answered_with_close_matches():
    with pytest.raises(ConfigError, match=r"Unknown shape 'nanno'\. Did you mean 'nano'"):
        bench_shape("nanno")


@pytest.mark.usefixtures("toy_shape")
def test_both_paths_end_in_the_same_latents():
    seen = []
    options = GenerateOptions(preset="toy", steps=4, naive=True, device="cpu", peak_tflops=1.0)
    report = measure_generation(options, seen.append)
    assert seen == [1, 2, 3, 4]
    assert [path.path for path in report.paths] == ["fast", "naive"]
    assert 0 < report.largest_difference < 1e-4
    assert report.speedup > 0
    fast, naive = report.paths
    assert fast.step_seconds_min <= fast.step_seconds
    assert fast.clip_seconds >= 4 * fast.step_seconds_min + fast.prepare_seconds
    assert fast.flop_per_step < naive.flop_per_step
    assert fast.utilisation == pytest.approx(fast.flop_per_step / fast.step_seconds / 1e12)


@pytest.mark.usefixtures("toy_shape")
def test_a_difference_would_be_seen(monkeypatch):
    real = GuidedVelocity.__call__
    monkeypatch.setattr(GuidedVelocity, "__call__", lambda *a: real(*a) * 1.01)
    options = GenerateOptions(preset="toy", steps=2, naive=True, device="cpu")
    assert measure_generation(options).largest_difference > 1e-3


@pytest.mark.usefixtures("toy_shape")
def test_half_precision_is_measured_beside_naive_half_precision():
    options = GenerateOptions(
        preset="toy",
        steps=2,
        naive=True,
        device="cpu",
        execution=ExecutionConfig(precision="bfloat16"),
    )
    assert measure_generation(options).largest_difference < 0.1


@pytest.mark.usefixtures("toy_shape")
def test_command_prints_a_table_or_json():
    arguments = ["generate", "--preset", "toy", "--steps", "2", "--naive", "--device", "cpu"]
    table = CliRunner().invoke(app, arguments)
    assert table.exit_code == 0, table.output
    assert "speed-up" in table.stdout
    assert "step 2 of 2" not in table.stdout
    result = CliRunner().invoke(app, [*arguments, "--json"])
    report = json.loads(result.stdout)
    assert report["steps"] == 2
    assert "largest_difference" in report
    listed = " ".join(CliRunner().invoke(app, ["generate", "--help"]).stdout.split())
    for key in (*report, *report["paths"][0]):
        assert key in listed.replace("│ │ ", ""), f"--help does not name {key}"


def test_memory_of_a_process_is_told():
    peak = PeakMemory(CPU).read()
    assert peak is None or 2**24 < peak < 2**40


def test_the_naive_path_keeps_full_precision(toy_shape):
    """It is what the published implementation does, whatever the fast path was asked to do."""

    def difference(precision):
        options = GenerateOptions(
            preset="toy", steps=2, naive=True, execution=ExecutionConfig(precision=precision)
        )
        report = measure_generation(options)
        return report.largest_difference

    assert difference("float32") < 1e-5
    assert 1e-4 < difference("bfloat16") < 0.2
