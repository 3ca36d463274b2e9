import pytest
import torch
from audio_omni.core import execution
from audio_omni.core.conditioning import Conditioning
from audio_omni.core.errors import ConfigError
from audio_omni.core.execution import (
    ExecutionConfig,
    apply_precision,
    check_execution,
    prepare_velocity,
    visiting,
)
from audio_omni.core.flow.guidance import GuidedVelocity
from audio_omni.core.flow.solvers import AdamsBashforth2, Euler
from audio_omni.core.models.config import DiTConfig
from audio_omni.core.models.dit import DiT
from torch import nn

CPU = torch.device("cpu")


@pytest.fixture
def dit():
    network = DiT(DiTConfig(width=64, depth=3, heads=2, condition_width=8), 4)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        network.transformer.project_out.weight.normal_(std=0.2, generator=generator)
    return network.eval().requires_grad_(False)


@pytest.fixture
def inputs():
    generator = torch.Generator().manual_seed(1)
    conditioning = Conditioning(
        context=torch.randn(2, 5, 8, generator=generator),
        context_mask=torch.tensor([[True] * 5, [True, True, False, False, False]]),
        prefix=torch.randn(2, 3, 8, generator=generator),
        aligned=torch.randn(2, 4, 8, generator=generator),
    )
    return conditioning, torch.randn(2, 4, 7, generator=generator), torch.tensor([0.3, 0.9])


def relative(got, wanted):
    return float((got - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("config", [ExecutionConfig(), ExecutionConfig(precision="fp16_autocast")])
@torch.no_grad()
def test_cpu_is_exact_by_default_and_under_cudas_autocast(dit, inputs, config):
    conditioning, x, t = inputs
    apply_precision(dit, config)
    wanted = GuidedVelocity(dit, conditioning, 6.0)(x, t)
    got = prepare_velocity(GuidedVelocity(dit, conditioning, 6.0), config)(x, t)
    assert got.dtype == torch.float32
    assert torch.equal(got, wanted)


@torch.no_grad()
def test_bfloat16_is_near_and_keeps_latents_and_frequencies_in_float32(dit, inputs):
    conditioning, x, t = inputs
    wanted = GuidedVelocity(dit, conditioning, 6.0)(x, t)
    frequencies = dit.timestep_features.weight.clone()
    apply_precision(dit, ExecutionConfig(precision="bfloat16"))
    got = prepare_velocity(GuidedVelocity(dit, conditioning, 6.0), ExecutionConfig())
    assert got(x, t).dtype == torch.float32
    assert 1e-4 < relative(got(x, t), wanted) < 0.05
    assert torch.equal(dit.timestep_features.weight, frequencies)
    assert dit.transformer.rotary_pos_emb.inv_freq.dtype == torch.float32
    assert dit.transformer.layers[0].ff.ff[2].bias.dtype == torch.bfloat16
    assert Euler().integrate(got, x, 2).dtype == torch.float32


def test_lost_precision_does_not_come_back(dit):
    apply_precision(dit, ExecutionConfig(precision="bfloat16"))
    apply_precision(dit, ExecutionConfig(precision="bfloat16"))
    with pytest.raises(ConfigError, match=r"torch.bfloat16 for precision 'float32'.*Load the mod"):
        apply_precision(dit, ExecutionConfig())


def test_what_the_device_cannot_do_is_refused(dit, inputs):
    graph = ExecutionConfig(cuda_graph=True)
    with pytest.raises(ConfigError, match="cuda_graph is on, but the device is 'cpu'"):
        prepare_velocity(GuidedVelocity(dit, inputs[0], 6.0), graph)
    with pytest.raises(ConfigError, match="cuda_graph and offload are both on"):
        check_execution(ExecutionConfig(cuda_graph=True, offload=True), torch.device("cuda"))


@pytest.mark.slow
@torch.no_grad()
def test_compiled_gives_the_same(dit, inputs, monkeypatch):
    """Traced whole, but not handed to a C++ compiler, which takes minutes and may be absent."""
    real = torch.compile
    monkeypatch.setattr(
        torch,
        "compile",
        lambda function, **options: real(function, backend="eager", fullgraph=True, **options),
    )
    execution._compiled_block.cache_clear()
    conditioning, x, t = inputs
    wanted = GuidedVelocity(dit, conditioning, 6.0)(x, t)
    compiled = prepare_velocity(
        GuidedVelocity(dit, conditioning, 6.0), ExecutionConfig(compile=True)
    )
    assert relative(compiled(x, t), wanted) < 1e-5
    execution._compiled_block.cache_clear()


def test_compiler_that_is_not_there_is_an_error_with_advice(dit, inputs, monkeypatch):
    from torch._dynamo.exc import BackendCompilerFailed

    def broken(function, **_options):
        def fail(*_arguments, **_more):
            raise BackendCompilerFailed(broken, RuntimeError("no working C++ compiler"), None)

        return fail

    monkeypatch.setattr(torch, "compile", broken)
    execution._compiled_block.cache_clear()
    conditioning, x, t = inputs
    velocity = prepare_velocity(
        GuidedVelocity(dit, conditioning, 6.0), ExecutionConfig(compile=True)
    )
    with pytest.raises(ConfigError, match=r"no working C\+\+ compiler.*turn compile off"):
        velocity(x, t)
    execution._compiled_block.cache_clear()


class Traveller(nn.Linear):
    """Notes where it was sent, without going there."""

    def __init__(self):
        super().__init__(2, 2)
        self.stops = []

    def to(self, device):
        self.stops.append(str(device))
        return self


def test_visitor_goes_home_whatever_happens():
    module = Traveller()
    with visiting(module, torch.device("meta")) as there:
        assert there is module
        assert module.stops == ["meta"]
    with pytest.raises(ValueError, match="in between"), visiting(module, torch.device("meta")):
        raise ValueError("in between")
    assert module.stops == ["meta", "cpu"] * 2


def test_visitor_stays_where_it_is():
    module = Traveller()
    with visiting(module, CPU), visiting(module, torch.device("meta"), enabled=False):
        pass
    with visiting(nn.Identity(), torch.device("meta")):
        pass
    assert module.stops == []


needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("solver", [Euler, AdamsBashforth2])
@torch.no_grad()
def test_captured_step_gives_the_same(dit, inputs, solver):
    conditioning, x, _ = inputs
    dit, x = dit.cuda(), x.cuda()
    conditioning = Conditioning(
        **{k: v if v is None else v.cuda() for k, v in vars(conditioning).items()}
    )
    wanted = solver().integrate(GuidedVelocity(dit, conditioning, 6.0), x, 5)
    velocity = prepare_velocity(
        GuidedVelocity(dit, conditioning, 6.0), ExecutionConfig(cuda_graph=True)
    )
    assert relative(solver().integrate(velocity, x, 5), wanted) < 1e-5


@pytest.mark.gpu
@needs_cuda
@torch.no_grad()
def test_autocast_computes_in_half_and_accumulates_in_float32(dit, inputs):
    conditioning, x, t = inputs
    dit, x, t = dit.cuda(), x.cuda(), t.cuda()
    conditioning = Conditioning(
        **{k: v if v is None else v.cuda() for k, v in vars(conditioning).items()}
    )
    velocity = prepare_velocity(
        GuidedVelocity(dit, conditioning, 6.0), ExecutionConfig(precision="fp16_autocast")
    )
    assert velocity(x, t).dtype == torch.float16
    assert Euler().integrate(velocity, x, 2).dtype == torch.float32
