import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.sync import (
    audio_segments,
    desync,
    offset_grid,
    video_segments,
    windows_of,
)


def logits_of(*classes: int) -> np.ndarray:
    return np.eye(21)[list(classes)]


def test_the_mean_is_over_both_windows():
    found = desync(logits_of(10, 0), logits_of(11, 20))
    np.testing.assert_allclose(found.per_clip, [0.1, 2.0], atol=1e-6)
    assert found.value == pytest.approx(1.05)
    assert found.histogram.sum() == 4
    assert found.histogram[[0, 10, 11, 20]].tolist() == [1, 1, 1, 1]


def test_the_grid_is_even_and_centred():
    grid = offset_grid()
    assert (grid[0], grid[10], grid[20]) == (-2.0, 0.0, 2.0)


def test_windows_are_the_ends_of_a_clip():
    assert windows_of(24) == (slice(0, 14), slice(10, 24))
    with pytest.raises(DataError, match="Got 13 segments; expected at least 14"):
        windows_of(13)


@pytest.mark.parametrize(("frames", "segments"), [(15, 0), (16, 1), (23, 1), (24, 2)])
def test_segments_of_a_video(frames, segments):
    assert video_segments(frames) == segments


def test_segments_of_a_clip():
    assert [audio_segments(n) for n in (0, 10_239, 10_240, 15_360)] == [0, 0, 1, 2]


def test_windows_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match="Got 1 first and 2 last windows"):
        desync(logits_of(1), logits_of(1, 2))
    with pytest.raises(DataError, match=r"expected \(rows, 21\)"):
        desync(np.ones((2, 20)), np.ones((2, 20)))
