"""Rows of the micro recipe, encoded, and a run that may load nothing to encode with."""

from functools import partial

import pytest
from audio_omni.conditioners.mllm.thinker import Thinker
from audio_omni.core.encoding.ahead import encode_ahead
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.codecs.mel import MelCodec
from audio_omni.plugins.codecs.oobleck import OobleckCodec

from .runs import FEW, OPEN, SHARDS, SHORT


@pytest.fixture
def recipe(micro):
    return partial(micro, *SHORT, *FEW)


@pytest.fixture(scope="session")
def shards(host, tmp_path_factory):
    """The micro recipe's rows; not to be changed."""
    folder = tmp_path_factory.mktemp("encoded") / "rows"
    values = find_recipe("micro", host.recipes)
    outcome = encode_ahead(resolve_recipe(values, [*SHORT, *FEW]), OPEN, folder, **SHARDS)
    assert (outcome.rows, outcome.shards, outcome.written, outcome.broken) == (15, 7, 7, 0)
    return folder


@pytest.fixture
def nothing_encodes(monkeypatch):
    """Let a run fail that builds a codec, or asks a language model."""

    def refuse(*_arguments, **_options):
        raise AssertionError("it was to be left out")

    for where, name in (
        (MelCodec, "__init__"),
        (OobleckCodec, "__init__"),
        (Thinker, "hidden_states"),
    ):
        monkeypatch.setattr(where, name, refuse)
