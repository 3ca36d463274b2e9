"""The transformer, guidance and solver against numbers of the released implementation."""

import importlib.util
import json

import pytest
import torch
from audio_omni.core.conditioning import Condition, Conditioning
from audio_omni.core.flow.guidance import GuidedVelocity
from audio_omni.core.flow.rectified_flow import interpolate
from audio_omni.core.flow.solvers import Euler, time_grid
from audio_omni.core.models.config import DiTConfig
from audio_omni.core.models.dit import DiT
from safetensors.torch import load_file

RELEASE_PREFIX = "model.model."
OURS_ALONE = ["project_aligned.weight"]  # the release has no aligned stream
DIT_CASES = [
    "full_mask_nocfg",
    "full_nomask_nocfg",
    "cross_only",
    "global_only",
    "no_cond",
    "cfg6_mask",
    "cfg7_mask",
    "cfg7_nomask",
    "cfg0_mask",
    "cfg6_cross_only",
    "cfg6_global_only",
    "cfg6_phi",
    "cfg6_negative",
]
SAMPLER_CASES = [f"steps{n}_cfg{s}" for n in (1, 8, 100) for s in (1, 6, 7)] + [
    "steps8_cfg6_init_sigma0.6"
]


def golden(shared_dir, name):
    folder = shared_dir / "goldens"
    if not (folder / f"{name}.safetensors").is_file():
        pytest.skip(f"needs {name} in the shared goldens")
    return json.loads((folder / f"{name}.json").read_text()), load_file(
        folder / f"{name}.safetensors"
    )


def build(sizes):
    config = DiTConfig(
        width=sizes["embed_dim"],
        depth=sizes["depth"],
        heads=sizes["num_heads"],
        condition_width=sizes["cond_token_dim"],
    )
    return DiT(config, sizes["io_channels"]).eval()


def load(dit, weights):
    """Load weights under the release's names, which are ours behind a prefix."""
    stripped = {k.removeprefix(RELEASE_PREFIX): v for k, v in weights.items()}
    result = dit.load_state_dict(stripped, strict=False)
    assert result.missing_keys == OURS_ALONE
    assert result.unexpected_keys == []


def group(tensors, prefix):
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}


def assert_near(got, wanted, tolerance):
    error = (got - wanted).abs().max() / wanted.abs().max()
    assert got.shape == wanted.shape
    assert error < tolerance


@pytest.fixture(scope="module")
def tiny(shared_dir):
    spec, tensors = golden(shared_dir, "dit_tiny")
    dit = build(spec["diffusion_config"])
    load(dit, group(tensors, "w/"))
    return spec["cases"], tensors, group(tensors, "in/common/"), dit


def conditioning_of(case, inputs):
    return Conditioning(
        context=inputs["cross_attn_cond"] if case["cross"] else None,
        context_mask=inputs["cross_attn_mask"].bool() if case["mask"] else None,
        prefix=inputs["global_cond"] if case["glob"] else None,
    )


@pytest.mark.parametrize("name", DIT_CASES)
@torch.no_grad()
def test_velocity_is_the_releases(tiny, name):
    cases, tensors, inputs, dit = tiny
    case = cases[name]
    negative = Condition(
        inputs["negative_cross_attn_cond"], inputs["negative_cross_attn_mask"].bool()
    )
    velocity = GuidedVelocity(
        dit,
        conditioning_of(case, inputs),
        case["cfg_scale"],
        rescale=case.get("scale_phi", 0.0),
        negative=negative if case.get("negative") else None,
    )
    assert_near(velocity(inputs["x"], inputs["t"]), tensors[f"out/{name}/v"], 2e-5)


def test_every_case_of_the_release_is_tested(tiny):
    assert sorted(tiny[0]) == sorted(DIT_CASES)


@torch.no_grad()
def test_residual_stream_after_every_block_is_the_releases(tiny):
    cases, tensors, inputs, dit = tiny
    seen = []
    handles = [
        layer.register_forward_hook(lambda _module, _inputs, out: seen.append(out))
        for layer in dit.transformer.layers
    ]
    dit(inputs["x"], inputs["t"], conditioning_of(cases["full_mask_nocfg"], inputs))
    for handle in handles:
        handle.remove()
    assert len(seen) == 3
    for i, hidden in enumerate(seen):
        assert_near(hidden, tensors[f"out/full_mask_nocfg/layer{i}"], 2e-5)


