"""Sources of all kinds in one run, and what becomes of it when one of them is damaged or goes."""

import io
import json
import shutil
import tarfile

import numpy as np
import pytest
import soundfile
import torch
from audio_omni.core.errors import DataError
from audio_omni.core.events import StepEnd
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.session import train

RATE, ROWS = 16000, 4
SHORT = ("train.checkpoint_every=100", "train.log_every=1", "loader.batch_size=6")
QUIET = ("evaluation.every=null", "loader.feature_cache=off")


def clip(number):
    samples = 0.1 * np.random.default_rng(number).standard_normal(RATE)
    written = io.BytesIO()
    soundfile.write(written, samples.astype(np.float32), RATE, format="FLAC")
    return written.getvalue()


@pytest.fixture
def manifest(tmp_path):
    folder = tmp_path / "manifest"
    folder.mkdir()
    rows = [{"id": str(i), "audio": f"{i}.flac", "caption": f"noise {i}"} for i in range(ROWS)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for i in range(ROWS):
        (folder / f"{i}.flac").write_bytes(clip(i))
    return folder


@pytest.fixture
def shard(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for i in range(ROWS):
            for name, data in ((f"{i}.txt", f"noise {i}".encode()), (f"{i}.flac", clip(i))):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return path


@pytest.fixture
def recipe(micro):
    """A function that returns a small run over sources, given by their URIs and options."""

    def make(*sources, settings=()):
        entries = [
            {"uri": uri, "task": "text_to_audio", "options": options} for uri, options in sources
        ]
        mixture = f"mixture.sources={json.dumps(entries)}"
        return micro(mixture, *SHORT, *QUIET, *settings)

    return make


def steps(run):
    lines = map(json.loads, (run / "history.jsonl").read_text().splitlines())
    return [line for line in lines if line["event"] == "step_end"]


def tensors(run):
    checkpoint = load_checkpoint(run)
    return {name: checkpoint.tensors(name) for name in checkpoint.hashes}


def test_a_manifest_shards_and_a_data_set_mix(recipe, host, manifest, shard, tmp_path):
    datasets = pytest.importorskip("datasets")
    columns = {
        "audio": [{"bytes": clip(i), "path": f"{i}.flac"} for i in range(ROWS)],
        "caption": [f"noise {i}" for i in range(ROWS)],
    }
    table = datasets.Dataset.from_dict(columns).cast_column("audio", datasets.Audio())
    table.save_to_disk(str(tmp_path / "set"))
    mixed = recipe(
        (f"manifest:{manifest}/rows.jsonl", {}),
        (f"webdataset:{shard}", {}),
        (f"hf:{tmp_path / 'set'}", {}),
        settings=["train.steps=2", "loader.workers=1"],
    )
    train(mixed, host, tmp_path / "run")
    shares = steps(tmp_path / "run")[-1]["realised_shares"]
    assert len(shares) == 3
    assert all(share == pytest.approx(1 / 3, abs=1 / 12) for share in shares.values())


def test_a_shard_that_is_cut_off_costs_its_rows_which_are_told(
    recipe, host, shard, tmp_path, caplog
):
    shard.write_bytes(shard.read_bytes()[: -len(clip(3)) - 20_000])
    source = (f"webdataset:{shard}", {})
    settings = ("train.steps=4", "loader.max_skipped=20")
    train(recipe(source, settings=settings), host, tmp_path / "run")
    counts = [step["skipped"].get("DataError", 0) for step in steps(tmp_path / "run")]
    assert counts == sorted(counts)
    assert 4 <= counts[-1] <= 12  # one or two rows of four, drawn once in four
    assert "the shard is cut off. Copy it again" in caplog.text
    with pytest.raises(DataError, match=r"broken rows .* the run allows 2 \(loader\.max_skipped\)"):
        train(recipe(source, settings=("loader.max_skipped=2",)), host, tmp_path / "strict")


def test_a_source_that_vanishes_costs_no_step(recipe, host, manifest, tmp_path):
    """What was learned until then is saved, and a resume ends as if nothing had happened."""
    run, whole, away = tmp_path / "run", tmp_path / "whole", tmp_path / "away"
    asked = recipe((f"manifest:{manifest}/rows.jsonl", {}), settings=("train.steps=6",))
    train(asked, host, whole)

    def vanish(event):
        if isinstance(event, StepEnd) and event.step == 3:
            shutil.move(manifest, away)

    with pytest.raises(DataError, match=r"broken rows .*flac"):
        train(asked, host, run, observers=[vanish])
    assert load_checkpoint(run).step == 3
    with pytest.raises(DataError, match=r"rows\.jsonl"):
        train(asked, host, run, resume=True)
    shutil.move(away, manifest)
    train(asked, host, run, resume=True)
    first, second = tensors(whole), tensors(run)
    for component, own in first.items():
        assert all(torch.equal(tensor, second[component][name]) for name, tensor in own.items())
