"""Latents of packed pairs: what is in them, where they lie, and all that can be wrong with them."""

import io
import json
import os
import random
import shutil
import tarfile
from functools import partial

import numpy as np
import pytest
import torch
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.core.models.build import build_codec
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.config import PackConfig
from audio_omni.plugins.audioedit.latents.bfloat import from_npy, to_float32, to_npy
from audio_omni.plugins.audioedit.latents.making import encode_latents
from audio_omni.plugins.audioedit.latents.proving import prove_latents
from audio_omni.plugins.audioedit.latents.reading import LatentShards, latents_there
from audio_omni.plugins.audioedit.latents.record import all_latents, read_record
from audio_omni.plugins.audioedit.latents.upkeep import remove_stale
from audio_omni.plugins.audioedit.packing.manifests import write_manifests
from audio_omni.plugins.audioedit.packing.shards import pack
from audio_omni.plugins.audioedit.packing.takedown import take_down
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from audio_omni.plugins.manager import build_plugin_manager
from edit_pairs import RATE, make_records

OPEN = partial(build_plugin_manager, entry_points=False, strict=True)
PADDED = round(0.4 * RATE)
LEARNED = (
    "model.codec={name: oobleck, options: {sample_rate_hz: 16000, channels: 2, width: 4, "
    "multipliers: [1, 2], strides: [4, 8], latent_dim: 6}}"
)
"""A codec with weights and a posterior, as small as one can be."""


@pytest.fixture(scope="module")
def host():
    return OPEN()


@pytest.fixture(scope="module")
def recipe(host):
    values = find_recipe("micro", host.recipes)
    return lambda *changes: resolve_recipe(values, changes)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Two shards of pairs, the first scene's padded at its end; not to be changed."""
    root = tmp_path_factory.mktemp("pairs") / "set"
    blobs = BlobStore(root)
    records = make_records(root, 3)
    padded = {"pad_samples": PADDED}
    records[:3] = [r.model_copy(update={"scene": r.scene | padded}) for r in records[:3]]
    list(pack(records, blobs, root / "shards", PackConfig(shard_samples=5)))
    write_manifests(records, blobs, root)
    return root


@pytest.fixture(scope="module")
def encoded(packed, recipe, tmp_path_factory):
    """The same with latents; not to be changed."""
    root = tmp_path_factory.mktemp("encoded") / "set"
    shutil.copytree(packed, root)
    encode_latents(root, recipe(), OPEN)
    return root


@pytest.fixture
def copy(encoded, tmp_path):
    shutil.copytree(encoded, tmp_path / "set")
    return tmp_path / "set"


def bytes_of(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.glob("shards/*/latents-*/*"))
        if not path.name.startswith(".")
    }


def faults(root):
    return [(p.name.partition("/")[2], p.id, p.fault) for p in prove_latents(root) if p.fault]


def test_bits_are_torchs_own_and_a_file_is_numpys():
    every = torch.arange(-(2**15), 2**15, dtype=torch.int16).view(torch.bfloat16).float()
    bits = np.arange(-(2**15), 2**15).astype(np.int16).view(np.uint16)
    assert np.array_equal(to_float32(bits), every.numpy(), equal_nan=True)
    values = torch.randn(3, 7, generator=torch.Generator().manual_seed(0))
    values[0, :4] = torch.tensor([1 + 2**-8, 1 + 3 * 2**-8, -0.0, 1e-40])  # halves go to even
    data = to_npy(values)
    stored = np.load(io.BytesIO(data))
    assert (stored.dtype, stored.shape) == (np.dtype("<u2"), (3, 7))
    assert np.array_equal(from_npy(data, "x"), values.bfloat16().float().numpy())
    assert from_npy(data, "x")[0, :2].tolist() == [1.0, 1 + 2**-6]
    with pytest.raises(DataError, match=r"x is no \.npy file"):
        from_npy(data[:-1], "x")
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(2, np.float32))
    with pytest.raises(DataError, match="x holds float32; expected bfloat16 as uint16"):
        from_npy(buffer.getvalue(), "x")


