import json

import pytest
import torch
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.conditioners.mllm.config import MllmConfig
from audio_omni.conditioners.mllm.published import PUBLISHED
from audio_omni.conditioners.mllm.weights import RENAMES, todays_names
from audio_omni.core.config import parse_config
from audio_omni.core.errors import CheckpointError, ConfigError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import Prompt
from safetensors.torch import save_file

WIDTH = 24
PREFIX = "conditioner.conditioners.omni_prompt.model.thinker."


@pytest.fixture(scope="module")
def source():
    return MllmConditioner(MllmConfig(local={"width": 32}), WIDTH)


@pytest.fixture(scope="module")
def folder(source, tmp_path_factory):
    """Config and processor, without weights."""
    folder = tmp_path_factory.mktemp("thinker")
    source.thinker.model.config.save_pretrained(folder)
    source.thinker.processor.save_pretrained(folder)
    return folder


@pytest.fixture
def weights(source):
    return {name: tensor.clone() for name, tensor in source.thinker.model.state_dict().items()}


def published_names(weights):
    def old(name):
        for published, today in RENAMES:
            if name.startswith(today):
                return published + name.removeprefix(today)
        return name

    return {PREFIX + old(name): tensor for name, tensor in weights.items()}


def load(folder, path, **options):
    return MllmConditioner(
        MllmConfig(model=str(folder), weights=str(path), dtype="float32", **options), WIDTH
    )


@pytest.mark.parametrize("naming", [dict, published_names])
def test_file_of_weights_in_either_naming(source, folder, weights, tmp_path, naming):
    save_file(naming(weights), tmp_path / "llm.safetensors")
    loaded = load(folder, tmp_path / "llm.safetensors")
    assert loaded.frozen_digest() == source.frozen_digest()
    video = torch.arange(4 * 3 * 56 * 56).reshape(4, 3, 56, 56).to(torch.uint8)
    noise = torch.randn(1, 8000, generator=torch.Generator().manual_seed(0))
    for prompt in (
        Prompt("a dog"),
        Prompt("a", video=video, video_fps=4.0),
        Prompt("a", audio=Waveform(0.1 * noise, 16000)),
    ):
        inputs = source.prepare(prompt)
        one, other = (m.encode_frozen([inputs])[0] for m in (source, loaded))
        torch.testing.assert_close(one, other)
    assert not loaded.thinker.model.training
    assert not any(p.requires_grad for p in loaded.thinker.model.parameters())


def test_precision_is_the_config_s(folder, weights, tmp_path):
    save_file(weights, tmp_path / "llm.safetensors")
    config = MllmConfig(model=str(folder), weights=str(tmp_path / "llm.safetensors"))
    loaded = MllmConditioner(config, WIDTH)
    assert {p.dtype for p in loaded.thinker.model.parameters()} == {torch.bfloat16}
    noise = torch.randn(1, 8000, generator=torch.Generator().manual_seed(0))
    prompt = Prompt("a", audio=Waveform(0.1 * noise, 16000))
    assert loaded.encode_frozen([loaded.prepare(prompt)])[0].isfinite().all()


def drop(weights):
    weights.pop("lm_head.weight")


def add(weights):
    weights["model.language_model.more"] = torch.zeros(2)


def reshape(weights):
    weights["model.language_model.norm.weight"] = torch.zeros(3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop, r"missing: lm_head\.weight"),
        (add, r"unexpected: model\.language_model\.more"),
        (reshape, r"other shapes: model\.language_model\.norm\.weight \(3,\) instead of"),
    ],
)
def test_other_tensors_are_named(folder, weights, tmp_path, change, message):
    change(weights)
    save_file(weights, tmp_path / "llm.safetensors")
    with pytest.raises(CheckpointError, match=message):
        load(folder, tmp_path / "llm.safetensors")


def test_missing_file_and_pickle(folder, weights, tmp_path):
    with pytest.raises(CheckpointError, match=r"there is no file .*no\.safetensors"):
        load(folder, tmp_path / "no.safetensors")
    torch.save(weights, tmp_path / "llm.bin")
    with pytest.raises(CheckpointError, match=r"llm\.bin is a pickle"):
        load(folder, tmp_path / "llm.bin")


def test_weights_need_a_model():
    with pytest.raises(ConfigError, match="'weights' without 'model'"):
        parse_config(
            MllmConfig, {"local": {"width": 32}, "weights": "x"}, where="Conditioner 'mllm'"
        )


def test_published_thinker_without_files(shared_dir):
    path = shared_dir / "spec" / "release-manifest.json"
    if not path.is_file():
        pytest.skip("needs the manifest of the published file in the shared folder")
    manifest = json.loads(path.read_text())
    prefix = manifest["llm_prefix"]
    with torch.device("meta"):
        mllm = MllmConditioner(MllmConfig(model=PUBLISHED), 768)
    state = mllm.thinker.model.state_dict()
    shapes = {name: list(tensor.shape) for name, tensor in state.items()}
    listed = {k: v["shape"] for k, v in manifest["tensors"].items() if k.startswith(prefix)}
    today = todays_names(list(listed), shapes)
    assert {today[name]: shape for name, shape in listed.items()} == shapes
    counts = manifest["summary"]["parameters_by_prefix"]
    parts = {"audio_tower": "model.audio_tower.", "visual": "model.visual.", "lm_head": "lm_head."}
    for part, start in parts.items():
        held = sum(t.numel() for name, t in state.items() if name.startswith(start))
        assert held == counts[f"{prefix}{part}."]
    assert sum(tensor.numel() for tensor in state.values()) == counts[prefix]


def test_other_models_on_the_meta_device_need_their_config(folder):
    with torch.device("meta"):
        mllm = MllmConditioner(MllmConfig(model=str(folder)), WIDTH)
        assert mllm.thinker.width == 32
        assert next(mllm.thinker.model.parameters()).is_meta
        with pytest.raises(ConfigError, match=r"'nobody/nothing' cannot be loaded"):
            MllmConditioner(MllmConfig(model="nobody/nothing"), WIDTH)
