"""`check` of a local network looks at descriptions and headers; no weight is read."""

import json

import pytest
import torch
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.conditioners.mllm.config import MllmConfig
from audio_omni.core.errors import CheckpointError, ConfigError
from audio_omni.plugins.audioedit.providers.clap import ClapConfig, ClapScorer
from audio_omni.plugins.audioedit.providers.contract import Place
from audio_omni.plugins.audioedit.providers.editor_diffusers import (
    DiffusersEditor,
    DiffusersEditorConfig,
)
from audio_omni.plugins.audioedit.providers.mllm.config import MllmStyleWordsConfig
from audio_omni.plugins.audioedit.providers.mllm.style_words import MllmStyleWords
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from audio_omni.plugins.manager import build_plugin_manager
from safetensors.torch import save_file
from tiny_networks.folders import save_clap

BYTES = 64 * 2**30


def hollow(path):
    """Put a file of weights there that says 64 GiB and holds a hole of as much: who reads, ends."""
    tensor = {"dtype": "U8", "shape": [BYTES], "data_offsets": [0, BYTES]}
    header = json.dumps({"weight": tensor}).encode()
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + BYTES)


def cut_off(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)


@pytest.fixture
def clap(tmp_path):
    folder = save_clap(tmp_path / "clap")
    hollow(folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def small():
    return MllmConditioner(MllmConfig(local={"width": 32}), 24).thinker


@pytest.fixture
def thinker(small, tmp_path):
    folder = tmp_path / "thinker"
    small.model.config.save_pretrained(folder)
    small.processor.save_pretrained(folder)
    hollow(folder / "model.safetensors")
    return folder


@pytest.fixture
def pipeline(tmp_path):
    pytest.importorskip("diffusers", reason="needs diffusers: pip install 'audio-omni[diffusers]'")
    folder = tmp_path / "audioldm2"
    parts = {"unet": "config.json", "scheduler": "scheduler_config.json"}
    for part, description in parts.items():
        (folder / part).mkdir(parents=True)
        (folder / part / description).write_text("{}")
    index = {"_class_name": "AudioLDM2Pipeline", **{part: ["diffusers", "X"] for part in parts}}
    (folder / "model_index.json").write_text(json.dumps(index))
    hollow(folder / "unet" / "diffusion_pytorch_model.safetensors")
    return folder


def scorer_of(folder):
    return ClapScorer(ClapConfig(model=str(folder)))


def writer_of(tmp_path, **model):
    provider = MllmStyleWords(MllmStyleWordsConfig(model=model))
    provider.bind(Place(tmp_path, build_plugin_manager(entry_points=False)))
    return provider


def editor_of(folder):
    return DiffusersEditor(DiffusersEditorConfig(bandwidth="reject", model=str(folder)))


def test_a_scorer_is_checked_without_its_weights(clap):
    scorer = scorer_of(clap)
    scorer.check()
    assert "_parts" not in vars(scorer)
    cut_off(clap / "model.safetensors")
    with pytest.raises(ConfigError, match=r"model\.safetensors is no whole safetensors file"):
        scorer.check()
    (clap / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match=r"no.* file named model\.safetensors.*hf download"):
        scorer.check()


def test_a_language_model_is_checked_without_its_weights(thinker, tmp_path):
    writer = writer_of(tmp_path, model=str(thinker))
    writer.check()
    assert "model" not in vars(writer)
    cut_off(thinker / "model.safetensors")
    with pytest.raises(ConfigError, match=r"model\.safetensors is no whole safetensors file"):
        writer.check()


def test_weights_in_several_files_are_all_checked(thinker, tmp_path):
    (thinker / "model.safetensors").rename(thinker / "one.safetensors")
    index = {"weight_map": {"weight": "one.safetensors", "other": "two.safetensors"}}
    (thinker / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ConfigError, match=r"two\.safetensors"):
        writer_of(tmp_path, model=str(thinker)).check()
    hollow(thinker / "two.safetensors")
    writer_of(tmp_path, model=str(thinker)).check()


def test_what_prepares_a_language_models_inputs_is_checked(thinker, tmp_path):
    (thinker / "preprocessor_config.json").unlink(missing_ok=True)
    for path in thinker.glob("*process*.json"):
        path.unlink()
    with pytest.raises(ConfigError, match="hf download"):
        writer_of(tmp_path, model=str(thinker)).check()


def test_a_file_of_other_sizes_is_told_by_its_header(small, thinker, tmp_path):
    weights = {name: tensor.clone() for name, tensor in small.model.state_dict().items()}
    path = tmp_path / "llm.safetensors"
    save_file(weights, path)
    (thinker / "model.safetensors").unlink()  # its own weights are not needed then
    writer_of(tmp_path, model=str(thinker), weights=str(path)).check()
    weights["model.language_model.norm.weight"] = torch.zeros(3)
    save_file(weights, path)
    with pytest.raises(CheckpointError, match=r"norm\.weight \(3,\) instead of \(32,\)"):
        writer_of(tmp_path, model=str(thinker), weights=str(path)).check()


def test_trained_weights_of_a_local_model_are_told_by_their_header(small, tmp_path):
    path = tmp_path / "thinker.safetensors"
    local = {"width": 32, "weights": str(path)}
    with pytest.raises(CheckpointError, match=r"there is nothing at .*thinker\.safetensors"):
        writer_of(tmp_path, local=local).check()
    save_file({"one": torch.zeros(3)}, path)
    with pytest.raises(CheckpointError, match="Give the sizes under `local`"):
        writer_of(tmp_path, local=local).check()


def test_an_editor_is_checked_without_its_weights(pipeline):
    editor_of(pipeline).check()
    cut_off(pipeline / "unet" / "diffusion_pytorch_model.safetensors")
    with pytest.raises(ConfigError, match=r"is no whole safetensors file"):
        editor_of(pipeline).check()
    (pipeline / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(ConfigError, match=r"audioldm2/unet has no \*\.safetensors"):
        editor_of(pipeline).check()


def test_a_part_of_an_editor_that_is_missing_is_named(pipeline):
    (pipeline / "scheduler" / "scheduler_config.json").unlink()
    (pipeline / "scheduler").rmdir()
    with pytest.raises(ConfigError, match="lacks its part scheduler"):
        editor_of(pipeline).check()


@pytest.mark.skipif(torch.cuda.is_available(), reason="the device is there")
def test_a_device_that_is_not_there_is_told_before_work(clap, thinker, pipeline, tmp_path):
    on_gpu = {"device": "cuda"}
    writer = writer_of(tmp_path, model=str(thinker))
    providers = [
        ClapScorer(ClapConfig(model=str(clap), **on_gpu)),
        DiffusersEditor(DiffusersEditorConfig(bandwidth="reject", model=str(pipeline), **on_gpu)),
        MllmStyleWords(writer.options.model_copy(update=on_gpu)),
    ]
    for provider in providers:
        provider.bind(writer.place)
        with pytest.raises(ConfigError, match="Device 'cuda' cannot be used here"):
            provider.check()


def test_what_a_check_cannot_see_ends_the_run(clap):
    scorer = scorer_of(clap)
    scorer.check()
    (clap / "model.safetensors").unlink()
    with pytest.raises(StopRun, match="hf download"):
        scorer.embed_text(["rain"])
