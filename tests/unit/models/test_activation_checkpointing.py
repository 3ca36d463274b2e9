"""What a training forgets and computes again gives the same gradients, with less kept."""

import pytest
import torch
from audio_omni.core.conditioning import Conditioning
from audio_omni.core.models.config import DiTConfig
from audio_omni.core.models.dit import DiT

CONFIG = DiTConfig(width=32, depth=4, heads=2, condition_width=16)


def loss_of(recomputes, frames=40, device="cpu", precision=None):
    """Return a loss's gradients, and the bytes that the forward pass kept for them."""
    dit = DiT(CONFIG, latent_dim=8).to(device)
    dit.transformer.recomputes = recomputes
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(3, 8, frames, generator=generator)
    context = torch.randn(3, 5, 16, generator=generator)
    mask = torch.arange(frames)[None] < torch.tensor([frames, frames - 3, 9])[:, None]
    conditioning = Conditioning(context=context, context_mask=torch.ones(3, 5).bool())
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        torch.autocast("cpu", dtype=precision or torch.bfloat16, enabled=precision is not None),
    ):
        loss = dit(x, torch.tensor([0.1, 0.5, 0.9]), conditioning, mask).square().mean()
    before = sum(kept.values())
    loss.backward()
    return {name: p.grad for name, p in dit.named_parameters()}, before


@pytest.mark.parametrize("precision", [None, torch.bfloat16])
def test_gradients_are_the_same(precision):
    plain, _ = loss_of(False, precision=precision)
    again, _ = loss_of(True, precision=precision)
    for name, gradient in plain.items():
        if gradient is None:
            assert again[name] is None, name
        else:
            assert torch.equal(gradient, again[name]), name


def test_blocks_keep_but_what_enters_them():
    """Of four blocks' activations some seven times the input each are left out."""
    _, plain = loss_of(False, frames=400)
    _, again = loss_of(True, frames=400)
    assert again < 0.3 * plain


def test_without_gradients_nothing_is_set_up():
    dit = DiT(CONFIG, latent_dim=8)
    dit.transformer.recomputes = True
    conditioning = Conditioning()
    with torch.no_grad():
        out = dit(torch.randn(1, 8, 9), torch.zeros(1), conditioning)
    assert not out.requires_grad
