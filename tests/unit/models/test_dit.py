from dataclasses import replace

import pytest
import torch
from audio_omni.core.conditioning import Conditioning
from audio_omni.core.errors import ContractError, RequestError
from audio_omni.core.models.config import DiTConfig
from audio_omni.core.models.dit import DiT

LATENT, WIDTH = 6, 12
FRAMES = [13, 7, 1, 12, 4, 9, 2, 13]
CONTEXT = [5, 1, 3, 5, 2, 4, 5, 1]
PREFIX = [2, 4, 1, 4, 3, 1, 2, 4]
ALIGNED = [9, 1, 5, 11, 11, 3, 2, 8]


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def build(patch=1):
    """A small network in which every weight matters: nothing is left at zero."""
    dit = DiT(
        DiTConfig(width=32, depth=2, heads=2, condition_width=WIDTH, patch_frames=patch), LATENT
    )
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in dit.parameters():
            if parameter.ndim > 1 and not parameter.any():
                parameter.normal_(std=0.3, generator=generator)
    return dit.eval()


def lengths_mask(lengths):
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def batch_of_eight():
    tokens = {
        name: random(8, max(lengths), WIDTH, seed=i)
        for i, (name, lengths) in enumerate(
            [("context", CONTEXT), ("prefix", PREFIX), ("aligned", ALIGNED)]
        )
    }
    conditioning = Conditioning(
        **tokens,
        context_mask=lengths_mask(CONTEXT),
        prefix_mask=lengths_mask(PREFIX),
        aligned_mask=lengths_mask(ALIGNED),
    )
    return random(8, LATENT, max(FRAMES), seed=9), torch.rand(8), conditioning


def alone(conditioning, i):
    cut = {
        name: getattr(conditioning, name)[i : i + 1, : lengths[i]]
        for name, lengths in [("context", CONTEXT), ("prefix", PREFIX), ("aligned", ALIGNED)]
    }
    masks = {f"{name}_mask": torch.ones(1, v.shape[1]).bool() for name, v in cut.items()}
    return Conditioning(**cut, **masks)


