import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from audio_omni.core.data.content import content_digest, weights_digest
from audio_omni.core.errors import ContractError
from audio_omni.plugins.testing import difference
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

TENSORS = st.builds(
    lambda values, dtype: torch.tensor(values).to(dtype),
    st.lists(st.integers(0, 3), max_size=4),
    st.sampled_from([torch.int64, torch.float32, torch.bfloat16, torch.bool]),
)
LEAVES = st.none() | st.booleans() | st.integers(0, 3) | st.text("ab;", max_size=3) | TENSORS
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(VALUES, VALUES)
def test_equal_digests_mean_equal_values(one, two):
    assert content_digest(one) == content_digest(copy.deepcopy(one))
    if content_digest(one) == content_digest(two):
        one, two = ({"value": _sorted(value)} for value in (one, two))
        assert not difference(one, two, atol=0)


def _sorted(value):
    """The order of a mapping's keys says nothing."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return type(value)(map(_sorted, value)) if isinstance(value, list | tuple) else value


@dataclass
class One:
    text: str


@dataclass
class Other:
    text: str


def test_what_looks_alike_is_told_apart():
    zeros = torch.zeros(2, 3)
    values = [
        *(0, 0.0, -0.0, False, None, "0", b"0", [0], (0,), [], [[]], {}),
        *(["ab", "c"], ["a", "bc"], ["a", "b", "c"], {"a": "b"}, ["a", "b"]),
        *(zeros, zeros.T, zeros.half(), zeros.int(), zeros.numpy(), zeros.numpy().T, -zeros),
        *(One("a"), Other("a"), One("b"), {"text": "a"}),
    ]
    assert len({content_digest(value) for value in values}) == len(values)


def test_how_a_tensor_lies_in_memory_says_nothing():
    tensor = torch.arange(12).reshape(3, 4)
    assert content_digest(tensor.T) == content_digest(tensor.T.contiguous())
    assert content_digest(tensor[1:]) == content_digest(tensor[1:].clone())
    array = np.arange(12).reshape(3, 4)
    assert content_digest(array[:, ::2]) == content_digest(array[:, ::2].copy())


@pytest.mark.parametrize("value", [Path("a"), {1: "a"}, [{2}], np.array([None]), One])
def test_what_cannot_be_known_is_refused(value):
    with pytest.raises(ContractError, match=r"Cannot tell what a .* with cacheable=False"):
        content_digest(value)


class Network(nn.Module):
    def __init__(self, base=10.0):
        super().__init__()
        self.large, self.norm = nn.Linear(64, 64), nn.LayerNorm(4)
        self.register_buffer("base", torch.tensor(base), persistent=False)


def test_weights_are_digested_to_the_last_value():
    network = Network()
    before = weights_digest({"a": network})
    assert weights_digest({"a": copy.deepcopy(network)}) == before
    assert weights_digest({"b": network}) != before
    with torch.no_grad():
        network.large.weight[17, 31] += 1e-3
    changed = weights_digest({"a": network})
    assert changed != before
    network.norm.eps = 1e-3
    assert weights_digest({"a": network}) not in {before, changed}


def test_buffers_that_no_checkpoint_holds_are_digested():
    one, two = Network(10.0), Network(20.0)
    two.load_state_dict(one.state_dict())
    assert weights_digest({"a": one}) != weights_digest({"a": two})
