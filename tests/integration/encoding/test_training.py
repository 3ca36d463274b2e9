"""Rows encoded ahead of training give the run that live rows give, without what encodes them."""

import json

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.conditioners.mllm.config import LocalThinkerConfig
from audio_omni.conditioners.mllm.local import build_local_thinker
from audio_omni.core.encoding.ahead import encode_ahead
from audio_omni.core.errors import CheckpointError, ConfigError
from audio_omni.core.training.session import train
from audio_omni.plugins.codecs.oobleck import OobleckCodec
from safetensors.torch import save_file

from .runs import OPEN, SHARDS, SHORT_CLIPS, assert_same, losses, tensors


@pytest.mark.parametrize(
    "changes",
    [(), ("loader.pool=true",), ("loader.workers=1",)],
    ids=["in turn", "pool", "worker"],
)
def test_a_run_ends_as_with_live_rows(recipe, host, shards, tmp_path, request, changes):
    train(recipe(), host, tmp_path / "live")
    request.getfixturevalue("nothing_encodes")
    train(recipe(f"loader.encoded={shards}", *changes), host, tmp_path / "encoded")
    assert_same(tensors(tmp_path / "live"), tensors(tmp_path / "encoded"), tolerance=1e-5)
    assert losses(tmp_path / "encoded") == pytest.approx(losses(tmp_path / "live"), abs=1e-5)
    assert len(losses(tmp_path / "live")) == 3


def test_language_model_codec_and_their_weights_stay_on_disk(recipe, host, tmp_path, request):
    """With a trained language model and a trained codec, and features that are calibrated."""
    ear = LocalThinkerConfig(width=64, layers=2)
    save_file(build_local_thinker(ear).signed().state_dict(), tmp_path / "lm.safetensors")
    sizes = {"sample_rate_hz": 16000, "channels": 1, "width": 4, "multipliers": [1, 2]}
    sizes |= {"strides": [16, 32], "latent_dim": 8}
    codec = OobleckCodec(OobleckCodec.config_model(**sizes))
    save_file(codec.state_dict(), tmp_path / "codec.safetensors")
    options = json.dumps({**sizes, "weights": str(tmp_path / "codec.safetensors")})
    prompt = "model.conditioners.prompt.options"
    changes = (
        *SHORT_CLIPS,
        f"model.codec={{name: oobleck, options: {options}}}",
        f"{prompt}.local.weights={tmp_path / 'lm.safetensors'}",
        f"{prompt}.whiten=true",
    )
    train(recipe(*changes), host, tmp_path / "live")
    encode_ahead(recipe(*changes), OPEN, tmp_path / "rows", **SHARDS)
    request.getfixturevalue("nothing_encodes")
    encoded = (*changes, f"loader.encoded={tmp_path / 'rows'}")
    train(recipe(*encoded), host, tmp_path / "encoded")
    live, found = tensors(tmp_path / "live"), tensors(tmp_path / "encoded")
    assert_same(live, found, tolerance=1e-5)
    for component in ("codec", "prompt-thinker"):
        assert_same({component: live[component]}, {component: found[component]})
    train(recipe(*encoded, "train.steps=2"), host, tmp_path / "resumed")
    train(recipe(*encoded), host, tmp_path / "resumed", resume=True)
    assert_same(found, tensors(tmp_path / "resumed"))
    for name in ("lm.safetensors", "codec.safetensors"):  # a checkpoint needs neither
        (tmp_path / name).unlink()
    request.getfixturevalue("monkeypatch").undo()
    made = AudioOmni.from_pretrained(tmp_path / "encoded").generate("a kettle", seed=0, steps=1)
    assert made.samples.abs().max() > 0


