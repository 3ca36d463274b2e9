"""Against numbers of the published PANNs code; weights by the recipe of the goldens."""

import json

import pytest
import torch
from audio_omni.core.errors import CheckpointError, MediaError
from audio_omni.evaluation.embedders.cnn14 import Cnn14
from audio_omni.evaluation.embedders.cnn14_front_end import (
    FRONT_ENDS,
    fourier_matrices,
    slaney_filters,
    stored_front_end,
)
from audio_omni.evaluation.goldens.seeded_weights import seeded_weights
from safetensors.torch import load_file

SEED = 20360
CLIPS = {
    "16k": ("two_seconds", "short_0p5s", "batch_of_two_1p2s", "digital_silence_0p6s"),
    "32k": ("one_and_half_seconds",),
}
NAMED = [(rate, clip) for rate, clips in CLIPS.items() for clip in clips]


@pytest.fixture(scope="module")
def goldens(shared_dir):
    folder = shared_dir / "goldens"
    cases = json.loads((folder / "metrics.json").read_text())["cases"]
    return {case["id"]: case for case in cases}, load_file(folder / "metrics.safetensors")


@pytest.fixture(scope="module", params=CLIPS)
def drawn(request, shared_dir):
    """A rate, and weights for its network."""
    manifest = json.loads((shared_dir / "spec" / "panns-manifest.json").read_text())
    entries = manifest["variants"][f"cnn14_{request.param}"]["state_dict"]
    return request.param, seeded_weights({n: e["shape"] for n, e in entries.items()}, SEED)


@pytest.mark.parametrize("rate", FRONT_ENDS)
def test_the_front_end_is_that_of_the_checkpoint(goldens, rate):
    cases, tensors = goldens
    real, imaginary = fourier_matrices(FRONT_ENDS[rate].window)
    mel = slaney_filters(FRONT_ENDS[rate])
    case = cases[f"panns{rate}/front_end_weights"]["outputs"]
    close = {"atol": 1e-6, "rtol": 0, "check_dtype": False}
    torch.testing.assert_close(mel, tensors[f"panns{rate}/melW"], **close)
    torch.testing.assert_close(real[7], tensors[f"panns{rate}/conv_real_row7"], **close)
    torch.testing.assert_close(imaginary[7], tensors[f"panns{rate}/conv_imag_row7"], **close)
    assert (mel > 0).sum(0).tolist() == case["melW_nonzero_per_band"]
    for part, name in ((real, "real"), (imaginary, "imag")):
        assert float(part.double().abs().sum()) == pytest.approx(case[f"conv_{name}_abs_sum"])


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_embedding_and_logits(goldens, drawn, dtype):
    cases, tensors = goldens
    rate, weights = drawn
    network = Cnn14(rate, weights, dtype=dtype)
    exact = dtype is torch.float64
    near = {"atol": 1e-8, "rtol": 1e-8} if exact else {"atol": 2e-4, "rtol": 1e-4}
    for clip in CLIPS[rate]:
        key = f"panns{rate}/{clip}"
        waveforms = tensors[f"{key}/wave"].reshape(-1, tensors[f"{key}/wave"].shape[-1])
        tagged = network(waveforms)
        suffix = "64" if exact else ""
        torch.testing.assert_close(tagged.embedding, tensors[f"{key}/emb{suffix}"], **near)
        torch.testing.assert_close(tagged.logits, tensors[f"{key}/logits{suffix}"], **near)
        log_mel = network.log_mel(waveforms.to(dtype)).float()
        assert log_mel.shape[1] == cases[key]["outputs"]["frames"]
        torch.testing.assert_close(log_mel, tensors[f"{key}/logmel"], atol=0.002, rtol=0)


@pytest.mark.slow
def test_lengths_checkpoints_and_batches(goldens, drawn):
    """In one test, since weights take seconds to draw."""
    cases, _ = goldens
    rate, weights = drawn
    front_end = FRONT_ENDS[rate]
    network = Cnn14(rate, {**weights, **stored_front_end(front_end)})
    for samples, outcome in cases["panns16k/length_limits"]["outputs"]["forward"].items():
        clip = torch.zeros(1, int(samples) * front_end.hop // 160)
        if outcome == "ok":
            assert network(clip).logits.shape == (1, 527)
        else:
            with pytest.raises(MediaError, match=r"CNN14 got clips of \d+ samples; expected at"):
                network(clip)
    clips = 0.1 * torch.randn(8, 16000, generator=torch.Generator().manual_seed(0))
    together = network(clips)
    alone = [network(clip[None]) for clip in clips]
    near = {"atol": 2e-5, "rtol": 0}
    torch.testing.assert_close(together.logits, torch.cat([t.logits for t in alone]), **near)
    torch.testing.assert_close(together.embedding, torch.cat([t.embedding for t in alone]), **near)
    other = "32k" if rate == "16k" else "16k"
    with pytest.raises(CheckpointError, match=r"is no matrix of a CNN14 for \d+ Hz"):
        Cnn14(other, {**weights, **stored_front_end(front_end)})
    bent = {**stored_front_end(front_end)}
    bent["logmel_extractor.melW"] = bent["logmel_extractor.melW"] * 1.01
    with pytest.raises(CheckpointError, match=r"melW' is up to .* off the formula"):
        Cnn14(rate, {**weights, **bent})
    with pytest.raises(CheckpointError, match=r"missing: fc1\.bias"):
        Cnn14(rate, {n: t for n, t in weights.items() if n != "fc1.bias"})