@pytest.mark.parametrize("streams", ["all", "no prefix", "no aligned", "context only"])
@pytest.mark.parametrize("patch", [1, 2, 3])
@torch.no_grad()
def test_item_alone_equals_item_in_a_padded_batch(patch, streams):
    dit = build(patch)
    x, t, conditioning = batch_of_eight()
    frame_mask = lengths_mask(FRAMES)
    drop = {}
    if streams in {"no prefix", "context only"}:
        drop |= {"prefix": None, "prefix_mask": None}
    if streams in {"no aligned", "context only"}:
        drop |= {"aligned": None, "aligned_mask": None}
    batch = dit(x, t, replace(conditioning, **drop), frame_mask)
    assert (batch * ~frame_mask[:, None] == 0).all()
    for i, frames in enumerate(FRAMES):
        single = dit(
            x[i : i + 1, :, :frames], t[i : i + 1], replace(alone(conditioning, i), **drop)
        )
        torch.testing.assert_close(batch[i, :, :frames], single[0], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_padding_never_reaches_valid_frames():
    dit = build(2)
    x, t, conditioning = batch_of_eight()
    frame_mask = lengths_mask(FRAMES)
    before = dit(x, t, conditioning, frame_mask)
    x = torch.where(frame_mask[:, None], x, 1e3)
    changes = {
        name: torch.where(
            getattr(conditioning, f"{name}_mask")[..., None], getattr(conditioning, name), 1e3
        )
        for name in ("context", "prefix", "aligned")
    }
    after = dit(x, t, replace(conditioning, **changes), frame_mask)
    torch.testing.assert_close(after, before, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_every_stream_and_the_time_matter():
    dit = build(2)
    x, t, conditioning = batch_of_eight()
    base = dit(x, t, conditioning)
    assert not torch.allclose(dit(x, 1 - t, conditioning), base, atol=1e-3)
    for name in ("context", "prefix", "aligned"):
        changed = replace(conditioning, **{name: getattr(conditioning, name) + 1})
        assert not torch.allclose(dit(x, t, changed), base, atol=1e-3)


@torch.no_grad()
def test_zero_context_is_exactly_no_context():
    dit = build()
    x, t, conditioning = batch_of_eight()
    without = dit(x, t, conditioning.without_context())
    assert torch.equal(dit(x, t, conditioning.drop_context(torch.zeros(8).bool())), without)
    assert not torch.equal(dit(x, t, conditioning), without)


@torch.no_grad()
def test_aligned_features_meet_their_own_frame():
    """With one token per frame, a change of token 6 enters the network at frame 6 only."""
    dit = build(2)
    x, t = random(1, LATENT, 10), torch.tensor([0.5])
    aligned = random(1, 10, WIDTH)
    changed = aligned.clone()
    changed[:, 6] += 1
    seen = []
    dit.project_aligned.register_forward_hook(lambda _m, _i, out: seen.append(out))
    dit(x, t, Conditioning(aligned=aligned))
    dit(x, t, Conditioning(aligned=changed))
    moved = (seen[0] - seen[1]).abs().amax(dim=(0, 2)) > 1e-6
    assert moved.tolist() == [False, False, False, True, False]


@torch.no_grad()
def test_embedded_conditioning_gives_the_same_velocity():
    dit = build(2)
    x, t, conditioning = batch_of_eight()
    embedded = dit.embed_conditioning(conditioning)
    assert torch.equal(dit(x, t, embedded), dit(x, t, conditioning))
    assert torch.equal(
        dit(x, t, embedded.without_context()), dit(x, t, conditioning.without_context())
    )


@pytest.mark.parametrize("frames", [1, 2, 3, 7])
@pytest.mark.parametrize("patch", [1, 2, 4])
def test_any_length_keeps_its_shape(patch, frames):
    dit = build(patch)
    out = dit(random(2, LATENT, frames), torch.rand(2), Conditioning())
    assert out.shape == (2, LATENT, frames)
    assert torch.isfinite(out).all()


def test_fresh_weights_are_a_function_of_the_generator():
    config = DiTConfig(width=32, depth=2, heads=2, condition_width=WIDTH)
    first, second = DiT(config, LATENT), DiT(config, LATENT)
    first.reset_parameters(torch.Generator().manual_seed(5))
    torch.manual_seed(99)
    second.reset_parameters(torch.Generator().manual_seed(5))
    assert all(
        torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True)
    )
    second.reset_parameters(torch.Generator().manual_seed(6))
    assert not torch.equal(
        first.transformer.project_in.weight, second.transformer.project_in.weight
    )


def test_fresh_network_says_zero_and_learns():
    dit = DiT(DiTConfig(width=32, depth=2, heads=2, condition_width=WIDTH), LATENT)
    x, t, conditioning = batch_of_eight()
    target = random(*x.shape, seed=3)
    assert (dit(x, t, conditioning) == 0).all()
    optimiser = torch.optim.AdamW(dit.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        loss = (dit(x, t, conditioning) - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in dit.parameters())


@torch.no_grad()
def test_residual_stream_keeps_its_scale_with_depth():
    dit = DiT(DiTConfig(width=64, depth=16, heads=2, condition_width=WIDTH), LATENT)
    seen = []
    dit.transformer.layers[-1].register_forward_hook(lambda _m, _i, out: seen.append(out))
    x, t, conditioning = batch_of_eight()
    dit(x, t, conditioning)
    assert 0.3 < seen[0].std() < 3


@pytest.mark.parametrize(
    ("x", "t", "mask", "message"),
    [
        ((2, 5, 3), (2,), None, r"latents \(2, 5, 3\); expected \(B, 6, T\)"),
        ((2, 6, 0), (2,), None, "T > 0"),
        ((2, 6, 3), (1,), None, r"times \(1,\); expected one per item, \(2,\)"),
        ((2, 6, 3), (2,), (2, 4), r"frame mask \(2, 4\).*expected \(2, 3\) of torch.bool"),
    ],
)
def test_wrong_shapes_are_named(x, t, mask, message):
    frame_mask = None if mask is None else torch.ones(mask, dtype=torch.bool)
    with pytest.raises(RequestError, match=message):
        build()(torch.zeros(x), torch.zeros(t), Conditioning(), frame_mask)


def test_without_an_aligned_stream_there_are_no_weights_for_one():
    config = DiTConfig(width=32, depth=1, heads=2, condition_width=WIDTH, aligned=False)
    dit = DiT(config, LATENT)
    assert not any("aligned" in name for name in dit.state_dict())
    x, t, conditioning = batch_of_eight()
    without = replace(conditioning, aligned=None, aligned_mask=None)
    assert dit(x, t, without).shape == x.shape
    with pytest.raises(ContractError, match=r"aligned conditions \(8, 11, 12\).*axis: sequence"):
        dit(x, t, conditioning)


@pytest.mark.parametrize("first", [0, 1, 5, 12])
@torch.no_grad()
def test_attention_of_the_last_tokens_is_that_of_all(first):
    attention = build().transformer.layers[0].self_attn
    rotary = build().transformer.rotary_pos_emb
    x = random(2, 13, 32)
    for mask in (None, lengths_mask([13, 6])):
        rotation = rotary(torch.arange(13) if mask is None else mask.cumsum(dim=1))
        got = attention.attend_from(x, rotation, mask, first)
        wanted = attention(x, rotation, mask)[:, first:]
        torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-5)