@pytest.mark.parametrize("changes", [(), (LEARNED,)])
def test_they_are_what_training_would_encode_rounded_and_without_padding(
    packed, recipe, host, tmp_path, changes
):
    root = shutil.copytree(packed, tmp_path / "set")
    made = encode_latents(root, recipe(*changes), OPEN)
    latents = LatentShards(sorted(root.glob("shards/train/*.tar")), made.codec.key)
    codec = build_codec(recipe(*changes).model, host, recipe().seed)
    source = open_source(f"audioedit:{root}", {}, host)
    assert len(latents) == len(source) == made.pairs == 9
    lengths = set()
    for number in range(9):
        row = source.row(number)
        for side, load in (("target", row.audio), ("source", row.media["source_audio"])):
            clip = load()
            heard = clip.samples.expand(codec.channels, -1)
            live = codec.encode(heard[None])[0].bfloat16().float()
            found = latents.latent(row.id, side)
            assert found.dtype == np.float32
            assert np.array_equal(found, live.numpy())
            lengths.add(found.shape)
    frames = {-(-n // codec.hop) for n in (3 * RATE, 3 * RATE - PADDED)}
    assert lengths == {(codec.latent_dim, n) for n in frames}


def test_what_lies_beside_says_what_was_made_with_what(encoded, recipe):
    first, second = all_latents(encoded)
    record = read_record(first)
    with tarfile.open(first) as archive:
        members = archive.getmembers()
    names = [member.name for member in members]
    assert names == sorted(names)
    assert {m.mtime for m in members} == {0}
    ids = [s["id"] for s in json.loads((first.parent.parent / "pairs-synth-000000.json")
                                       .read_text())["index"]]  # fmt: skip
    assert names == [f"{id_}.{side}.npy" for id_ in ids for side in ("source", "target")]
    assert (record.samples, read_record(second).samples) == (5, 4)
    assert (record.codec.name, record.codec.latent_dim, record.codec.channels) == ("mel", 32, 1)
    assert record.frames_per_second == 16000 / 512
    assert record.made_with["device"] == "cpu"
    assert record.bytes == first.stat().st_size
    assert encoded.name not in first.with_suffix(".json").read_text()
    (there,) = latents_there(encoded)
    assert there == ("mel", record.key, 9, 2, 2, record.bytes + second.stat().st_size)


def test_webdataset_reads_them(encoded):
    webdataset = pytest.importorskip("webdataset", reason="needs the extra 'dev'")
    urls = [str(path) for path in all_latents(encoded)]
    rows = list(webdataset.WebDataset(urls, shardshuffle=False).decode())
    assert len(rows) == 9
    assert {rows[0][f"{side}.npy"].dtype for side in ("source", "target")} == {np.dtype("uint16")}


def test_the_bytes_are_the_same_for_any_number_of_processes(packed, encoded, recipe, tmp_path):
    root = shutil.copytree(packed, tmp_path / "set")
    made = encode_latents(root, recipe(), OPEN, workers=2)
    assert (made.shards, made.written, made.elsewhere) == (2, 2, 0)
    assert bytes_of(root) == bytes_of(encoded)


def test_only_what_is_missing_damaged_or_of_an_earlier_shard_is_made(copy, encoded, recipe):
    seen = []
    on_progress = lambda done, total: seen.append((done, total))  # noqa: E731
    assert encode_latents(copy, recipe(), OPEN, on_progress=on_progress).written == 0
    assert seen == [(9, 9)]
    first, second = all_latents(copy)
    first.with_suffix(".json").unlink()
    second.write_bytes(second.read_bytes()[:-1] + b"x")
    left = first.with_name(f".{first.name}.0123456789ab.part")
    left.write_bytes(b"of a process that was killed")
    made = encode_latents(copy, recipe(), OPEN, on_progress=on_progress)
    assert made.written == 2
    assert len(made.damaged) == 1
    assert "are not those that its record tells of" in made.describe(copy)
    assert bytes_of(copy) == bytes_of(encoded)
    assert not left.exists()
    assert seen[1:3] == [(0, 9), (1, 9)]
    assert seen[-1] == (9, 9)
    record = read_record(first)
    text = first.with_suffix(".json").read_text().replace(record.audio_sha256, 64 * "0")
    first.with_suffix(".json").write_text(text)
    made = encode_latents(copy, recipe(), OPEN)
    assert (made.written, made.damaged) == (1, ())
    assert bytes_of(copy) == bytes_of(encoded)


def test_a_shard_that_another_process_is_at_work_on_is_left_to_it(copy, recipe):
    first, _ = all_latents(copy)
    first.with_suffix(".json").unlink()
    lock = {"host": "another", "pid": 1, "token": "x"}
    first.with_suffix(".lock").write_text(json.dumps(lock))
    made = encode_latents(copy, recipe(), OPEN)
    assert (made.written, made.elsewhere, made.shards) == (0, 1, 1)
    assert "1 shards are left to other processes" in made.describe(copy)


def test_what_another_process_has_written_meanwhile_is_not_made_again(
    copy, encoded, recipe, monkeypatch
):
    from audio_omni.plugins.audioedit.latents import making

    real, done = making.write_in_process, []

    def late(job, shard, on_pair):
        done.append(real(job, shard))  # as another machine would, before this one comes to it
        return real(job, shard, on_pair)

    for path in all_latents(copy):
        path.with_suffix(".json").unlink()
    monkeypatch.setattr(making, "write_in_process", late)
    seen = []
    made = encode_latents(copy, recipe(), OPEN, on_progress=lambda *at: seen.append(at))
    assert [outcome.is_new for outcome in done] == [True, True]
    assert (made.written, made.shards, made.elsewhere, made.pairs) == (0, 2, 0, 9)
    assert [at for at, _ in seen] == [0, 5, 9]
    assert bytes_of(copy) == bytes_of(encoded)


def test_a_full_disk_stops_the_run_and_leaves_nothing_half(
    packed, encoded, recipe, tmp_path, monkeypatch
):
    root = shutil.copytree(packed, tmp_path / "set")
    rng, real = random.Random(0), os.fsync
    stopped = 0
    for _ in range(4):
        left = iter([True] * rng.randrange(0, 2))

        def full(descriptor, left=left):
            if not next(left, False):
                raise OSError(28, "No space left on device")
            real(descriptor)

        monkeypatch.setattr(os, "fsync", full)
        try:
            encode_latents(root, recipe(), OPEN)
        except StopRun as stop:
            stopped += 1
            assert "The disk is full" in str(stop)  # noqa: PT017 - some rounds end well
        assert not list(root.rglob("*.part"))
        for path in root.rglob("latents-*/*.json"):
            assert read_record(path.with_suffix(".tar")) is not None
    assert stopped
    monkeypatch.setattr(os, "fsync", real)
    encode_latents(root, recipe(), OPEN)
    assert bytes_of(root) == bytes_of(encoded)


def test_every_fault_is_told_with_shard_and_pair(copy, encoded):
    assert faults(copy) == []
    first, second = all_latents(copy)
    record = read_record(first)
    data = bytearray(first.read_bytes())
    offset, size = record.index[2].members["target.npy"]
    data[offset + size - 1] ^= 1
    first.write_bytes(data)
    assert faults(copy) == [
        (first.name, record.index[2].id, "target.npy is not the file that the record names"),
        (first.name, "", "the archive's bytes are not those that its record tells of"),
    ]
    first.write_bytes(data[:-1])
    second.with_suffix(".json").unlink()
    (_, _, cut), (_, _, bare) = faults(copy)
    assert "of its" in cut
    assert "no record" in bare
    shutil.copy(encoded / first.relative_to(copy), first)
    record_of_second = encoded / second.with_suffix(".json").relative_to(copy)
    shutil.copy(record_of_second, second.with_suffix(".json"))
    audio = first.parent.parent / first.name
    audio.with_suffix(".json").write_text(
        audio.with_suffix(".json").read_text().replace(record.audio_sha256, 64 * "0")
    )
    assert faults(copy) == [
        (first.name, "", "it was made of another shard of audio than the one of its name")
    ]


def test_a_codec_that_makes_no_numbers_is_refused(packed, recipe, tmp_path, monkeypatch):
    from audio_omni.plugins.codecs.mel import MelCodec

    root = shutil.copytree(packed, tmp_path / "set")
    real = MelCodec.encode
    monkeypatch.setattr(MelCodec, "encode", lambda self, x: real(self, x) / 0)
    with pytest.raises(DataError, match=r"source.flac: the codec mel .* not finite"):
        encode_latents(root, recipe(), OPEN)
    assert bytes_of(root) == {}


def test_nothing_packed_is_told(tmp_path, recipe):
    with pytest.raises(DataError, match=r"has no shards.*audioedit pack"):
        encode_latents(tmp_path, recipe(), OPEN)


def test_a_takedown_leaves_what_encoding_anew_would(copy, recipe):
    record = json.loads((copy / "manifest-train.jsonl").read_text().splitlines()[0])["record"]
    item = record["provenance"]["ingredients"][0]["item"]
    down = take_down(copy, item, "asked for")
    assert len(down.pairs) == 3
    assert down.latents >= 1
    assert faults(copy) == []
    kept = bytes_of(copy)
    assert not any(id_.encode() in data for id_ in down.pairs for data in kept.values())
    shutil.rmtree(all_latents(copy)[0].parent)
    encode_latents(copy, recipe(), OPEN)
    assert bytes_of(copy) == kept


def test_a_takedown_that_was_stopped_leaves_none_of_its_latents(copy, monkeypatch):
    from audio_omni.plugins.audioedit.packing import takedown

    record = json.loads((copy / "manifest-train.jsonl").read_text().splitlines()[0])["record"]
    item = record["provenance"]["ingredients"][0]["item"]

    def killed(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(takedown, "write_shard", killed)
        with pytest.raises(KeyboardInterrupt):
            take_down(copy, item, "asked for")
    down = take_down(copy, item, "asked for")
    assert len(down.pairs) == 3
    assert not any(id_.encode() in data for id_ in down.pairs for data in bytes_of(copy).values())


def test_latents_of_what_was_packed_otherwise_since_are_deleted(copy):
    assert remove_stale(copy) == 0
    records = make_records(copy, 3)
    kept = [r for r in records if r.task != "extract"]
    list(pack(kept, BlobStore(copy), copy / "shards", PackConfig(shard_samples=5)))
    assert remove_stale(copy) == 2
    assert bytes_of(copy) == {}


def test_another_codec_has_another_folder_and_auto_finds_both(copy, recipe, host):
    made = encode_latents(copy, recipe(LEARNED), OPEN)
    keys = {path.parent.name for path in all_latents(copy)}
    assert keys == {f"latents-{one.key}" for one in latents_there(copy)}
    assert len(keys) == 2
    every = open_source(f"audioedit:{copy}?latents=auto", {}, host)
    assert {codec.key for codec in every.latents()} == {one.key for one in latents_there(copy)}
    one = open_source(f"audioedit:{copy}?latents={made.codec.key}", {}, host)
    assert one.latents() == (made.codec,)
    row = one.row(0)
    assert list(row.latents) == [made.codec.key]
    assert row.latents[made.codec.key]().shape[0] == 6
    plain = open_source(f"audioedit:{copy}", {}, host)
    assert (plain.latents(), dict(plain.row(0).latents)) == ((), {})
    assert plain.digest() != one.digest() == every.digest()


def test_latents_that_are_not_there_are_told(packed, copy, host):
    with pytest.raises(DataError, match=r"no codec has latents of all pairs\. There are none"):
        open_source(f"audioedit:{packed}?latents=auto", {}, host)
    with pytest.raises(DataError, match=f"Latents of codec {16 * '0'} are there for 0 of 2"):
        open_source(f"audioedit:{copy}", {"latents": 16 * "0"}, host)
    with pytest.raises(ConfigError, match="latents"):
        open_source(f"audioedit:{copy}?latents=mel", {}, host)
    first, _ = all_latents(copy)
    first.with_suffix(".json").unlink()
    with pytest.raises(DataError, match=r"are there for 1 of 2 shards.*audioedit encode"):
        open_source(f"audioedit:{copy}?latents=auto", {}, host)


def test_bytes_that_changed_are_a_broken_row(copy, host):
    source = open_source(f"audioedit:{copy}?latents=auto", {}, host)
    first, _ = all_latents(copy)
    sample = read_record(first).index[0]
    data = bytearray(first.read_bytes())
    data[sum(sample.members["target.npy"]) - 1] ^= 1
    first.write_bytes(data)
    (row,) = [row for i in range(9) if (row := source.row(i)).id == sample.id]
    with pytest.raises(DataError, match=rf"{sample.id}\.target\.npy: its bytes have changed"):
        next(iter(row.latents.values()))()
    shards = LatentShards(sorted(copy.glob("shards/train/*.tar")), source.latents()[0].key)
    assert shards.latent(sample.id, "source").shape == (
        32,
        -(-row.audio().samples.shape[-1] // 512),
    )
    with pytest.raises(DataError, match=r"no latent middle\.npy of pair"):
        shards.latent(sample.id, "middle")
