import json
import os
import shutil

import pytest
import torch
from audio_omni.core.errors import CheckpointError, ConfigError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.training.restore import restore_model
from audio_omni.plugins.release.assets import find_assets
from audio_omni.plugins.release.exporting import export_release
from audio_omni.plugins.release.importing import import_release
from audio_omni.plugins.release.layout import PREFIXES, THINKER_PREFIX, component_of
from audio_omni.plugins.release.published_files import find_published_files
from audio_omni.plugins.release.quirks import QUIRKS, value_of
from safetensors.torch import load_file


def run_import(published, output, host, folder=None, **options):
    files = find_published_files(folder or published.folder)
    assets = find_assets(published.assets)
    return import_release(files, output, host, assets, llm=str(published.llm), **options)


@pytest.fixture(scope="module")
def imported(published, host, tmp_path_factory):
    output = tmp_path_factory.mktemp("models") / "release"
    run_import(published, output, host)
    return output


@pytest.fixture
def copy(published, tmp_path):
    """The published files, to spoil."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in published.folder.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    return folder


def spoil(folder, change):
    tensors = torch.load(folder / "model.ckpt", weights_only=True)["state_dict"]
    change(tensors)
    torch.save({"state_dict": tensors}, folder / "model.ckpt")


def test_every_tensor_arrives_as_it_was(imported, published):
    seen = set()
    for component, prefix in PREFIXES.items():
        for name, tensor in load_file(imported / f"{component}.safetensors").items():
            assert component_of(prefix + name) == (component, name)
            assert tensor.dtype == published.tensors[prefix + name].dtype
            assert torch.equal(tensor, published.tensors[prefix + name])
            seen.add(prefix + name)
    assert seen == set(published.tensors)
    sync = load_file(imported / "synchformer.safetensors")
    assert {f"vfeat_extractor.{name}" for name in sync} == set(published.synchformer)


def test_the_model_generates_and_states_licence_and_source(imported, host, caplog):
    pipeline = restore_model(imported, host)
    assert "research only" in caplog.text
    (result,) = pipeline.run(
        "T2A",
        [{"prompt": "a dog", "seconds": 1.0}],
        seeds=[3],
        sampling=pipeline.sampling.model_copy(update={"steps": 2}),
    )
    assert result.samples.shape == (2, 8000)
    assert "research only" in result.provenance["licence"]
    assert "model.ckpt" in result.provenance["source"]
    assert len(result.provenance["checkpoint_sha256"]) == 64


def test_the_wording_is_that_of_the_users_copy(imported, host):
    pipeline = restore_model(imported, host)
    (made,) = pipeline.examples("text_to_audio", [{"prompt": " a dog."}])
    prompt = made.payloads["prompt"]
    assert (prompt.system, prompt.text) == ("You make sounds.", " a dog..")
    source = Waveform(torch.zeros(1, 8000), 8000)
    (edit,) = pipeline.examples("remove", [{"source_audio": source, "description": "wind"}])
    assert edit.payloads["prompt"].text == "Remove wind"


def test_the_resolved_config_says_every_quirk(published, host, tmp_path, imported):
    run_import(published, tmp_path / "corrected", host, defects=False)
    corrected = restore_model(tmp_path / "corrected", host).model.config.model_dump()
    faithful = restore_model(imported, host).model.config.model_dump()
    for quirk in QUIRKS:
        if not quirk.option.startswith("model."):
            continue
        ours, published_value = quirk.ours, quirk.published
        same = [value_of(quirk, {"model": config}) for config in (faithful, corrected)]
        wanted = [published_value, ours if quirk.defect else published_value]
        assert [tuple(v) if isinstance(v, list) else v for v in same] == wanted, quirk.name


@pytest.mark.parametrize("format_", ["ckpt", "safetensors"])
def test_exported_again_it_is_the_published_checkpoint(imported, published, tmp_path, format_):
    export_release(imported, tmp_path / "again", format_=format_)
    files = find_published_files(tmp_path / "again")
    assert json.loads(files.config_path.read_text()) == json.loads(published.config.read_text())
    tensors = {name: stored.read() for name, stored in files.tensors().items()}
    assert tensors.keys() == published.tensors.keys()
    assert all(torch.equal(tensors[name], t) for name, t in published.tensors.items())
    if format_ == "ckpt":
        plain = torch.load(files.checkpoint, weights_only=True)["state_dict"]
        assert all(torch.equal(plain[name], t) for name, t in published.tensors.items())
        sync = torch.load(files.synchformer, weights_only=True)
        assert sync.keys() == published.synchformer.keys()


def test_missing_unexpected_and_misshapen_keys_are_all_listed(published, copy, host, tmp_path):
    def change(tensors):
        del tensors["model.model.transformer.project_in.weight"]
        del tensors["pretransform.model.decoder.layers.0.bias"]
        tensors["model.model.surprise"] = torch.zeros(1)
        tensors["something.else"] = torch.zeros(1)
        tensors["conditioner.conditioners.sync_feature.norm.bias"] = torch.zeros(7)

    spoil(copy, change)
    with pytest.raises(CheckpointError) as raised:
        run_import(published, tmp_path / "out", host, copy)
    message = str(raised.value)
    for part in (
        "2 missing: model.model.transformer.project_in.weight, pretransform",
        "2 unexpected: model.model.surprise, something.else",
        "conditioner.conditioners.sync_feature.norm.bias (7,) instead of (64,)",
    ):
        assert part in message
    assert not (tmp_path / "out").exists()
    assert list(tmp_path.glob(".partial*")) == []


def test_a_checkpoint_without_the_language_model(published, copy, host, tmp_path):
    spoil(copy, lambda tensors: [tensors.pop(k) for k in [*tensors] if THINKER_PREFIX in k])
    with pytest.raises(CheckpointError, match=r"holds no language model.*--no-llm-weights"):
        run_import(published, tmp_path / "out", host, copy)
    run_import(published, tmp_path / "out", host, copy, keep_llm=False)
    assert not (tmp_path / "out" / "thinker.safetensors").exists()
    thinker = restore_model(tmp_path / "out", host).model.conditioners["omni_prompt"].thinker
    assert thinker.width == 32


def test_a_language_model_of_other_sizes(published, copy, host, tmp_path):
    spoil(copy, lambda tensors: tensors.update({THINKER_PREFIX + "lm_head.weight": torch.ones(3)}))
    with pytest.raises(CheckpointError, match=r"thinker.lm_head.weight \(3,\) instead of"):
        run_import(published, tmp_path / "out", host, copy)


class Evil:
    def __reduce__(self):
        return os.system, ("touch was_here",)


def test_a_pickle_that_asks_for_code_is_refused(published, copy, host, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": {"a": Evil()}}, copy / "model.ckpt")
    with pytest.raises(CheckpointError, match=r"is refused: loading it would run code.*system"):
        run_import(published, tmp_path / "out", host, copy)
    assert not (tmp_path / "was_here").exists()


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.999])
def test_a_truncated_checkpoint(published, copy, host, tmp_path, kept):
    data = (copy / "model.ckpt").read_bytes()
    size = int(kept * len(data)) if isinstance(kept, float) else kept
    (copy / "model.ckpt").write_bytes(data[:size])
    with pytest.raises(CheckpointError, match="truncated"):
        run_import(published, tmp_path / "out", host, copy)


def test_a_truncated_safetensors_checkpoint(imported, published, copy, host, tmp_path):
    export_release(imported, tmp_path / "again", format_="safetensors")
    data = (tmp_path / "again" / "model.safetensors").read_bytes()
    (tmp_path / "again" / "model.safetensors").write_bytes(data[:-10])
    with pytest.raises(CheckpointError, match="truncated"):
        run_import(published, tmp_path / "out", host, tmp_path / "again")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "autoencoder"}, "of type 'autoencoder'; expected 'diffusion_cond'"),
        ({"model_type": None}, "of type None"),
        ({"sample_size": 0}, "sample_size"),
        ({"model": {}}, "field 'model.pretransform' is required"),
    ],
)
def test_a_config_of_another_model(published, copy, host, tmp_path, change, message):
    values = json.loads(published.config.read_text()) | change
    (copy / "Audio-Omni.json").write_text(json.dumps(values))
    with pytest.raises(ConfigError, match=message):
        run_import(published, tmp_path / "out", host, copy)


def test_a_config_of_other_sizes(published, copy, host, tmp_path):
    text = published.config.read_text().replace('"embed_dim": 64', '"embed_dim": 128')
    (copy / "Audio-Omni.json").write_text(text)
    with pytest.raises(
        CheckpointError, match=r"of another shape: model\.model\..* instead of \(.*128"
    ):
        run_import(published, tmp_path / "out", host, copy)


def test_an_empty_or_wrong_folder(published, host, tmp_path):
    with pytest.raises(CheckpointError, match=r"has no Audio-Omni.json.*it holds nothing"):
        find_published_files(tmp_path)
    with pytest.raises(CheckpointError, match="is not a folder"):
        find_published_files(tmp_path / "absent")
    with pytest.raises(CheckpointError, match="exists already"):
        run_import(published, published.folder, host)


def test_a_vocabulary_of_another_length(published, host, tmp_path):
    run_import(published, tmp_path / "out", host)
    vocabulary = tmp_path / "out" / "vocab.txt"
    vocabulary.write_text(vocabulary.read_text() + "more\n")
    pipeline = restore_model(tmp_path / "out", host)
    with pytest.raises(ConfigError, match=r"vocab\.txt.* \d+ .* \d+"):
        pipeline.run("TTS", [{"transcript": "hello"}])


def test_without_synchformer_only_video_is_lacking(published, copy, host, tmp_path):
    (copy / "synchformer_state_dict.pth").unlink()
    done = run_import(published, tmp_path / "out", host, copy)
    assert "no synchformer_state_dict.pth" in done.notes[0]
    restore_model(tmp_path / "out", host)