def test_a_run_begins_with_the_codec_of_another(recipe, host, tmp_path, request):
    """The other run's codec, whose weights only its checkpoint holds, encodes the rows."""
    sizes = "channels: 1, width: 4, multipliers: [1, 2], strides: [16, 32], latent_dim: 8"
    codec = f"model.codec={{name: oobleck, options: {{sample_rate_hz: 16000, {sizes}}}}}"
    train(recipe(codec, *SHORT_CLIPS), host, tmp_path / "first")
    later = (codec, *SHORT_CLIPS, "seed=5", f"train.start_from={tmp_path / 'first'}")
    train(recipe(*later), host, tmp_path / "live")
    encode_ahead(recipe(*later), OPEN, tmp_path / "rows", **SHARDS)
    request.getfixturevalue("nothing_encodes")
    encoded = f"loader.encoded={tmp_path / 'rows'}"
    train(recipe(*later, encoded), host, tmp_path / "encoded")
    assert_same(tensors(tmp_path / "live"), tensors(tmp_path / "encoded"), tolerance=1e-5)
    with pytest.raises(ConfigError, match=r"codec\.drawn_with_seed|codec\.files\.start_from"):
        train(recipe(codec, *SHORT_CLIPS, encoded), host, tmp_path / "other")
    kept = tmp_path / "rows" / "kept" / "codec.safetensors"
    kept.write_bytes(kept.read_bytes()[:-9])
    with pytest.raises(CheckpointError, match=r"codec\.safetensors is"):
        train(recipe(*later, encoded), host, tmp_path / "damaged")


def test_no_network_of_a_run_from_shards_has_weights(recipe, host, shards):
    from audio_omni.core.training.aims import aim_of
    from audio_omni.core.training.encoded import open_encoded

    asked = recipe(f"loader.encoded={shards}")
    model = aim_of(asked, host, torch.device("cpu"), {}, open_encoded(asked, host)).model
    (network,) = model.conditioners["prompt"].frozen_networks().values()
    assert all(parameter.is_meta for parameter in network.parameters())
    assert model.left_out == {"prompt"}
    with pytest.raises(ConfigError, match="can encode nothing"):
        model.encode([])
    with pytest.raises(ConfigError, match="neither encode nor decode"):
        model.codec.decode(torch.zeros(1, 32, 4))


def test_samples_are_made_where_they_are_asked_for(recipe, host, shards, tmp_path):
    sampled = ("evaluation.every=3", "evaluation.samples_per_task=1", "sampling.steps=1")
    train(recipe(*sampled, f"loader.encoded={shards}"), host, tmp_path / "run")
    lines = map(json.loads, (tmp_path / "run" / "history.jsonl").read_text().splitlines())
    assert [entry["step"] for entry in lines if entry["event"] == "samples_ready"] == [3]


def test_encoded_and_live_sources_mix(recipe, host, tmp_path):
    first = recipe()
    only = first.model_copy(
        update={"mixture": first.mixture.model_copy(update={"sources": first.mixture.sources[:1]})}
    )
    rows = tmp_path / "rows"
    encode_ahead(only, OPEN, rows, **SHARDS)
    with pytest.raises(ConfigError, match=r"soundworld:music as text_to_music is not there.*live"):
        train(recipe(f"loader.encoded={rows}"), host, tmp_path / "refused")
    train(recipe(), host, tmp_path / "live")
    mixed = (f"loader.encoded={rows}", "loader.encoded_missing=live")
    train(recipe(*mixed), host, tmp_path / "mixed")
    assert_same(tensors(tmp_path / "live"), tensors(tmp_path / "mixed"), tolerance=1e-5)
    outcome = encode_ahead(first, OPEN, rows, **SHARDS)  # what is there stays
    assert (outcome.shards, outcome.written) == (7, 4)


def test_half_is_half_the_room_and_close(recipe, host, shards, tmp_path):
    outcome = encode_ahead(recipe(), OPEN, tmp_path / "half", half=True, **SHARDS)
    whole = sum(path.stat().st_size for path in shards.glob("*/*.tar"))
    assert outcome.bytes < 0.7 * whole  # an archive of three rows is padded a lot
    for name, rows in (("half", tmp_path / "half"), ("whole", shards)):
        train(recipe(f"loader.encoded={rows}"), host, tmp_path / name / "run")
    half, exact = losses(tmp_path / "half" / "run"), losses(tmp_path / "whole" / "run")
    assert half != exact
    assert half == pytest.approx(exact, rel=0.01)
