import torch
from audio_omni.core.models.alignment import align_to_frames
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional


@settings(max_examples=30, deadline=None)
@given(tokens=st.integers(1, 20), frames=st.integers(1, 40))
def test_is_torchs_linear_interpolation(tokens, frames):
    x = torch.randn(2, tokens, 3, generator=torch.Generator().manual_seed(0))
    wanted = functional.interpolate(
        x.transpose(1, 2), size=frames, mode="linear", align_corners=False
    ).transpose(1, 2)
    torch.testing.assert_close(align_to_frames(x, None, None, frames), wanted, atol=1e-5, rtol=0)


def test_every_item_uses_its_own_lengths():
    x = torch.randn(3, 10, 4, generator=torch.Generator().manual_seed(0))
    tokens, frames = torch.tensor([10, 6, 1]), torch.tensor([12, 5, 7])
    batch = align_to_frames(x, tokens, frames, 12)
    for i, (m, n) in enumerate(zip(tokens.tolist(), frames.tolist(), strict=True)):
        alone = align_to_frames(x[i : i + 1, :m], None, None, n)
        torch.testing.assert_close(batch[i, :n], alone[0], atol=1e-6, rtol=0)
        torch.testing.assert_close(batch[i, n:], batch[i, n - 1 : n].expand(12 - n, -1))


def test_equal_lengths_are_passed_through():
    x = torch.randn(2, 5, 3)
    assert align_to_frames(x, None, None, 5) is x
    torch.testing.assert_close(align_to_frames(x, torch.tensor([5, 5]), None, 5), x)
