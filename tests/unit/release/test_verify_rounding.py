"""The reciprocal root of torch's bfloat16 kernel, told by the place of a number in memory."""

import pytest
import torch
from audio_omni.plugins.release.goldens.omni import KERNEL_VALUES, kernel_root


def values(count):
    drawn = torch.rand(count, generator=torch.Generator().manual_seed(count)) + 0.5
    return drawn.bfloat16().float()


@pytest.mark.parametrize("count", [20, 60, 64, 185, 2048])
def test_it_is_that_of_the_kernel(count):
    if not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        pytest.skip("needs the vectors with which the goldens were made, AVX2")
    numbers = values(count)
    found = kernel_root(0, count)(numbers[:, None])[:, 0].bfloat16()
    assert torch.equal(found, torch.rsqrt(numbers.bfloat16()))


def test_what_remains_is_rounded_twice():
    numbers = values(3 * KERNEL_VALUES)
    once = torch.rsqrt(numbers).bfloat16()
    found = kernel_root(0, 3 * KERNEL_VALUES - 1)(numbers[:, None])[:, 0].bfloat16()
    differ = (found != once).nonzero().flatten().tolist()
    assert differ
    assert min(differ) >= 2 * KERNEL_VALUES


def test_a_prompt_is_placed_behind_others():
    numbers = values(50)
    whole = kernel_root(0, 150)(numbers.repeat(3)[:, None])
    for row in range(3):
        part = kernel_root(50 * row, 150)(numbers[:, None])
        assert torch.equal(part, whole[50 * row : 50 * (row + 1)])
