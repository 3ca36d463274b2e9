"""What is spared must not be seen: the fast path against one that recomputes everything."""

from dataclasses import replace

import pytest
import torch
from audio_omni.core.conditioning import Condition, Conditioning
from audio_omni.core.flow.guidance import GuidedVelocity
from audio_omni.core.models.config import DiTConfig
from audio_omni.core.models.dit import DiT
from audio_omni.core.models.generation import drop_padding, prepare, step
from audio_omni.evaluation.performance.naive import NaiveVelocity
from hypothesis import given, settings
from hypothesis import strategies as st

LATENT, WIDTH = 4, 6
TOLERANCE = 2e-5


def build(depth=2, patch=1):
    """A small network in which every weight matters: nothing is left at zero."""
    config = DiTConfig(width=32, depth=depth, heads=2, condition_width=WIDTH, patch_frames=patch)
    dit, generator = DiT(config, LATENT), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in dit.parameters():
            if parameter.ndim > 1 and not parameter.any():
                parameter.normal_(std=0.3, generator=generator)
    return dit.eval().requires_grad_(False)


NETWORKS = {(depth, patch): build(depth, patch) for depth in (1, 2, 3) for patch in (1, 2)}


def lengths_mask(lengths, size):
    return torch.arange(size) < torch.tensor(lengths)[:, None]


def scattered_mask(generator, batch, size):
    """Valid tokens anywhere, as where a text's padding is followed by a transcript."""
    return torch.rand(batch, size, generator=generator) < 0.5


def inputs(batch=2, frames=7, context=9, prefix=5, aligned=4, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def tokens(count):
        return torch.randn(batch, count, WIDTH, generator=generator) if count else None

    def counts(size):
        return torch.randint(1, size + 1, (batch,), generator=generator).tolist()

    conditioning = Conditioning(
        context=tokens(context),
        context_mask=scattered_mask(generator, batch, context) if context else None,
        prefix=tokens(prefix),
        prefix_mask=lengths_mask(counts(prefix), prefix) if prefix else None,
        aligned=tokens(aligned),
        aligned_mask=lengths_mask(counts(aligned), aligned) if aligned else None,
    )
    frame_mask = lengths_mask(counts(frames), frames)
    x = torch.randn(batch, LATENT, frames, generator=generator)
    return x, torch.rand(batch, generator=generator), conditioning, frame_mask


def assert_same(dit, x, t, conditioning, scale, frame_mask=None, **options):
    fast = GuidedVelocity(dit, conditioning, scale, frame_mask, **options)
    naive = NaiveVelocity(dit, conditioning, scale, frame_mask, **options)
    wanted = naive(x, t)
    for _ in range(2):  # the first call prepares, the second reuses
        got = fast(x, t)
        assert got.shape == wanted.shape
        assert (got - wanted).abs().max() <= TOLERANCE * wanted.abs().max()


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([1, 2])),
    batch=st.integers(1, 3),
    frames=st.integers(1, 9),
    context=st.sampled_from([0, 1, 8, 11]),
    prefix=st.sampled_from([0, 1, 4]),
    aligned=st.sampled_from([0, 3]),
    scale=st.sampled_from([0.0, 0.5, 1.0, 7.0]),
    masked=st.booleans(),
    seed=st.integers(0, 9),
)
@torch.no_grad()
def test_fast_is_naive(size, batch, frames, context, prefix, aligned, scale, masked, seed):
    x, t, conditioning, frame_mask = inputs(batch, frames, context, prefix, aligned, seed)
    assert_same(NETWORKS[size], x, t, conditioning, scale, frame_mask if masked else None)


@pytest.mark.parametrize("rescale", [0.0, 0.7])
@pytest.mark.parametrize("scale", [0.0, 1.0, 6.0])
@torch.no_grad()
def test_rescale_and_negative_context(rescale, scale):
    x, t, conditioning, _ = inputs()
    negative = Condition(torch.randn(2, 9, WIDTH), torch.arange(9) < torch.tensor([[4], [9]]))
    for options in ({}, {"negative": negative}):
        assert_same(NETWORKS[2, 1], x, t, conditioning, scale, rescale=rescale, **options)


