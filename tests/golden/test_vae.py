"""The codec ``oobleck`` against numbers of the released implementation."""

import importlib.util
import json

import pytest
import torch
from audio_omni.plugins.codecs.config import OobleckConfig
from audio_omni.plugins.codecs.oobleck import OobleckCodec
from safetensors.torch import load_file

RELEASE_PREFIX = "pretransform.model."
ENCODED, DECODED = ("enc576", "enc613"), ("dec1", "dec5", "dec23")


def golden(shared_dir, name):
    folder = shared_dir / "goldens"
    if not (folder / f"{name}.safetensors").is_file():
        pytest.skip(f"needs {name} in the shared goldens")
    return json.loads((folder / f"{name}.json").read_text()), load_file(
        folder / f"{name}.safetensors"
    )


def assert_near(got, wanted, tolerance):
    assert got.shape == wanted.shape
    assert (got - wanted).abs().max() / wanted.abs().max() < tolerance


@pytest.fixture(scope="module")
def tiny(shared_dir):
    spec, tensors = golden(shared_dir, "vae_tiny")
    sizes = spec["pretransform_config"]["config"]["encoder"]["config"]
    codec = OobleckCodec(
        OobleckConfig(
            channels=sizes["in_channels"],
            width=sizes["channels"],
            multipliers=sizes["c_mults"],
            strides=sizes["strides"],
            latent_dim=sizes["latent_dim"] // 2,
        )
    )
    prefix = f"w/{RELEASE_PREFIX}"
    weights = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    codec.load_state_dict(weights, strict=True)
    return spec, tensors, codec.eval().requires_grad_(False)


@pytest.mark.parametrize("name", ENCODED)
def test_posterior_is_the_releases(tiny, name):
    spec, tensors, codec = tiny
    audio = tensors[f"in/{name}/audio"]
    mean, scale = codec.moments(audio)
    assert_near(mean, tensors[f"out/{name}/mean"], 2e-5)
    assert_near(scale, tensors[f"out/{name}/scale"], 2e-5)
    generator = torch.Generator().manual_seed(spec["sample_seed"])
    drawn = codec.sample(*codec.posterior(audio), generator)
    assert_near(drawn, tensors[f"out/{name}/sampled"], 2e-5)


@pytest.mark.parametrize("chunk_frames", [None, 2])
@pytest.mark.parametrize("name", DECODED)
def test_waveform_is_the_releases(tiny, name, chunk_frames):
    _, tensors, codec = tiny
    latent = tensors[f"in/{name}/latents"]
    audio = codec.decode(latent) if chunk_frames is None else codec.decode_chunked(latent, 2)
    assert_near(audio, tensors[f"out/{name}/audio"], 2e-5)


def test_every_case_of_the_release_is_tested(tiny):
    _, tensors, _ = tiny
    cases = {key.split("/")[1] for key in tensors if key.startswith("in/")}
    assert cases == {*ENCODED, *DECODED}


@pytest.fixture(scope="module")
def full_width(shared_dir):
    spec, tensors = golden(shared_dir, "vae_full_width")
    module = importlib.util.spec_from_file_location(
        "hashfill", shared_dir / "goldens" / "hashfill.py"
    )
    hashfill = importlib.util.module_from_spec(module)
    module.loader.exec_module(hashfill)
    with torch.device("meta"):
        codec = OobleckCodec(OobleckConfig())
    shapes = {RELEASE_PREFIX + k: v.shape for k, v in codec.state_dict().items()}
    filled = hashfill.fill_state_dict(shapes, spec["hash_seed"])
    weights = {k.removeprefix(RELEASE_PREFIX): v for k, v in filled.items()}
    codec.load_state_dict(weights, strict=True, assign=True)
    return spec, tensors, hashfill, codec.eval().requires_grad_(False)


def test_full_width_encodes_as_the_release(full_width):
    spec, tensors, hashfill, codec = full_width
    audio = hashfill.value("audio", (1, 2, codec.hop * spec["T"]), spec["hash_seed"], std=0.2)
    mean, scale = codec.moments(audio)
    assert_near(mean, tensors["out/enc/mean"], 1e-4)
    assert_near(scale, tensors["out/enc/scale"], 1e-4)


def test_full_width_decodes_as_the_release(full_width):
    spec, tensors, hashfill, codec = full_width
    latent = hashfill.value("latents", (1, 64, spec["T"]), spec["hash_seed"])
    assert_near(codec.decode(latent), tensors["out/dec/audio"], 1e-4)


def test_weights_have_the_releases_names_and_shapes(shared_dir):
    path = shared_dir / "spec" / "release-manifest.json"
    if not path.is_file():
        pytest.skip("needs the manifest of the released checkpoint")
    manifest = json.loads(path.read_text())
    with torch.device("meta"):
        codec = OobleckCodec(OobleckConfig())
    wanted = {
        name.removeprefix(RELEASE_PREFIX): tuple(entry["shape"])
        for name, entry in manifest["tensors"].items()
        if name.startswith(RELEASE_PREFIX)
    }
    assert {name: tuple(t.shape) for name, t in codec.state_dict().items()} == wanted
    counts = manifest["summary"]["parameters_by_prefix"]
    for part in ("encoder", "decoder"):
        parameters = getattr(codec, part).parameters()
        assert sum(p.numel() for p in parameters) == counts[f"{RELEASE_PREFIX}{part}."]
    assert sum(p.numel() for p in codec.parameters()) == manifest["summary"]["vae"]
