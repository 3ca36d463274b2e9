"""Hidden states that are decorrelated before a small transformer reads them."""

import pytest
import torch
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.conditioners.mllm.config import MllmConfig, MllmWindowConfig
from audio_omni.conditioners.mllm.whitening import Whitening, normalised
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError
from audio_omni.core.payloads import Prompt

WIDTH = 16


@pytest.fixture
def states():
    """Prompts whose states lie along a few directions, beside a large common mean."""
    generator = torch.Generator().manual_seed(0)
    stretch = torch.logspace(0, -1, WIDTH)
    return [3 + stretch * torch.randn(n, WIDTH, generator=generator) for n in (300, 500, 700)]


def build(**options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MllmConditioner(MllmConfig(local={"width": 32}, **options), 24).eval()


def test_nothing_is_changed_before_it_is_measured(states):
    assert torch.equal(Whitening(WIDTH)(states[0]), normalised(states[0]))


def test_measured_states_are_alike_in_every_direction(states):
    whitening = Whitening(WIDTH)
    whitening.measure(states)
    tokens = torch.cat([whitening(own) for own in states])
    assert tokens.mean(dim=0).abs().max() < 1e-3
    variances = torch.linalg.eigvalsh(tokens.T.cov())
    before = torch.linalg.eigvalsh(normalised(torch.cat(states)).T.cov())
    assert variances.max() < 1.01
    assert variances.max() / variances[1] < 2 < before.max() / before[1]


def test_prompts_of_one_word_can_be_measured():
    whitening = Whitening(WIDTH)
    whitening.measure([torch.ones(1, WIDTH)])
    assert torch.isfinite(whitening(torch.ones(1, WIDTH))).all()


def test_only_who_asks_is_measured():
    assert build(whiten=True).calibrates
    plain = build()
    assert not plain.calibrates
    assert not [name for name, _ in plain.named_buffers() if "mixing" in name]


def test_a_measured_conditioner_reads_otherwise_and_keeps_it(tmp_path):
    mllm = build(whiten=True)
    prompts = [Prompt(text) for text in ("a dog barks", "rain falls on a roof", "a bell")]
    features = mllm.encode_frozen([mllm.prepare(prompt) for prompt in prompts])
    before = mllm(features).tokens
    mllm.calibrate(features)
    after = mllm(features).tokens
    assert not torch.allclose(before, after)
    again = build(whiten=True)
    again.load_state_dict(mllm.state_dict())
    assert torch.equal(again(features).tokens, after)
    absent = mllm([None, features[0]])
    assert torch.equal(absent.tokens[0, 0], mllm.null)


@pytest.mark.parametrize("source", ["query", "metaquery"])
def test_learned_tokens_are_not_whitened(source):
    with pytest.raises(ConfigError, match="got whiten, and features"):
        parse_config(MllmConfig, {"model": "x", "features": source, "whiten": True}, where="x")


def test_a_window_is_not_whitened():
    with pytest.raises(ConfigError, match="got whiten; a window is scaled"):
        parse_config(MllmWindowConfig, {"model": "x", "whiten": True}, where="x")
