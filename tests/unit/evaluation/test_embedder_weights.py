"""Published checkpoints: converted, found, refused; and what is said when there are none."""

import json

import numpy as np
import pytest
import torch
from audio_omni.core.cli.main import main
from audio_omni.core.errors import CheckpointError, ConfigError, UnknownNameError
from audio_omni.core.media.waveform import Waveform
from audio_omni.evaluation.embedders.cnn14 import Cnn14
from audio_omni.evaluation.embedders.cnn14_embedder import Cnn14At16k, Cnn14At32k
from audio_omni.evaluation.embedders.cnn14_front_end import FRONT_ENDS, stored_front_end
from audio_omni.evaluation.embedders.config import Cnn14Config, SpeakerConfig, VggishConfig
from audio_omni.evaluation.embedders.convert import convert_checkpoint
from audio_omni.evaluation.embedders.pickles import read_pickle
from audio_omni.evaluation.embedders.speaker import WavlmSpeaker
from audio_omni.evaluation.embedders.vggish import Vggish
from audio_omni.evaluation.embedders.vggish_embedder import VggishEmbedder
from audio_omni.evaluation.embedders.weights import FOLDER_VARIABLE, read_weights
from safetensors import safe_open
from safetensors.torch import load_file
from tiny_networks.folders import save_wavlm


def constant(shapes, value=0.01):
    """Weights of full size in a small pickle: one number each."""
    return {
        name: torch.full((), value + 0.01 * i).expand(s)
        for i, (name, s) in enumerate(shapes.items())
    }


def panns_file(path, rate="16k", **changes):
    model = {**constant(Cnn14.shapes()), **stored_front_end(FRONT_ENDS[rate])}
    model["bn0.num_batches_tracked"] = torch.tensor(7)
    sampler = {"indexes": [np.arange(3)], "queue": np.array([[1], None], dtype=object)}
    whole = {"iteration": 600000, "model": {**model, **changes}, "sampler": sampler}
    torch.save(whole, path)
    return path


@pytest.fixture
def no_folder(monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)


def command(capfd, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code or 0, capfd.readouterr()


def test_a_converted_file_is_found_in_the_folder(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "folder"))
    checkpoint = panns_file(tmp_path / "Cnn14_16k_mAP=0.438.pth")
    code, said = command(capfd, "metrics", "convert", checkpoint, "--json")
    assert code == 0, said.err
    report = json.loads(said.out)
    assert (report["network"], report["tensors"]) == ("cnn14_16k", len(Cnn14.shapes()))
    assert {"iteration", "sampler", "bn0.num_batches_tracked"} <= set(report["dropped"])
    with safe_open(report["output"], "pt") as file:
        assert file.metadata()["source"] == "Cnn14_16k_mAP=0.438.pth"
        assert len(file.metadata()["source_sha256"]) == 64
    embedder = Cnn14At16k(Cnn14Config(device="cpu"))
    assert embedder.weights == read_weights("cnn14_16k", None).digest
    assert not embedder.weights.startswith("random")
    (found,) = embedder.embed([embedder.prepare(Waveform(torch.zeros(2, 8000), 16000))])
    assert found["logits"].shape == (1, 527)
    facts = embedder.fingerprint()
    assert facts["weights"] == embedder.weights
    assert facts["options"] == {"loading": "plain", "cut_seconds": None, "dtype": "float32"}
    assert (facts["sample_rate_hz"], facts["mono"]) == (16000, "mean of channels")
    file_of_16k = tmp_path / "folder" / "cnn14_16k.safetensors"
    with pytest.raises(CheckpointError, match="holds the weights of 'cnn14_16k'; expected"):
        Cnn14At32k(Cnn14Config(weights=file_of_16k))


def test_vggish_with_its_components(tmp_path, no_folder):
    network, pca = tmp_path / "vggish.pth", tmp_path / "pca.pth"
    torch.save(constant(Vggish.shapes()), network)
    arrays = {"pca_eigen_vectors": np.eye(128, dtype="f4"), "pca_means": np.zeros(128, "f4")}
    torch.save(arrays, pca)
    out = tmp_path / "out.safetensors"
    done = convert_checkpoint(network, out, components=pca)
    assert (done.network, done.tensors, done.as_published) == ("vggish", 20, False)
    config = VggishConfig(weights=out, components=True, device="cpu")
    embedder = VggishEmbedder(config)
    (found,) = embedder.embed([embedder.prepare(Waveform(torch.zeros(1, 32000), 16000))])
    assert found["embedding"].shape == (2, 128)
    assert set(found["embedding"].unique().tolist()) <= set(range(256))


