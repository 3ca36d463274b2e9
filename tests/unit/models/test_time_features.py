import math

import torch
from audio_omni.core.models.embedding import FourierFeatures


def features():
    module = FourierFeatures()
    torch.nn.init.normal_(module.weight, generator=torch.Generator().manual_seed(0))
    return module


def exact(module, t):
    angles = 2 * math.pi * t.double()[:, None] * module.weight.detach().double()[:, 0]
    return torch.cat((angles.cos(), angles.sin()), dim=-1)


def test_angles_are_exact_also_under_bfloat16_autocast():
    module, t = features(), torch.tensor([0.0, 0.37, 1.0])
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        under = module(t)
    assert under.dtype is torch.float32
    torch.testing.assert_close(under.double(), exact(module, t), atol=1e-5, rtol=0)


def test_half_autocast_rounds_the_angles_as_the_published_implementation_does():
    module, t = features(), torch.tensor([0.37, 0.93])
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.float16):
        found = module(t)
    turns = (2 * math.pi * t[:, None]).half()
    angles = (turns.float() * module.weight.detach().half().float()[:, 0]).half()
    assert found.dtype is torch.float16
    assert torch.equal(found, torch.cat((angles.cos(), angles.sin()), dim=-1))
    assert (found.double() - exact(module, t)).abs().max() > 1e-4
