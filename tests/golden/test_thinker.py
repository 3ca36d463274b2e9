"""The penultimate hidden states of a tiny thinker; numbers from ../shared/goldens/thinker_tiny."""

import json

import pytest
import torch
from audio_omni.conditioners.mllm.thinker import Thinker, freeze
from safetensors.torch import load_file

TOLERANCE = 1e-5
# The goldens name weights as transformers 5.3 did: from the published prefix to today's module.
PREFIXES = {
    "audio_tower.": "model.audio_tower.",
    "visual.": "model.visual.",
    "model.": "model.language_model.",
    "lm_head.": "lm_head.",
}


@pytest.fixture(scope="module")
def golden(shared_dir):
    folder = shared_dir / "goldens"
    if not (folder / "thinker_tiny.safetensors").is_file():
        pytest.skip("needs goldens/thinker_tiny in the shared folder")
    from transformers import Qwen2_5OmniThinkerConfig, Qwen2_5OmniThinkerForConditionalGeneration

    settings = json.loads((folder / "thinker_tiny.json").read_text())
    tensors = load_file(folder / "thinker_tiny.safetensors")
    with torch.random.fork_rng(devices=[]):
        model = Qwen2_5OmniThinkerForConditionalGeneration(
            Qwen2_5OmniThinkerConfig(**settings["thinker_config"])
        )
    weights = {today(k): v for k, v in tensors.items() if k.startswith("w/")}
    missing = model.load_state_dict(weights, strict=False)
    assert missing.unexpected_keys == []
    assert [k for k in missing.missing_keys if "positional_embedding" not in k] == []
    return Thinker(freeze(model), None), tensors


def today(name):
    name = name.removeprefix("w/").split("thinker.", 1)[-1]
    old = next(prefix for prefix in PREFIXES if name.startswith(prefix))
    return PREFIXES[old] + name.removeprefix(old)


@pytest.mark.parametrize("case", ["text_left_padded", "audio", "video"])
def test_penultimate_state(golden, case):
    thinker, tensors = golden
    start = f"in/{case}/"
    inputs = {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
    states = thinker.hidden_states(inputs, -2)
    valid = inputs["attention_mask"].bool()
    expected = tensors[f"out/{case}/hidden_m2"]
    torch.testing.assert_close(states[valid], expected[valid], atol=TOLERANCE, rtol=0)
