"""From hidden states to 2048 tokens, against numbers of the released implementation."""

import json

import pytest
import torch
from audio_omni.conditioners.mllm.window_tokens import (
    padded_window,
    precomputed_features,
    project_window,
    real_states,
    window_features,
)
from safetensors.torch import load_file

TOLERANCE = 2e-5
PREFIX = "w/conditioner.conditioners.omni_prompt.proj_features."


@pytest.fixture(scope="module")
def golden(shared_dir):
    folder = shared_dir / "goldens"
    if not (folder / "omni_tiny.safetensors").is_file():
        pytest.skip("needs omni_tiny in the shared goldens")
    settings = json.loads((folder / "omni_tiny.json").read_text())
    tensors = load_file(folder / "omni_tiny.safetensors")
    project = torch.nn.Linear(settings["hidden"], settings["out_dim"])
    project.load_state_dict(
        {k.removeprefix(PREFIX): v for k, v in tensors.items() if k.startswith(PREFIX)}
    )
    return settings["pad_length"], tensors, project


def features(case, states, mask, length):
    if case == "precomputed":
        return [precomputed_features(item, length) for item in states]
    if case == "precomputed_real":
        return [precomputed_features(item[None], length) for item in real_states(states, mask)]
    if case == "bf16_states":
        states = states.bfloat16()
    if case == "no_mask":
        states, mask = states[:, : length - 1], None
    if case == "mask_short":
        mask = mask[:, :-2]
    if case == "mask_long":
        mask = torch.nn.functional.pad(mask, (0, 3), value=1)
    return [window_features(item, length) for item in real_states(states, mask)]


@pytest.mark.parametrize(
    "case",
    [
        "fp32_states",
        "bf16_states",
        "mask_short",
        "mask_long",
        "no_mask",
        "precomputed",
        "precomputed_real",
    ],
)
def test_case(golden, case):
    length, tensors, project = golden
    states, mask = tensors["in/common/hidden_states"], tensors["in/common/attention_mask"]
    condition = project_window(project, features(case, states, mask, length))
    padded = padded_window(project, condition, length)
    wanted = tensors[f"out/{case}/embed"]
    assert padded.tokens.shape == wanted.shape
    assert (padded.tokens - wanted).abs().max() / wanted.abs().max() < TOLERANCE
    assert torch.equal(padded.mask, tensors[f"out/{case}/mask"])


def test_rounding_can_be_told_from_none(golden):
    length, tensors, project = golden
    states = real_states(tensors["in/common/hidden_states"], tensors["in/common/attention_mask"])
    exact = project_window(project, [window_features(item, length, "none") for item in states])
    wanted = tensors["out/fp32_states/embed"]
    error = (exact.tokens - wanted)[exact.mask].abs().max() / wanted.abs().max()
    assert TOLERANCE < error < 0.05
