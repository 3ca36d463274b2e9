import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.plan import STREAMS
from audio_omni.plugins.soundworld.source import LOCATORS, SoundworldSource
from hypothesis import given, settings
from hypothesis import strategies as st

SCENES = ("add", "extract", "music", "remove", "sounds", "style_transfer")
EDITED = {"add": 1, "remove": -1}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 99_999), st.sampled_from(SCENES))
def test_any_row_is_exact(seed, index, locator):
    source = SoundworldSource(locator, SoundworldOptions(seed=seed))
    plan, made = source.plan(index), source.render(index)
    mixture = made.background
    for stem in made.stems[:1] if plan.melody else made.stems:
        mixture = mixture + stem
    assert np.array_equal(mixture, made.mixture)
    for clip in (made.target, made.mixture):
        assert clip.shape == (48000,)
        assert clip.dtype == np.float32
        assert np.isfinite(clip).all()
        assert np.abs(clip).max() <= 1
    if locator in EDITED:
        difference = made.target - made.source
        assert np.array_equal(difference, EDITED[locator] * made.stems[plan.edited])
    if locator == "extract":
        assert np.array_equal(made.target, made.stems[plan.edited])
    if locator == "style_transfer":
        assert np.array_equal(made.target - made.source, made.stems[1] - made.stems[0])


@pytest.mark.parametrize("locator", SCENES)
def test_held_out_rows_are_another_stream(locator):
    source = SoundworldSource(locator, SoundworldOptions())
    held_out = source.held_out()
    assert held_out.held_out() is None
    assert source.digest() != held_out.digest()
    assert not np.array_equal(source.render(3).target, held_out.render(3).target)
    assert source.plan(3) == SoundworldSource(locator, SoundworldOptions()).plan(3)


def test_every_locator_has_a_random_stream_of_its_own():
    assert set(LOCATORS) <= set(STREAMS)
    assert len(set(STREAMS.values())) == len(STREAMS)


def test_unknown_locator_is_named():
    with pytest.raises(DataError, match="Did you mean 'sounds'"):
        SoundworldSource("sound", SoundworldOptions())