@torch.no_grad()
def test_context_without_a_valid_token_adds_nothing():
    x, t, conditioning, _ = inputs()
    empty = replace(conditioning, context_mask=torch.zeros(2, 9).bool())
    assert_same(NETWORKS[2, 1], x, t, empty, 6.0)
    one = replace(conditioning, context_mask=torch.tensor([[False] * 9, [True] * 9]))
    assert_same(NETWORKS[2, 1], x, t, one, 6.0)


@torch.no_grad()
def test_padded_context_is_never_projected():
    x, _, conditioning, _ = inputs()
    mask = torch.tensor([[True, False, False, True] + [False] * 5, [False] * 6 + [True] * 3])
    prepared = prepare(NETWORKS[2, 1], replace(conditioning, context_mask=mask), x)
    assert [k.shape[1] for k, _ in prepared.context] == [3, 3]
    assert prepared.context_mask.tolist() == [[True, True, False], [True, True, True]]


def test_dropped_padding_leaves_the_valid_tokens_in_order():
    tokens = torch.arange(8.0).reshape(2, 4, 1)
    mask = torch.tensor([[False, True, False, True], [True, False, True, False]])
    (kept,), left = drop_padding([tokens], mask)
    assert kept[..., 0].tolist() == [[1, 3], [4, 6]]
    assert left is None


@pytest.mark.parametrize("mask", [None, torch.ones(2, 4).bool()])
def test_full_context_is_left_alone(mask):
    tokens = torch.randn(2, 4, 3)
    (kept,), left = drop_padding([tokens], mask)
    assert kept is tokens
    assert left is None


@torch.no_grad()
def test_conditions_are_projected_once():
    x, t, conditioning, _ = inputs()
    dit = build()
    seen = []
    block = dit.transformer.layers[1].cross_attn
    for module in (dit.to_cond_embed, dit.to_global_embed, block.to_kv):
        module.register_forward_hook(lambda module, _i, _o: seen.append(module))
    guided = GuidedVelocity(dit, conditioning, 6.0)
    for _ in range(3):
        guided(x, t)
    # Keys and values are projected through the layer; prefix and aligned tokens each have a turn.
    assert [seen.count(m) for m in (dit.to_cond_embed, dit.to_global_embed, block.to_kv)] == [
        1,
        2,
        1,
    ]


@torch.no_grad()
def test_last_block_computes_the_latents_tokens_only():
    x, t, conditioning, _ = inputs()
    dit = build()
    seen = []
    for layer in dit.transformer.layers:
        layer.ff.register_forward_pre_hook(lambda _m, inputs: seen.append(inputs[0].shape[:2]))
    GuidedVelocity(dit, conditioning, 6.0)(x, t)
    assert seen == [(4, 5 + 7), (4, 7)]


@torch.no_grad()
def test_branches_part_at_the_first_cross_attention():
    x, t, conditioning, _ = inputs()
    dit = build()
    rows = []
    for layer in dit.transformer.layers:
        layer.pre_norm.register_forward_pre_hook(lambda _m, inputs: rows.append(len(inputs[0])))
    GuidedVelocity(dit, conditioning, 6.0)(x, t)
    assert rows == [2, 4]


@torch.no_grad()
def test_branches_come_one_after_the_other():
    x, t, conditioning, _ = inputs()
    dit = NETWORKS[3, 2]
    contexts = [conditioning.context, conditioning.context + 1, None]
    prepared = prepare(dit, conditioning, x, None, contexts)
    first, second, third = step(dit, x, t, prepared).chunk(3)
    for got, context in zip((first, second, third), contexts, strict=True):
        wanted = dit(x, t, replace(conditioning, context=context))
        torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-5)
