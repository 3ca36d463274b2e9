"""Encoded rows are refused where a recipe would encode others, and taken where it would not."""

import pytest
import torch
from audio_omni.conditioners.mllm.config import LocalThinkerConfig
from audio_omni.conditioners.mllm.local import build_local_thinker
from audio_omni.core.encoding.ahead import encode_ahead
from audio_omni.core.errors import ConfigError
from audio_omni.core.training.session import train
from safetensors.torch import save_file

from .runs import OPEN, SHARDS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (("model.codec.options.hop=256",), r"codec\.options\.hop: 512 in the shards, 256 here"),
        (("model.clip_seconds=2",), r"clip_seconds: 3\.0 in the shards, 2\.0 here"),
        (("loader.crop=start",), r"crop: 'random' in the shards, 'start' here"),
        (
            ("model.conditioners.prompt.options.local.seed=1",),
            r"conditioners\.prompt\.options\.local\.seed: 0 in the shards, 1 here",
        ),
        (
            ("model.conditioners.words={name: transcript}",),
            r"conditioners\.words: not in the shards",
        ),
        (
            ("mixture.sources.1.task=text_to_audio",),
            r"music as text_to_audio is not there.*\(encoded as text_to_music\)",
        ),
        (
            ("mixture.sources.1.max_rows=9",),
            r"has 4 of its 9 rows there \(set mixture\.sources\.1\.max_rows to 4",
        ),
        (("loader.pool_folder=pool",), r"Both loader\.encoded and loader\.pool_folder"),
        (("loader.encoded=elsewhere",), r"elsewhere holds no encoded\.json"),
    ],
)
def test_rows_of_another_model_are_refused(recipe, host, shards, tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        train(recipe(f"loader.encoded={shards}", *changes), host, tmp_path / "run")


def test_other_weights_under_the_same_name_are_refused(recipe, host, tmp_path):
    weights, rows = tmp_path / "lm.safetensors", tmp_path / "rows"
    named = f"model.conditioners.prompt.options.local.weights={weights}"
    thinker = build_local_thinker(LocalThinkerConfig(width=64, layers=2)).signed()
    save_file(thinker.state_dict(), weights)
    encode_ahead(recipe(named), OPEN, rows, **SHARDS)
    with torch.no_grad():
        next(thinker.parameters()).mul_(2)
    save_file(thinker.state_dict(), weights)
    with pytest.raises(ConfigError, match=r"conditioners\.prompt\.files\.local\.weights: '"):
        train(recipe(named, f"loader.encoded={rows}"), host, tmp_path / "run")
    with pytest.raises(ConfigError, match=r"conditioners\.prompt\.files\.local\.weights: '"):
        encode_ahead(recipe(named), OPEN, rows, **SHARDS)


def test_the_transformer_and_the_shares_may_change(recipe, host, shards, tmp_path):
    changes = ("model.dit.depth=1", "mixture.sources.0.weight=5", "mixture.sources.0.max_rows=2")
    changes += ("seed=3", "model.conditioners.source.axis=sequence")
    outcome = train(recipe(f"loader.encoded={shards}", *changes), host, tmp_path / "run")
    assert outcome.step == 3
