import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.inception import SMALL_CHUNKS, inception_score
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays


@given(arrays(np.float64, (12, 5), elements=st.floats(-30, 30)), st.integers(1, 12))
def test_lies_between_one_and_the_rows_of_a_chunk(logits, splits):
    found = inception_score(logits, splits=splits)
    assert 1.0 - 1e-9 <= found.value <= min(5, -(-12 // splits)) + 1e-9


def test_sure_and_different_clips_reach_the_number_of_classes():
    logits = 100.0 * np.eye(4)[np.arange(80) % 4]
    found = inception_score(logits, splits=1)
    assert found.value == pytest.approx(4.0)
    assert found.flags == ()


def test_clips_that_are_alike_score_one():
    found = inception_score(np.tile([3.0, 1.0, 0.0], (40, 1)), splits=4)
    assert (found.value, found.std) == pytest.approx((1.0, 0.0))
    assert found.flags == (SMALL_CHUNKS,)


def test_one_chunk_does_not_depend_on_the_order():
    logits = np.random.default_rng(0).normal(size=(30, 4))
    shuffled = inception_score(logits, splits=1).value
    assert inception_score(logits[::-1], splits=1, shuffle=False).value == pytest.approx(shuffled)


def test_classes_that_no_clip_has_are_no_trouble():
    logits = np.array([[0.0, -2000.0], [0.0, -2000.0]])
    assert inception_score(logits, splits=1).value == pytest.approx(1.0)


def test_fewer_clips_than_chunks_are_refused():
    with pytest.raises(DataError, match="Got 7 generated clips for 10 chunks"):
        inception_score(np.zeros((7, 3)))
