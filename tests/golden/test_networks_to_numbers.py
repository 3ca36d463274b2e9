"""From waveforms to FAD, FD, KL and IS: networks and statistics together, against the goldens."""

import json

import pytest
import torch
from audio_omni.evaluation.embedders.vggish_front_end import log_mel_patches
from audio_omni.evaluation.goldens.networks import seeded_cnn14, seeded_vggish
from audio_omni.evaluation.statistics.cosine import cosine_similarity
from audio_omni.evaluation.statistics.divergence import kl_divergence
from audio_omni.evaluation.statistics.frechet import frechet_distance
from audio_omni.evaluation.statistics.gaussian import Gaussian
from audio_omni.evaluation.statistics.inception import inception_score
from safetensors.torch import load_file

SIDES = ("gen", "ref")


@pytest.fixture(scope="module")
def goldens(shared_dir):
    folder = shared_dir / "goldens"
    cases = json.loads((folder / "metrics.json").read_text())["cases"]
    return {case["id"]: case for case in cases}, load_file(folder / "metrics.safetensors")


@pytest.mark.slow
def test_fad(goldens):
    cases, tensors = goldens
    case = cases["suite/end_to_end"]
    network = seeded_vggish(case["inputs"]["weights_seed"], torch.float64)
    found = []
    for side in SIDES:
        patches = torch.cat([log_mel_patches(clip) for clip in tensors[f"suite/{side}"]])
        assert len(patches) == case["outputs"]["vggish_patches_per_set"]
        found.append(Gaussian.of(network(patches).numpy()))
    expected = case["outputs"]["fad_vggish (recommended, float64 network)"]
    assert frechet_distance(*found).value == pytest.approx(expected, rel=1e-6)


@pytest.mark.slow
def test_fd_kl_and_inception_score(goldens):
    cases, tensors = goldens
    case = cases["suite/end_to_end"]
    network = seeded_cnn14("16k", case["inputs"]["weights_seed"], torch.float64)
    made, wanted = (network(tensors[f"suite/{side}"]) for side in SIDES)
    outputs = case["outputs"]
    sets = (Gaussian.of(side.embedding.numpy()) for side in (made, wanted))
    fd = outputs["fd_panns (recommended, float64 network)"]
    assert frechet_distance(*sets).value == pytest.approx(fd, rel=1e-6)
    logits, of_reference = made.logits.numpy(), wanted.logits.numpy()
    kl = outputs["kl_panns_softmax (recommended, float64 network)"]
    assert kl_divergence(logits, of_reference).value == pytest.approx(kl, rel=1e-6)
    score = outputs["is_panns_2_splits_mean"]
    assert inception_score(logits, splits=2).value == pytest.approx(score, rel=1e-6)


def test_clap_score(goldens):
    cases, tensors = goldens
    case = cases["clap/similarity"]["outputs"]
    found = cosine_similarity(tensors["clap/text"].numpy(), tensors["clap/audio"].numpy())
    assert found.value == pytest.approx(case["recommended_mean"], rel=1e-10)
    per_pair = torch.from_numpy(found.per_pair)
    torch.testing.assert_close(per_pair, tensors["clap/per_pair"], atol=1e-12, rtol=0)
    zeros = cases["clap/zero_vector"]["outputs"]["torch_cosine (eps 1e-8) per pair"]
    found = cosine_similarity(tensors["clap/zero/text"].numpy(), tensors["clap/zero/audio"].numpy())
    assert found.per_pair.tolist() == pytest.approx(zeros, rel=1e-4, abs=1e-6)
