"""Training on latents that were made ahead is training on the audio, to bfloat16."""

import json
import shutil

import pytest
import torch
from audio_omni.core.encoding.ahead import encode_ahead
from audio_omni.core.encoding.index import read_index
from audio_omni.core.encoding.reading import EncodedRows
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.core.recipe import resolve_recipe
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.session import train
from audio_omni.plugins.audioedit.latents.making import encode_latents
from audio_omni.plugins.audioedit.latents.record import all_latents
from audio_omni.plugins.audioedit.making import make, pack_all
from audio_omni.plugins.audioedit.workspace import open_workshop
from audio_omni.plugins.codecs.mel import MelCodec
from small_pairs import CATALOG, config

TASKS = ("add", "remove", "extract")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return make(tmp_path_factory.mktemp("pairs") / "set", config(), CATALOG).root


@pytest.fixture(scope="module")
def encoded(pairs):
    encode_latents(pairs, recipe(pairs), CATALOG)
    return pairs


def recipe(root, latents=None, *changes):
    """Clips of 3 s, so that pairs of 2 s are not cut."""
    query = "" if latents is None else f"&latents={latents}"
    sources = [{"uri": f"audioedit:{root}?task={task}{query}", "task": task} for task in TASKS]
    values = {
        "name": "latents",
        "model": {"preset": "micro"},
        "mixture": {"sources": sources},
        "loader": {"batch_size": 4, "workers": 0, "feature_cache": "off"},
        "train": {"steps": 4, "log_every": 1, "checkpoint_every": 4},
        "tracking": {"observers": ["jsonl"]},
        "evaluation": {"every": None},
    }
    return resolve_recipe(values, changes)


def run(chosen, folder):
    assert train(chosen, CATALOG(), folder, device="cpu").status == "finished"
    lines = map(json.loads, (folder / "history.jsonl").read_text().splitlines())
    losses = [line["loss"] for line in lines if line["event"] == "step_end"]
    checkpoint = load_checkpoint(folder)
    return losses, {name: checkpoint.tensors(name) for name in checkpoint.hashes}


@pytest.fixture(scope="module")
def live(encoded, tmp_path_factory):
    return run(recipe(encoded), tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="module")
def ready(encoded, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MelCodec, "encode", lambda *a: pytest.fail("the codec was asked"))
        return run(recipe(encoded, "auto"), tmp_path_factory.mktemp("ready"))


def test_losses_are_those_of_audio_to_bfloat16(live, ready):
    (ours, _), (theirs, _) = ready, live
    assert len(ours) == len(theirs) == 4
    assert ours == pytest.approx(theirs, rel=2**-8)
    assert ours != theirs, "bfloat16 leaves a trace: else the latents were not read"


def test_workers_and_another_codec_beside_change_nothing(encoded, ready, tmp_path):
    root = shutil.copytree(encoded, tmp_path / "set")
    encode_latents(root, recipe(root, None, "model.codec.options.mean_db=-40"), CATALOG)
    assert len({path.parent.name for path in all_latents(root)}) == 2
    losses, tensors = run(recipe(root, "auto", "loader.workers=1"), tmp_path / "run")
    assert losses == ready[0]
    for component, named in tensors.items():
        for name, tensor in named.items():
            assert torch.equal(tensor, ready[1][component][name]), f"{component}.{name}"


def test_rows_that_are_encoded_ahead_take_the_latents_in(encoded, ready, tmp_path, monkeypatch):
    monkeypatch.setattr(MelCodec, "encode", lambda *a: pytest.fail("the codec was asked"))
    chosen = recipe(encoded, "auto")
    encode_ahead(chosen, CATALOG, tmp_path / "rows", device="cpu")
    index = read_index(tmp_path / "rows")
    row = EncodedRows(tmp_path / "rows", index.entries[0], index.shard_rows).example(0)
    assert torch.equal(row.latent, row.latent.bfloat16().float())
    from_rows = recipe(encoded, "auto", f"loader.encoded={tmp_path / 'rows'}")
    losses, _ = run(from_rows, tmp_path / "run")
    assert losses == ready[0]


def test_latents_of_another_codec_are_refused_before_the_first_step(encoded, tmp_path):
    other = recipe(encoded, "auto", "model.codec.options.mean_db=-40")
    with pytest.raises(ConfigError, match=r"there, here: options\.mean_db: -47\.0, -40\.0"):
        train(other, CATALOG(), tmp_path / "run", device="cpu")
    with pytest.raises(ConfigError, match="Latents of two codecs never mix"):
        encode_ahead(other, CATALOG, tmp_path / "rows", device="cpu")


def test_rows_that_would_be_cut_stop_the_run(encoded, tmp_path):
    short = recipe(encoded, "auto", "model.clip_seconds=1")
    with pytest.raises(DataError, match=r"longer than the model's clips of 1 s.*`latents`"):
        train(short, CATALOG(), tmp_path / "run", device="cpu")


def test_what_is_left_out_when_packed_again_is_left_in_no_latent(encoded, tmp_path, caplog):
    root = shutil.copytree(encoded, tmp_path / "set")
    workshop, _, steps = open_workshop(root, config(), CATALOG)
    before = {path: path.read_bytes() for path in all_latents(root)}
    pack_all(workshop, steps)
    assert {path: path.read_bytes() for path in all_latents(root)} == before
    packing = workshop.config.pack.model_copy(update={"shard_samples": 7})
    workshop.config = workshop.config.model_copy(update={"pack": packing})
    pack_all(workshop, steps)
    assert f"{len(before)} shards of latents were of other pairs" in caplog.text
    assert all_latents(root) == []
