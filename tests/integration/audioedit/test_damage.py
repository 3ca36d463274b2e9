"""Shards prove themselves; what is damaged or lost is named, and made again."""

import json
import os
import shutil

import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.making import make, pack_all
from audio_omni.plugins.audioedit.rebuilding import prove, rebuild
from small_pairs import CATALOG, SCENES, config, hashes, reopen


def test_rendering_again_gives_the_same_bytes(made, tmp_path):
    workshop, _, _ = reopen(made.root)
    for record in made.records[::5]:
        assert rebuild(record, workshop).same
    changed = made.records[0].model_copy(
        update={"scene": {**made.records[0].scene, "background_start": 7}}
    )
    assert not rebuild(changed, workshop).same


def test_shards_prove_every_pair_and_name_what_is_wrong(made, tmp_path):
    proofs = list(prove(made.root))
    assert len(proofs) == 3 * SCENES
    assert {proof.fault for proof in proofs} == {None}
    copy = tmp_path / "copy"
    shutil.copytree(made.root / "shards", copy / "shards")
    shard = sorted(copy.glob("shards/train/*.tar"))[0]
    index = json.loads(shard.with_suffix(".json").read_text())["index"]
    offset, size = index[2]["members"]["target.flac"]
    data = bytearray(shard.read_bytes())
    data[offset + size // 2] ^= 1
    shard.write_bytes(data)
    wrong = [proof for proof in prove(copy) if proof.fault]
    assert [proof.id for proof in wrong] == [index[2]["id"], ""]
    assert wrong[0].fault == "target.flac is not the file that its record names"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda shard: shard.unlink(), "cannot be read: No such file"),
        (lambda shard: shard.with_suffix(".json").unlink(), "cannot be read: No such file"),
        (lambda shard: shard.with_suffix(".json").write_text("{}"), "cannot be read: KeyError"),
        (lambda shard: shard.with_suffix(".json").write_text("no"), "cannot be read: JSONDecode"),
        (lambda shard: os.truncate(shard, 5000), "the archive's bytes are not those"),
    ],
)
def test_a_shard_without_its_archive_or_its_index_is_named(made, tmp_path, damage, said):
    shutil.copytree(made.root / "shards", tmp_path / "copy" / "shards")
    shard = sorted((tmp_path / "copy").glob("shards/train/*.tar"))[0]
    damage(shard)
    wrong = [proof for proof in prove(tmp_path / "copy") if proof.fault and not proof.id]
    assert [proof.shard for proof in wrong] == [shard]
    assert said in wrong[0].fault


@pytest.mark.parametrize("damaged", [False, True])
def test_a_file_that_is_lost_names_its_pair_and_is_put_back(made, tmp_path, damaged):
    shutil.copytree(made.root, tmp_path / "set")
    workshop, _, steps = reopen(tmp_path / "set")
    record = made.records[3]
    path = workshop.blobs.path(record.target.sha256)
    before = path.read_bytes()
    path.write_bytes(before[:-1]) if damaged else path.unlink()
    with pytest.raises(DataError, match=r"Pair ae1-\S+: Blob .* audioedit redo DIR ID"):
        pack_all(workshop, steps)
    assert rebuild(record, workshop).same
    assert path.read_bytes() == before
    pack_all(workshop, steps)
    assert hashes(tmp_path / "set") == hashes(made.root)


def test_a_recording_that_is_lost_is_made_anew_as_the_message_says(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "set")
    workshop, _, _ = reopen(tmp_path / "set")
    path = workshop.blobs.path(made.records[0].provenance.ingredients[0].sha256)
    before = path.read_bytes()
    path.unlink()
    with pytest.raises(DataError, match="the folder of the stage that made it"):
        rebuild(made.records[0], workshop)
    shutil.rmtree(workshop.folder("ingredients"))
    make(tmp_path / "set", config(), CATALOG)
    assert path.read_bytes() == before
    assert hashes(tmp_path / "set") == hashes(made.root)
