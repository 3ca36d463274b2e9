"""What is counted is what torch counts of a real forward and backward pass."""

import pytest
import torch
from audio_omni.core.conditioning import Conditioning
from audio_omni.core.models.config import DiTConfig
from audio_omni.core.models.dit import DiT
from audio_omni.core.models.flops import DiTShape, backward_flop, forward_flop
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

CHANNELS = 8
DIT = DiTConfig(width=48, depth=3, heads=3, condition_width=20, patch_frames=2)
SHAPES = {
    "all streams": DiTShape(frames=24, context=9, prefix=5, aligned=7),
    "context": DiTShape(frames=24, context=9),
    "prefix": DiTShape(frames=24, context=30, prefix=11),
    "nothing": DiTShape(frames=24),
}


def counted(shape, *, weights=True):
    """Return operations of a forward and of a backward pass of one example."""
    model = DiT(DIT, CHANNELS).requires_grad_(weights)

    def condition(count):
        tokens = torch.randn(1, int(count), DIT.condition_width, requires_grad=True)
        return (tokens, torch.ones(1, int(count), dtype=torch.bool)) if count else (None, None)

    given = [*condition(shape.context), *condition(shape.prefix), *condition(shape.aligned)]
    x, t = torch.randn(1, CHANNELS, int(shape.frames)), torch.rand(1)
    with sdpa_kernel(SDPBackend.MATH):  # the CPU's fused kernel is not among those that are counted
        with FlopCounterMode(display=False) as forward:
            loss = model(x, t, Conditioning(*given)).square().sum()
        with FlopCounterMode(display=False) as backward:
            loss.backward()
    return forward.get_total_flops(), backward.get_total_flops()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_forward_and_backward_are_exact(shape):
    forward, backward = counted(shape)
    assert forward_flop(DIT, CHANNELS, shape) == forward
    assert backward_flop(DIT, CHANNELS, shape) == backward


@pytest.mark.parametrize("name", ["all streams", "context", "prefix"])
def test_frozen_weights_spare_a_third(name):
    """What the time and the context alone decide needs no gradient then, which is left aside."""
    shape = SHAPES[name]
    forward, found = counted(shape, weights=False)
    counts = backward_flop(DIT, CHANNELS, shape, weights=False)
    assert counts == pytest.approx(found, rel=0.15)
    assert counts < forward
