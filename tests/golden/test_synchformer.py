"""Video features and their projection against numbers of the released implementation."""

import importlib.util
import json
import math

import pytest
import torch
from audio_omni.conditioners.synchformer.conditioner import SynchformerConditioner
from audio_omni.conditioners.synchformer.config import SynchformerConfig
from audio_omni.conditioners.synchformer.frozen import PREFIX
from audio_omni.core.models.synchformer.extractor import (
    ExtractorSizes,
    build_extractor,
    extract,
    scaled,
)
from safetensors.torch import load_file

CONDITIONER_PREFIX = "conditioner.conditioners.sync_feature."
RELEASE_PARAMETERS = 122_440_704


def golden(shared_dir, name):
    folder = shared_dir / "goldens"
    if not (folder / f"{name}.safetensors").is_file():
        pytest.skip(f"needs {name} in the shared goldens")
    return json.loads((folder / f"{name}.json").read_text()), load_file(
        folder / f"{name}.safetensors"
    )


def hashfill(shared_dir):
    spec = importlib.util.spec_from_file_location(
        "hashfill", shared_dir / "goldens" / "hashfill.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def filled(shared_dir, module, prefix, seed):
    """Fill a module's weights by the goldens' formula, under their published names."""
    shapes = {prefix + name: tensor.shape for name, tensor in module.state_dict().items()}
    weights = hashfill(shared_dir).fill_state_dict(shapes, seed=seed)
    module.load_state_dict(
        {name.removeprefix(prefix): tensor for name, tensor in weights.items()}, assign=True
    )
    return module.eval()


def video(shared_dir, frames, seed, height=224, width=224):
    """Return the goldens' test video (T, 3, H, W) uint8, by the recipe in their README."""
    blocks = (frames, 3, math.ceil(height / 8), math.ceil(width / 8))
    noise = hashfill(shared_dir).unit("video", blocks, seed)
    noise = noise.repeat_interleave(8, 2).repeat_interleave(8, 3)[..., :height, :width]
    time, column = torch.arange(frames)[:, None], torch.arange(width)[None]
    ramp = (2 * column + 7 * time) % 256
    return (60 * noise + 64 + ramp[:, None, None] / 2).clamp(0, 255).to(torch.uint8)


def error(got, wanted):
    assert got.shape == wanted.shape
    return float((got - wanted).abs().max() / wanted.abs().max())


def sync(**sizes):
    width = sizes.pop("width")
    return SynchformerConditioner(SynchformerConfig(**sizes), width).eval()


@torch.no_grad()
def test_projection_is_the_releases(shared_dir):
    spec, tensors = golden(shared_dir, "sync_tiny")
    conditioner = sync(
        input_width=spec["input_dim"],
        input_tokens=spec["seq"],
        tokens=spec["output_len"],
        width=spec["output_dim"],
    )
    weights = {k[2:]: v for k, v in tensors.items() if k.startswith("w/")}
    conditioner.load_state_dict(
        {k.removeprefix(CONDITIONER_PREFIX): v for k, v in weights.items()}, strict=True
    )
    features = tensors["in/common/sync"]
    condition = conditioner([features[0], None, features[2]])  # row 1 is what "no video" was
    assert not features[1].any()
    assert error(condition.tokens, tensors["out/batch/embed"]) < 2e-5
    assert torch.equal(condition.mask, tensors["out/batch/mask"].bool())


@torch.no_grad()
def test_projection_at_full_width(shared_dir):
    spec, tensors = golden(shared_dir, "sync_full_width")
    conditioner = sync(width=768)
    seed, stride = spec["hash_seed"], spec["embed_token_stride"]
    filled(shared_dir, conditioner, CONDITIONER_PREFIX, seed)
    features = hashfill(shared_dir).value("sync", (1, 240, 768), seed)
    for case, feature in [("zero", None), ("hash", features[0])]:
        tokens = conditioner([feature]).tokens[:, ::stride]
        assert error(tokens, tensors[f"out/{case}/embed_strided"]) < 1e-4


def test_pixels_are_scaled_as_the_release_does(shared_dir):
    _, tensors = golden(shared_dir, "video_transform")
    wanted = tensors["out/sync_input/strided"]
    assert error(scaled(tensors["out/resized/uint8"]), wanted) < 1e-6


def test_features_are_the_releases(shared_dir):
    spec, tensors = golden(shared_dir, "synchformer_tiny")
    vit = spec["vit"]
    sizes = ExtractorSizes(vit["PATCH_SIZE"], vit["EMBED_DIM"], vit["DEPTH"], vit["NUM_HEADS"])
    extractor = build_extractor(sizes)
    weights = {k.removeprefix(f"w/{PREFIX}"): v for k, v in tensors.items() if k.startswith("w/")}
    extractor.load_state_dict(weights, strict=True)
    frames = video(shared_dir, spec["T"], spec["seed"])
    wanted = tensors["out/video/features"][0]
    for batch in (1, 3, spec["segments"]):
        assert error(extract(extractor, frames, segments_per_batch=batch), wanted) < 1e-4


@pytest.mark.slow
def test_features_at_full_width(shared_dir):
    spec, tensors = golden(shared_dir, "synchformer_full_width")
    with torch.device("meta"):
        extractor = build_extractor(ExtractorSizes())
    filled(shared_dir, extractor, PREFIX, spec["seed"])
    frames = video(shared_dir, spec["T"], spec["seed"])
    features = extract(extractor, frames, segments_per_batch=spec["segments"])
    assert error(features, tensors["out/video/features"][0]) < 1e-4


def test_names_and_shapes_are_those_of_the_published_file(shared_dir):
    path = shared_dir / "spec" / "synchformer-manifest.json"
    if not path.is_file():
        pytest.skip("needs spec/synchformer-manifest.json in the shared folder")
    published = {
        name: tuple(facts["shape"])
        for name, facts in json.loads(path.read_text())["tensors"].items()
    }
    with torch.device("meta"):
        weights = build_extractor(ExtractorSizes()).state_dict()
    assert {PREFIX + name: tuple(tensor.shape) for name, tensor in weights.items()} == published
    assert sum(tensor.numel() for tensor in weights.values()) == RELEASE_PARAMETERS
