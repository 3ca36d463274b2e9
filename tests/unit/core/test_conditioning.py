from dataclasses import replace

import pytest
import torch
from audio_omni.core.conditioning import (
    Condition,
    Conditioning,
    Route,
    check_condition,
    route_conditions,
)
from audio_omni.core.errors import ContractError
from audio_omni.core.hidden import HiddenFrames
from audio_omni.core.specs import ConcatAxis, Injection

CONTEXT = Route(Injection.CONTEXT)
PREFIX = Route(Injection.CONCAT, ConcatAxis.SEQUENCE)
CHANNEL = Route(Injection.CONCAT, ConcatAxis.CHANNEL)


def condition(tokens=3, width=4, batch=2):
    mask = torch.ones(batch, tokens, dtype=torch.bool)
    return Condition(torch.randn(batch, tokens, width), mask)


def test_streams_are_concatenated_in_order():
    first, second, low, aligned = (condition(n) for n in (3, 5, 2, 7))
    routed = route_conditions(
        [(CONTEXT, first), (PREFIX, low), (CONTEXT, second), (CHANNEL, aligned)]
    )
    assert torch.equal(routed.context, torch.cat([first.tokens, second.tokens], 1))
    assert routed.context_mask.shape == (2, 8)
    assert torch.equal(routed.prefix, low.tokens)
    assert torch.equal(routed.aligned, aligned.tokens)


def test_nothing_routed_is_absence():
    assert route_conditions([]) == Conditioning()


def test_aligned_streams_are_added_on_the_finest_frames():
    coarse, fine = condition(2), condition(4)
    routed = route_conditions([(CHANNEL, coarse), (CHANNEL, fine)])
    stretched = torch.nn.functional.interpolate(
        coarse.tokens.transpose(1, 2), size=4, mode="linear", align_corners=False
    ).transpose(1, 2)
    assert torch.allclose(routed.aligned, fine.tokens + stretched, atol=1e-6)
    assert routed.aligned_mask.all()


def test_aligned_streams_of_unlike_lengths_keep_each_item_to_itself():
    null = condition(4)
    null.mask[1, 1:] = False  # an absent payload: one token for the whole clip
    null.tokens[1, 1:] = float("nan")
    video = condition(3)
    routed = route_conditions([(CHANNEL, null), (CHANNEL, video)])
    assert routed.aligned_mask.tolist() == [[True] * 4, [True] * 3 + [False]]
    assert torch.allclose(routed.aligned[1, :3], null.tokens[1, :1] + video.tokens[1])


def test_dropping_context_zeroes_whole_items_and_keeps_the_low_level_stream():
    routed = route_conditions([(CONTEXT, condition()), (PREFIX, condition(2))])
    dropped = routed.drop_context(torch.tensor([True, False]))
    assert torch.equal(dropped.context[0], routed.context[0])
    assert not dropped.context[1].any()
    assert dropped.prefix is routed.prefix
    assert routed.without_context().context is None


@pytest.mark.parametrize(
    ("tokens", "mask", "message"),
    [
        (torch.zeros(2, 3, 5), torch.ones(2, 3).bool(), r"expected \(2, T, 4\)"),
        (torch.zeros(2, 4), torch.ones(2, 4).bool(), r"expected \(2, T, 4\)"),
        (torch.zeros(1, 3, 4), torch.ones(1, 3).bool(), r"expected \(2, T, 4\)"),
        (torch.zeros(2, 3, 4), torch.ones(2, 3), "torch.bool"),
        (torch.zeros(2, 3, 4), torch.ones(2, 2).bool(), r"expected \(2, 3\)"),
        (torch.zeros(2, 3, 4), torch.tensor([[1, 0, 0], [0, 0, 0]]).bool(), "null condition"),
    ],
)
def test_a_broken_promise_names_the_conditioner_and_its_plugin(tokens, mask, message):
    with pytest.raises(ContractError, match=message) as caught:
        check_condition("mel", "plugin 'x' (acme 1.0)", Condition(tokens, mask), 2, 4)
    assert "Conditioner 'mel' (plugin 'x' (acme 1.0))" in str(caught.value)


HIDDEN = HiddenFrames(torch.tensor([True, False]), 16000, 256)


@pytest.mark.parametrize(
    ("hidden", "message"),
    [
        ([HIDDEN, None], r"told what it hid as a list of 2; expected a tuple of 2, HiddenFrames"),
        ((HIDDEN,), r"as a tuple of 1; expected a tuple of 2"),
        (HIDDEN, r"as a HiddenFrames; expected a tuple of 2"),
        ((None, HIDDEN.frames), r"told of item 1 a Tensor; expected HiddenFrames, or None"),
        ((None, replace(HIDDEN, frames=torch.ones(3))), r"frames \(3,\) of torch.float32; expect"),
        ((replace(HIDDEN, frames=torch.ones(1, 2).bool()), None), r"item 0 frames \(1, 2\) of"),
        ((replace(HIDDEN, frames=torch.ones(0).bool()), None), r"item 0 frames \(0,\) of"),
        ((replace(HIDDEN, hop=0), None), r"a hop of 0 samples at 16000 Hz; expected both above 0"),
    ],
)
def test_what_is_told_to_be_hidden_is_checked(hidden, message):
    told = Condition(torch.zeros(2, 3, 4), torch.ones(2, 3).bool(), hidden)
    with pytest.raises(ContractError, match=message) as caught:
        check_condition("mel", "plugin 'x' (acme 1.0)", told, 2, 4)
    assert "Conditioner 'mel' (plugin 'x' (acme 1.0))" in str(caught.value)


def test_what_was_hidden_is_handed_on_by_those_that_tell():
    told = (HIDDEN, None)
    plain, hiding = condition(), replace(condition(), hidden=told)
    check_condition("mel", "plugin 'x' (acme 1.0)", replace(hiding, hidden=(None, None)), 2, 4)
    assert route_conditions([(CONTEXT, plain)]).hidden == ()
    routed = route_conditions([(CONTEXT, plain), (PREFIX, hiding), (CHANNEL, hiding)])
    assert routed.hidden == (told, told)
    assert routed.without_context().hidden == (told, told)
