import math

import pytest
import torch
from audio_omni.conditioners.transcript.encoder import (
    GlobalResponseNorm,
    TextEncoder,
    position_table,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

ENTRIES, WIDTH = 20, 8


def encoder(positions):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        built = TextEncoder(ENTRIES, WIDTH, 3, positions).double()
        for parameter in built.parameters():
            torch.nn.init.normal_(parameter, std=0.5)  # also what starts at zero
    return built


@settings(deadline=None, max_examples=40)
@given(
    positions=st.integers(1, 40),
    lengths=st.lists(st.integers(0, 40), min_size=1, max_size=3),
)
@torch.no_grad()
def test_fillers_count_as_if_each_was_computed(positions, lengths):
    lengths = [min(length, positions) for length in lengths]
    ids = torch.arange(positions)[None] * torch.ones(len(lengths), 1, dtype=torch.int64)
    ids = (ids % ENTRIES + 1) * (ids < torch.tensor(lengths)[:, None])
    network = encoder(positions)
    short = network(ids[:, : max(lengths)])
    assert short.shape[1] == min(max(lengths) + 4, positions)
    full = F.pad(short, (0, 0, 0, positions - short.shape[1]))
    torch.testing.assert_close(full, network(ids), atol=1e-9, rtol=0)


@torch.no_grad()
def test_fillers_are_zero_and_matter():
    ids = torch.tensor([[3, 4, 5]])
    text = encoder(10)(ids)
    assert not text[:, 3:].any()
    assert text[:, :3].all()
    assert (text[:, :3] - encoder(30)(ids)[:, :3]).abs().max() > 1e-3


@torch.no_grad()
def test_response_norm():
    norm = GlobalResponseNorm(2)
    x = torch.tensor([[[3.0, 0.0], [4.0, 1.0]]])
    torch.testing.assert_close(norm(x, torch.ones(2, 1)), x)
    norm.gamma.fill_(2.0)
    norm.beta.fill_(0.5)
    wanted = 2 * x * torch.tensor([5 / 3, 1 / 3]) + 0.5 + x
    torch.testing.assert_close(norm(x, torch.ones(2, 1)), wanted)
    repeated = torch.cat([x, x[:, 1:], x[:, 1:]], dim=1)
    torch.testing.assert_close(
        norm(x, torch.tensor([[1.0], [3.0]])), norm(repeated, torch.ones(4, 1))[:, :2]
    )


def test_response_norm_of_silent_channels_has_a_gradient():
    norm = GlobalResponseNorm(4)
    x = torch.zeros(1, 3, 4, requires_grad=True)
    norm(x, torch.ones(3, 1)).sum().backward()
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("position", [0, 1, 2583])
def test_positions_are_cosines_then_sines(position):
    table = position_table(2584, 8)
    angles = [position * 10000 ** (-2 * i / 8) for i in range(4)]
    wanted = [math.cos(a) for a in angles] + [math.sin(a) for a in angles]
    torch.testing.assert_close(table[position], torch.tensor(wanted), atol=2e-4, rtol=0)
