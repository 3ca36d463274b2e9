"""Rows encoded ahead of training give the run that live rows give, without what encodes them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.conditioners.mllm.config import LocalThinkerConfig
from audio_omni.conditioners.mllm.local import build_local_thinker
from audio_omni.conditioners.mllm.thinker import Thinker
from audio_omni.core.encoding.ahead import encode_ahead
from audio_omni.core.errors import CheckpointError, ConfigError, DataError, PluginError
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.session import train
from audio_omni.plugins.codecs.mel import MelCodec
from audio_omni.plugins.codecs.oobleck import OobleckCodec
from audio_omni.plugins.manager import build_plugin_manager
from safetensors.torch import save_file

OPEN = partial(build_plugin_manager, entry_points=False, strict=True)
SHORT = (
    *("train.steps=3", "train.checkpoint_every=2", "train.log_every=1", "loader.batch_size=6"),
    *("evaluation.every=null", "loader.feature_cache=off"),
)
FEW = tuple(f"mixture.sources.{i}.max_rows={rows}" for i, rows in enumerate((7, 4, 4)))
SHORT_CLIPS = ("model.clip_seconds=0.5", "loader.crop=start")
"""A learned codec is dear on a CPU."""
SHARDS = {"shard_rows": 3, "device": "cpu"}


def tensors(run):
    checkpoint = load_checkpoint(run)
    return {name: checkpoint.tensors(name) for name in checkpoint.hashes}


def assert_same(first, second, tolerance=0.0):
    """Equal to ``tolerance``; 0 is bit for bit."""
    assert first.keys() == second.keys()
    for component, named in first.items():
        assert named.keys() == second[component].keys(), component
        for name, tensor in named.items():
            other = second[component][name]
            assert torch.allclose(tensor, other, rtol=0, atol=tolerance), f"{component}.{name}"


def losses(run):
    lines = map(json.loads, (run / "history.jsonl").read_text().splitlines())
    return [entry["loss"] for entry in lines if entry["event"] == "step_end"]


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def recipe(micro):
    return partial(micro, *SHORT, *FEW)


@pytest.fixture(scope="module")
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


def test_two_processes_write_the_bytes_of_one(recipe, shards, tmp_path):
    outcome = encode_ahead(recipe(), OPEN, tmp_path / "rows", workers=2, **SHARDS)
    assert outcome.written == 7
    assert contents(tmp_path / "rows") == contents(shards)


def test_a_killed_command_goes_on_with_the_first_missing_shard(recipe, shards, tmp_path):
    rows = tmp_path / "rows"
    sets = [word for change in (*SHORT, *FEW) for word in ("--set", change)]
    command = [sys.executable, "-m", "audio_omni", "data", "encode", "micro", "-o", str(rows)]
    process = subprocess.Popen([*command, *sets, "--shard-rows", "3", "--device", "cpu"])
    deadline = time.monotonic() + 120
    while not list(rows.glob("*/*.tar")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    there = len(list(rows.glob("*/*.json")))
    assert 0 <= there < 7
    left = rows / "000-text_to_audio" / ".000001.tar.x.part"  # as of a shard in writing
    left.write_bytes(b"half")
    outcome = encode_ahead(recipe(), OPEN, rows, **SHARDS)
    assert (outcome.shards, outcome.written) == (7, 7 - there)
    assert contents(rows) == contents(shards)


def test_a_shard_that_is_cut_off_is_named_and_made_anew(recipe, host, shards, tmp_path):
    rows = tmp_path / "rows"
    shutil.copytree(shards, rows)
    shard = rows / "000-text_to_audio" / "000001.tar"
    shard.write_bytes(shard.read_bytes()[:-2000])
    asked = recipe(f"loader.encoded={rows}")
    with pytest.raises(DataError, match=r"000001\.tar has \d+ of its \d+ bytes.*data encode"):
        train(asked, host, tmp_path / "run")
    outcome = encode_ahead(recipe(), OPEN, rows, **SHARDS)
    assert outcome.written == 1
    assert "000001.tar has" in outcome.damaged[0]
    assert contents(rows) == contents(shards)
    (rows / "001-text_to_music" / "000001.json").unlink()
    with pytest.raises(DataError, match="1 of 2 shards of soundworld:music as text_to_music are"):
        train(asked, host, tmp_path / "run")


def test_a_row_whose_bytes_have_changed_is_a_broken_row(recipe, host, shards, tmp_path):
    rows = tmp_path / "rows"
    shutil.copytree(shards, rows)
    for shard in rows.glob("*/*.tar"):
        data = bytearray(shard.read_bytes())
        data[5000] ^= 1
        shard.write_bytes(data)
    with pytest.raises(DataError, match=r"broken rows.*\.tar is damaged or cut off at row"):
        train(recipe(f"loader.encoded={rows}"), host, tmp_path / "run")
    assert encode_ahead(recipe(), OPEN, rows, **SHARDS).written == 7


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


def test_a_folder_is_begun_once(recipe, shards, tmp_path, host):
    rows = tmp_path / "rows"
    shutil.copytree(shards, rows)
    with pytest.raises(ConfigError, match="begun with shard_rows = 3; got 4"):
        encode_ahead(recipe(), OPEN, rows, shard_rows=4, device="cpu")
    with pytest.raises(ConfigError, match="begun with seed = 0; got 1"):
        encode_ahead(recipe("seed=1"), OPEN, rows, **SHARDS)
    values = find_recipe("nano_understanding", host.recipes)
    with pytest.raises(ConfigError, match="nothing can be encoded ahead"):
        encode_ahead(resolve_recipe(values), OPEN, tmp_path / "text", device="cpu")
    more = encode_ahead(recipe("mixture.sources.1.max_rows=8"), OPEN, rows, **SHARDS)
    assert (more.rows, more.written) == (19, 2)  # the last shard of 1 row, and one more


def test_half_is_half_the_room_and_close(recipe, host, shards, tmp_path):
    outcome = encode_ahead(recipe(), OPEN, tmp_path / "half", half=True, **SHARDS)
    whole = sum(path.stat().st_size for path in shards.glob("*/*.tar"))
    assert outcome.bytes < 0.7 * whole  # an archive of three rows is padded a lot
    for name, rows in (("half", tmp_path / "half"), ("whole", shards)):
        train(recipe(f"loader.encoded={rows}"), host, tmp_path / name / "run")
    half, exact = losses(tmp_path / "half" / "run"), losses(tmp_path / "whole" / "run")
    assert half != exact
    assert half == pytest.approx(exact, rel=0.01)


@pytest.fixture
def clips(tmp_path):
    """A manifest of six clips: one is longer than the model's, one is no sound."""
    from audio_omni.core.media.audio import save_waveform
    from audio_omni.core.media.waveform import Waveform

    generator = torch.Generator().manual_seed(0)
    lines = []
    for i in range(6):
        seconds = 5 if i == 2 else 1
        noise = 0.1 * torch.randn(1, seconds * 16000, generator=generator)
        save_waveform(Waveform(noise, 16000), tmp_path / f"{i}.wav")
        lines.append(json.dumps({"id": f"clip{i}", "audio": f"{i}.wav", "caption": f"noise {i}"}))
    (tmp_path / "4.wav").write_bytes(b"no sound")
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    return f"mixture.sources=[{{uri: 'manifest:{tmp_path}/rows.jsonl', task: text_to_audio}}]"


