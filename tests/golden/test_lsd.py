"""Against numbers computed once, in float64, by the definition and by a peer's formula."""

import json

import pytest
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.metrics.config import LsdConfig
from audio_omni.evaluation.metrics.lsd import Lsd
from safetensors.torch import load_file

CASES = (
    "noisy_16k",
    "scaled_16k",
    "unrelated_44k",
    "silence_in_target_16k",
    "identical_16k",
    "lowpassed_48k",
)
VARIANTS = {
    "recommended lsd.v1 (floor -100 dBFS, log10)": {},
    "lsd.v1 floor -80 dBFS": {"floor_dbfs": -80.0},
    "lsd.v1 floor -120 dBFS": {"floor_dbfs": -120.0},
    "lsd.v1 natural log": {"unit": "natural"},
    "lsd.v1 decibel": {"unit": "decibel"},
}
PEERS = {
    "ssr_eval (": "ssr_eval",
    "audiosr_demo_formula": "audiosr",
    "urgent2024": "urgent2024",
    "audioldm_eval_wrapper": "audioldm_eval",
}


@pytest.fixture(scope="module")
def goldens(shared_dir):
    folder = shared_dir / "goldens"
    cases = json.loads((folder / "metrics.json").read_text())["cases"]
    return {case["id"]: case for case in cases}, load_file(folder / "metrics.safetensors")


def case_and_clip(goldens, name):
    cases, tensors = goldens
    case = cases[f"lsd/{name}"]
    rate = case["inputs"]["sample_rate"]
    clip = Measured(
        generated=Waveform(tensors[f"lsd/{name}/est"][None], rate),
        reference=Waveform(tensors[f"lsd/{name}/tgt"][None], rate),
    )
    return case, clip


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", CASES)
def test_matches_the_golden_value(goldens, name, variant):
    case, clip = case_and_clip(goldens, name)
    # the goldens were taken at each pair's own rate
    metric = Lsd(LsdConfig(sample_rate_hz=None, **VARIANTS[variant]))
    expected = case["outputs"][variant]
    tolerance = case["tolerance"]["recommended"]
    assert metric.score(clip) == pytest.approx(
        expected, rel=tolerance["rtol"], abs=tolerance["atol"]
    )


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("name", CASES)
def test_matches_what_the_fields_tools_give(goldens, name, peer):
    case, clip = case_and_clip(goldens, name)
    expected = [value for key, value in case["outputs"].items() if key.startswith(peer)]
    if not expected:
        pytest.skip(f"the tool was not run on {name}")
    metric = Lsd(LsdConfig(sample_rate_hz=None, definition=PEERS[peer]))
    tolerance = case["tolerance"]["peers"]
    assert metric.score(clip) == pytest.approx(
        expected[0], rel=tolerance["rtol"], abs=tolerance["atol"]
    )
