import pytest
import torch
from audio_omni.core.models.rope import RotaryEmbedding, rotate


@pytest.mark.parametrize(("head", "rotated"), [(16, 16), (32, 32), (64, 32), (128, 64)])
def test_first_dimensions_turn_and_the_rest_stay(head, rotated):
    rope = RotaryEmbedding(head)
    x = torch.randn(1, 9, 2, head)
    turned = rotate(x, *rope(torch.arange(9)))
    assert rope.inv_freq.shape == (rotated // 2,)
    assert torch.equal(turned[..., rotated:], x[..., rotated:])
    assert torch.equal(turned[:, 0], x[:, 0])
    assert not torch.allclose(turned[:, 1:, :, :rotated], x[:, 1:, :, :rotated])
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))


def test_products_depend_on_distance_only():
    rope = RotaryEmbedding(32)
    q, k = torch.randn(1, 1, 1, 32), torch.randn(1, 1, 1, 32)

    def product(i, j):
        turned_q = rotate(q, *rope(torch.tensor([i])))
        return (turned_q * rotate(k, *rope(torch.tensor([j])))).sum()

    torch.testing.assert_close(product(3, 10), product(103, 110), atol=1e-4, rtol=1e-4)
    assert (product(3, 10) - product(3, 11)).abs() > 1e-4


def test_positions_may_differ_by_item():
    rope = RotaryEmbedding(32)
    x = torch.randn(2, 4, 1, 32)
    both = rotate(x, *rope(torch.tensor([[0, 1, 2, 3], [5, 6, 7, 8]])))
    torch.testing.assert_close(both[1:], rotate(x[1:], *rope(torch.arange(5, 9))))