def test_broken_and_long_rows(micro, host, clips, tmp_path):
    few = (*SHORT, clips, "train.steps=4", "loader.crop=start")
    rows = tmp_path / "rows"
    with pytest.raises(DataError, match=r"1 rows are broken.*clip4"):
        encode_ahead(micro(*few), OPEN, rows, **SHARDS)
    told = []
    outcome = encode_ahead(
        micro(*few, "loader.max_skipped=9"),
        OPEN,
        rows,
        **SHARDS,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert (outcome.rows, outcome.broken, outcome.cut, outcome.written) == (6, 1, 1, 0)
    assert told[-1] == (6, 6)
    with pytest.raises(DataError, match=r"1 broken rows \(1 × \w+\).*clip4"):
        train(micro(*few, f"loader.encoded={rows}"), host, tmp_path / "refused")
    shutil.move(tmp_path / "0.wav", tmp_path / "away.wav")  # the sounds are not needed
    encoded = (f"loader.encoded={rows}", "loader.max_skipped=9")
    train(micro(*few, *encoded), host, tmp_path / "encoded")
    shutil.move(tmp_path / "away.wav", tmp_path / "0.wav")
    train(micro(*few, "loader.max_skipped=9"), host, tmp_path / "live")
    assert len(losses(tmp_path / "live")) == 4
    assert_same(tensors(tmp_path / "live"), tensors(tmp_path / "encoded"), tolerance=1e-5)
    anew = (*few, "loader.max_skipped=9", "loader.crop=random")
    assert encode_ahead(micro(*anew), OPEN, tmp_path / "anew", **SHARDS).cut == 1


def test_a_folder_has_one_writer_at_a_time(recipe, tmp_path):
    import fcntl

    (tmp_path / "rows").mkdir()
    with (tmp_path / "rows" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match="Another process is encoding into"):
            encode_ahead(recipe(), OPEN, tmp_path / "rows", **SHARDS)


def test_ray_is_asked_for_only_where_it_is_used(recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(PluginError, match=r"pip install 'audio-omni\[ray\]'"):
        encode_ahead(recipe(), OPEN, tmp_path / "rows", on_ray=True, **SHARDS)


def test_a_ray_cluster_writes_the_bytes_of_one_process(recipe, shards, tmp_path):
    pytest.importorskip("ray", reason="needs Ray: pip install 'audio-omni[ray]'")
    outcome = encode_ahead(recipe(), OPEN, tmp_path / "rows", workers=2, on_ray=True, **SHARDS)
    assert outcome.written == 7
    assert contents(tmp_path / "rows") == contents(shards)
    assert Path(outcome.folder) == tmp_path / "rows"
