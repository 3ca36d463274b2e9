import pytest
import torch
from audio_omni.core.conditioning import Condition, Conditioning
from audio_omni.core.errors import ContractError, RequestError
from audio_omni.core.flow.guidance import GuidedVelocity, rescale_guidance
from audio_omni.core.models.config import DiTConfig
from audio_omni.core.models.dit import DiT


def random(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def dit():
    network = DiT(DiTConfig(width=32, depth=1, heads=2, condition_width=8, patch_frames=2), 4)
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        network.transformer.project_out.weight.normal_(generator=generator)
    return network.eval().requires_grad_(False)


@pytest.fixture
def conditioning():
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
    context, aligned = random(2, 5, 8, seed=1), random(2, 3, 8, seed=2)
    return Conditioning(context=context, context_mask=mask, aligned=aligned)


@pytest.fixture
def rows(dit):
    """Rows of the batch that went through the last layers, and of those that read a context."""
    seen = {"all": 0, "context": 0}
    block = dit.transformer.layers[-1]
    hooks = [
        block.ff.register_forward_pre_hook(lambda _m, inputs: count("all", inputs)),
        block.cross_attn.register_forward_pre_hook(lambda _m, inputs: count("context", inputs)),
    ]

    def count(name, inputs):
        seen[name] += len(inputs[0])

    yield seen
    for hook in hooks:
        hook.remove()


X, T = random(2, 4, 7, seed=3), torch.tensor([0.3, 0.9])


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 6.0])
def test_is_the_line_through_both_branches(dit, conditioning, scale):
    c = dit(X, T, conditioning)
    u = dit(X, T, conditioning.drop_context(torch.zeros(2).bool()))
    got = GuidedVelocity(dit, conditioning, scale)(X, T)
    wanted = u + scale * (c - u)
    # Of the largest value: the scale multiplies the rounding of a difference.
    assert (got - wanted).abs().max() <= 1e-5 * wanted.abs().max()


@pytest.mark.parametrize(("scale", "all_rows", "reading"), [(1, 2, 2), (0, 2, 0), (6, 4, 2)])
def test_computes_no_more_branches_than_it_needs(dit, conditioning, rows, scale, all_rows, reading):
    GuidedVelocity(dit, conditioning, scale)(X, T)
    assert rows == {"all": all_rows, "context": reading}


def test_without_context_there_is_one_branch(dit, conditioning, rows):
    GuidedVelocity(dit, conditioning.without_context(), 6.0)(X, T)
    assert rows == {"all": 2, "context": 0}


def test_frame_mask_reaches_the_network(dit, conditioning):
    mask = torch.arange(7) < torch.tensor([[7], [3]])
    got = GuidedVelocity(dit, conditioning, 6.0, mask, rescale=0.5)(X, T)
    assert (got[1, :, 3:] == 0).all()
    assert torch.isfinite(got).all()


def test_full_rescale_gives_the_conditional_deviation():
    v, c = torch.randn(2, 4, 7) * 5, torch.randn(2, 4, 7)
    torch.testing.assert_close(rescale_guidance(v, c, 1.0).std(dim=1), c.std(dim=1))
    assert torch.equal(rescale_guidance(v, c, 0.0), v)


def test_negative_context_takes_the_place_of_none(dit, conditioning):
    negative = Condition(torch.randn(2, 5, 8), torch.ones(2, 5).bool())
    got = GuidedVelocity(dit, conditioning, 0.0, negative=negative)(X, T)
    wanted = dit(
        X,
        T,
        Conditioning(
            context=negative.tokens,
            context_mask=conditioning.context_mask,
            aligned=conditioning.aligned,
        ),
    )
    torch.testing.assert_close(got, wanted)


def test_negative_context_of_another_shape_is_refused(dit, conditioning):
    negative = Condition(torch.randn(2, 4, 8), torch.ones(2, 4).bool())
    with pytest.raises(RequestError, match=r"\(2, 4, 8\) for a context \(2, 5, 8\)"):
        GuidedVelocity(dit, conditioning, 6.0, negative=negative)


def test_is_prepared_once_for_latents_of_one_shape(dit, conditioning):
    guided = GuidedVelocity(dit, conditioning, 6.0)
    first = guided.prepared_for(X)
    assert guided.prepared_for(X + 1) is first
    assert guided.prepared_for(X[..., :5]) is not first
    assert torch.equal(guided(X, T), GuidedVelocity(dit, conditioning, 6.0)(X, T))


def test_aligned_conditions_without_a_place_for_them_are_refused_at_once(conditioning):
    config = DiTConfig(width=32, depth=1, heads=2, condition_width=8, aligned=False)
    with pytest.raises(ContractError, match=r"Set `dit.aligned: true`"):
        GuidedVelocity(DiT(config, 4), conditioning, 6.0)