def test_a_folder_of_transformers_that_holds_a_pickle(tmp_path):
    save_wavlm(tmp_path)
    as_saved = WavlmSpeaker(SpeakerConfig(weights=str(tmp_path), device="cpu")).weights
    torch.save(load_file(tmp_path / "model.safetensors"), tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match=r"hf download microsoft/wavlm-base-plus-sv.*_model\.bin"):
        WavlmSpeaker(SpeakerConfig(weights=str(tmp_path)))
    done = convert_checkpoint(tmp_path / "pytorch_model.bin")
    assert (done.network, done.output) == ("transformers", tmp_path / "model.safetensors")
    again = WavlmSpeaker(SpeakerConfig(weights=str(tmp_path), device="cpu"))
    assert again.weights == as_saved


def test_what_does_not_fit_is_refused(tmp_path, no_folder):
    out = tmp_path / "out.safetensors"
    shape = {"fc1.weight": torch.zeros(2, 2)}
    with pytest.raises(CheckpointError, match=r"other shapes: fc1\.weight \(2, 2\) instead of"):
        convert_checkpoint(panns_file(tmp_path / "a.pth", **shape), out)
    with pytest.raises(CheckpointError, match=r"unexpected: fc2\.weight"):
        convert_checkpoint(panns_file(tmp_path / "b.pth", **{"fc2.weight": torch.ones(1)}), out)
    bare = {"model": constant(Cnn14.shapes())}
    torch.save(bare, tmp_path / "c.pth")
    with pytest.raises(CheckpointError, match=r"--network cnn14_16k or --network cnn14_32k"):
        convert_checkpoint(tmp_path / "c.pth", out)
    torch.save({"weight": torch.ones(1)}, tmp_path / "d.pth")
    with pytest.raises(CheckpointError, match=r"none of the known checkpoints: Cnn14_16k"):
        convert_checkpoint(tmp_path / "d.pth", out)
    with pytest.raises(UnknownNameError, match=r"Did you mean 'vggish'"):
        convert_checkpoint(tmp_path / "d.pth", out, network="vgish")
    with pytest.raises(ConfigError, match=r"AUDIO_OMNI_EMBEDDERS is not set"):
        convert_checkpoint(panns_file(tmp_path / "e.pth"))
    assert not out.exists()


def test_pickles_are_read_without_running_them(tmp_path):
    class Harm:
        def __reduce__(self):
            return (print, ("it ran",))

    torch.save({"model": {"a": torch.ones(1)}, "sampler": Harm()}, tmp_path / "harm.pth")
    with pytest.raises(CheckpointError, match=r"holds more than tensors and arrays \(\S*print\)"):
        read_pickle(tmp_path / "harm.pth")
    (tmp_path / "noise.pth").write_bytes(b"no pickle at all")
    with pytest.raises(CheckpointError, match="expected a PyTorch checkpoint"):
        read_pickle(tmp_path / "noise.pth")
    torch.save([1], tmp_path / "list.pth")
    with pytest.raises(CheckpointError, match="holds a list; expected a dictionary"):
        read_pickle(tmp_path / "list.pth")
    with pytest.raises(CheckpointError, match="There is no file"):
        read_pickle(tmp_path / "none.pth")


def test_missing_weights_say_what_to_do(tmp_path, monkeypatch, no_folder):
    steps = r"Fetch Cnn14_16k_mAP=0\.438\.pth \(Zenodo record 3987831.*metrics convert"
    with pytest.raises(ConfigError, match=r"neither option `weights` nor AUDIO_OMNI.*" + steps):
        Cnn14At16k()
    with pytest.raises(ConfigError, match=r"no file .*gone\.safetensors, which option.*" + steps):
        Cnn14At16k(Cnn14Config(weights=tmp_path / "gone.safetensors"))
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(ConfigError, match=r"has no vggish\.safetensors .*vggish-10086976\.pth"):
        VggishEmbedder()
    pickled = panns_file(tmp_path / "Cnn14_16k_mAP=0.438.pth")
    with pytest.raises(CheckpointError, match=r"is refused.* Here: `audio-omni metrics convert"):
        Cnn14At16k(Cnn14Config(weights=pickled))
    (tmp_path / "vggish.safetensors").write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=r"cannot be read .* again"):
        VggishEmbedder()


def test_unknown_hops_are_refused():
    with pytest.raises(ValueError, match=r"expected 0\.96, end to end, or 0\.5"):
        VggishConfig(hop_seconds=0.7)
