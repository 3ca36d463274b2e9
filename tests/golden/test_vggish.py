"""Against numbers of the PyTorch port of VGGish, with weights that the goldens' recipe draws."""

import json

import pytest
import torch
from audio_omni.core.errors import CheckpointError
from audio_omni.core.media.waveform import Waveform
from audio_omni.evaluation.embedders.loading import load
from audio_omni.evaluation.embedders.vggish import Principal, Vggish
from audio_omni.evaluation.embedders.vggish_front_end import (
    log_mel_patches,
    mel_filters,
    raised,
)
from audio_omni.evaluation.goldens.seeded_weights import seeded_weights
from safetensors.torch import load_file

SEED = 20360
AT_ITS_RATE = ("two_seconds_16k", "shortest_15600", "four_point_nine_16k", "silence_16k")
OTHER_RATE = "stereo_22050"


@pytest.fixture(scope="module")
def goldens(shared_dir):
    folder = shared_dir / "goldens"
    cases = json.loads((folder / "metrics.json").read_text())["cases"]
    return {case["id"]: case for case in cases}, load_file(folder / "metrics.safetensors")


@pytest.fixture(scope="module")
def weights(shared_dir):
    manifest = json.loads((shared_dir / "spec" / "vggish-manifest.json").read_text())
    shapes = {name: entry["shape"] for name, entry in manifest["state_dict"].items()}
    for entry in manifest["pca_state_dict"].values():
        shapes[entry["key_in_module"]] = entry["shape"]
    return seeded_weights(shapes, SEED)


def test_the_mel_matrix(goldens):
    expected = goldens[1]["vggish/mel_matrix"]
    torch.testing.assert_close(mel_filters(), expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("clip", AT_ITS_RATE)
def test_log_mel_patches(goldens, clip):
    _, tensors = goldens
    patches = log_mel_patches(tensors[f"vggish/{clip}/wave"])
    torch.testing.assert_close(patches, tensors[f"vggish/{clip}/logmel"], atol=1e-9, rtol=0)


def patches_of_other_rate(tensors):
    clip = Waveform(tensors[f"vggish/{OTHER_RATE}/wave"], 22050)
    return log_mel_patches(load(clip, 16000, loading="torchvggish").samples[0])


def test_a_clip_of_another_rate_as_the_port_resamples_it(goldens):
    _, tensors = goldens
    patches = patches_of_other_rate(tensors)
    torch.testing.assert_close(patches, tensors[f"vggish/{OTHER_RATE}/logmel"], atol=1e-4, rtol=0)


def test_counts_of_patches(goldens):
    case = goldens[0]["vggish/patch_counts"]
    for samples, count in case["outputs"]["patches"].items():
        assert len(log_mel_patches(torch.zeros(int(samples)))) == count


@pytest.mark.parametrize(
    ("samples", "count"), [(15999, 0), (16000, 1), (23999, 1), (24000, 2), (160000, 19)]
)
def test_a_patch_every_half_second_needs_a_whole_second(samples, count):
    clip = torch.randn(samples, generator=torch.Generator().manual_seed(1))
    patches = log_mel_patches(clip, half_second_hop=True)
    assert len(patches) == count
    if count > 1:
        torch.testing.assert_close(patches[1], log_mel_patches(clip[8000:])[0])


def test_google_raises_a_clip_by_20_db_at_most():
    loud, faint = torch.tensor([0.5, -0.9]), torch.tensor([0.01, -0.02])
    torch.testing.assert_close(raised(loud), torch.tensor([1.0, -1.8]))
    torch.testing.assert_close(raised(faint), torch.tensor([0.1, -0.2]))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_embeddings(goldens, weights, dtype):
    _, tensors = goldens
    network, principal = Vggish(weights, dtype=dtype), Principal(weights)
    exact = dtype is torch.float64
    near = {"atol": 1e-8, "rtol": 1e-8} if exact else {"atol": 2e-4, "rtol": 1e-4}
    for clip in AT_ITS_RATE:
        key = f"vggish/{clip}"
        embeddings = network(log_mel_patches(tensors[f"{key}/wave"]))
        torch.testing.assert_close(embeddings, tensors[f"{key}/emb{'64' if exact else ''}"], **near)
        relu = tensors[f"{key}/relu"].to(dtype)
        torch.testing.assert_close(embeddings.relu(), relu, atol=2e-4, rtol=1e-4)
        levels = tensors[f"{key}/pca"].to(dtype).reshape(embeddings.shape)
        torch.testing.assert_close(principal(embeddings), levels, atol=0, rtol=0)
    embeddings = network(patches_of_other_rate(tensors)).float()
    expected = tensors[f"vggish/{OTHER_RATE}/emb"]
    torch.testing.assert_close(embeddings, expected, atol=2e-4, rtol=1e-4)


@pytest.mark.slow
def test_other_weights_are_refused(weights):
    with pytest.raises(CheckpointError, match=r"missing: features\.0\.bias"):
        Vggish({name: t for name, t in weights.items() if name != "features.0.bias"})
    with pytest.raises(CheckpointError, match=r"expected .*pca_means.*together with"):
        Principal({name: t for name, t in weights.items() if "means" not in name})