@torch.no_grad()
def test_parts_are_the_releases(tiny):
    cases, tensors, inputs, dit = tiny
    embedded = dit.embed_conditioning(conditioning_of(cases["full_mask_nocfg"], inputs))
    angles = dit.transformer.rotary_pos_emb.angles(torch.arange(42))
    parts = {
        "timestep_features": dit.timestep_features(inputs["t"]),
        "timestep_embed": dit.embed_time(inputs["t"]),
        "cond_embed": embedded.context,
        "global_embed": embedded.prefix,
        "rotary_freqs": angles,
    }
    wanted = group(tensors, "out/parts/")
    assert sorted(parts) == sorted(wanted)
    for name, got in parts.items():
        assert_near(got, wanted[name], 2e-5)


@pytest.fixture(scope="module")
def full_width(shared_dir):
    spec, tensors = golden(shared_dir, "dit_full_width")
    path = shared_dir / "goldens" / "hashfill.py"
    module = importlib.util.spec_from_file_location("hashfill", path)
    hashfill = importlib.util.module_from_spec(module)
    module.loader.exec_module(hashfill)
    seed, real = spec["hash_seed"], spec["real_tokens"]
    dit = build(spec["diffusion_config"])
    state = dit.state_dict()
    shapes = {RELEASE_PREFIX + k: v.shape for k, v in state.items() if k not in OURS_ALONE}
    filled = hashfill.fill_state_dict(shapes, seed)
    dit.load_state_dict(
        state | {k.removeprefix(RELEASE_PREFIX): v for k, v in filled.items()}, strict=True
    )
    context = hashfill.value("cross_attn_cond", (1, 2304, 768), seed, std=0.7)
    context[:, real:2048] = 0.013
    mask = torch.ones(1, 2304, dtype=torch.bool)
    mask[:, real:2048] = False
    prefix = hashfill.value("global_cond", (1, 364, 768), seed, std=0.7)
    conditioning = Conditioning(context=context, context_mask=mask, prefix=prefix)
    return spec, tensors, dit, conditioning, hashfill.value("x", (1, 64, 236), seed)


@pytest.mark.parametrize("name", ["cond", "cfg"])
@torch.no_grad()
def test_velocity_at_release_width_is_the_releases(full_width, name):
    spec, tensors, dit, conditioning, x = full_width
    scale = spec["cfg_scale"] if name == "cfg" else 1.0
    velocity = GuidedVelocity(dit, conditioning, scale)(x, torch.tensor([spec["t"]]))
    assert_near(velocity, tensors[f"out/{name}/v"], 1e-4)


@pytest.fixture(scope="module")
def sampler(shared_dir):
    spec, tensors = golden(shared_dir, "sampler_tiny")
    dit = build(spec["diffusion_config"])
    load(dit, group(tensors, "w/"))
    return spec["cases"], tensors, group(tensors, "in/common/"), dit


@pytest.mark.parametrize("name", SAMPLER_CASES)
@torch.no_grad()
def test_generation_is_the_releases(sampler, name):
    cases, tensors, inputs, dit = sampler
    case = cases[name]
    conditioning = Conditioning(
        context=inputs["cross_attn_cond"],
        context_mask=inputs["cross_attn_mask"].bool(),
        prefix=inputs["global_cond"],
    )
    t_max = case.get("sigma_max", 1.0)
    start = inputs["noise"]
    if case.get("init"):
        start = interpolate(inputs["init_data"], start, torch.full((len(start),), t_max))
    velocity = GuidedVelocity(dit, conditioning, case["cfg_scale"])
    latents = Euler().integrate(velocity, start, case["steps"], t_max=t_max)
    assert_near(latents, tensors[f"out/{name}/latents"], 1e-3)
    assert_near(time_grid(case["steps"], t_max), tensors[f"out/{name}/time_grid"], 1e-6)


def test_every_generation_of_the_release_is_tested(sampler):
    assert sorted(sampler[0]) == sorted(SAMPLER_CASES)
