"""The factory from nothing to shards: what a data set of pairs consists of."""

import hashlib
import json
import os
import shutil
from collections import Counter

import numpy as np
import pytest
from audio_omni.core.errors import AudioOmniError, ConfigError
from audio_omni.plugins.audioedit.config import SYNTHETIC
from audio_omni.plugins.audioedit.funnel import conflicts_met, funnel
from audio_omni.plugins.audioedit.making import make, pack_all
from audio_omni.plugins.audioedit.packing.shards import pack
from audio_omni.plugins.audioedit.records import EditRecord
from audio_omni.plugins.audioedit.words.instructions import word
from audio_omni.plugins.audioedit.workspace import reopen_workshop
from small_pairs import CATALOG, SCENES, config, reopen


def test_every_scene_gives_a_pair_of_every_task(made):
    tasks = Counter(record.task for record in made.records)
    assert tasks == dict.fromkeys(SYNTHETIC, SCENES)
    assert {record.split for record in made.records} == {"train", "validation"}
    assert all(record.quality.verified for record in made.records)
    for line in made.funnel:
        assert line.came_in == line.kept + line.rejected.total() + line.failed
    by_name = {line.stage: line for line in made.funnel}
    assert by_name["verify"].came_in == by_name["render"].made == 3 * SCENES


def test_nothing_falls_short_and_what_came_out_is_what_was_planned(made):
    assert [(q.task, q.asked, q.short) for q in made.quotas] == [(t, SCENES, 0) for t in SYNTHETIC]
    assert made.missing == 0
    measured = [r for r in made.records if "snr_realised_db" in r.scores]
    assert measured
    for record in measured:
        assert abs(record.scores["snr_realised_db"] - record.scores["snr_db"]) <= 0.1
    assert all(record.scene["bandwidth_hz"] > 0 for record in made.records)
    workshop, _, steps = reopen(made.root)
    met, drawn = conflicts_met(workshop, steps)
    assert drawn - met == SCENES


def test_the_schema_of_records_and_the_recordings_they_are_of_lie_beside_them(made):
    schema = json.loads((made.root / "record.schema.json").read_text())
    fields = {field.alias or name for name, field in EditRecord.model_fields.items()}
    assert set(schema["properties"]) == fields
    assert "schema" in fields
    lines = (made.root / "sources.lock.jsonl").read_text().splitlines()
    locked = {(row["dataset"], row["item"]): row for row in map(json.loads, lines)}
    assert len(locked) == len(lines)
    used = {(i.dataset, i.item): (i, r) for r in made.records for i in r.provenance.ingredients}
    assert used.keys() <= locked.keys()
    for name, (ingredient, record) in used.items():
        row = locked[name]
        assert (row["sha256"], row["role"]) == (ingredient.sha256, ingredient.role)
        assert (row["sample_rate"], row["channels"]) == (ingredient.sample_rate, 1)
        assert row["group"] in record.groups
        assert row["split"] == record.split
        assert row["frames"] > 0
        blob = made.root / "blobs" / row["sha256"][:2] / f"{row['sha256']}.flac"
        assert row["bytes"] == blob.stat().st_size
        assert row["licence"] == ingredient.licence


def test_beside_the_shards_of_each_split_lies_whom_to_credit_for_them(made):
    for split in ("train", "validation"):
        text = (made.root / "shards" / split / "ATTRIBUTION").read_text(encoding="utf-8")
        own = {i.item for r in made.records if r.split == split for i in r.provenance.ingredients}
        others = {i.item for r in made.records for i in r.provenance.ingredients} - own
        words = set(text.replace(",", " ").split())
        assert own <= words
        assert not others & words


def test_shards_may_hold_one_edit_each(made, tmp_path):
    workshop, _, _ = reopen(made.root)
    options = workshop.config.pack.model_copy(update={"by_task": True})
    packed = list(pack(made.records, workshop.blobs, tmp_path / "shards", options))
    names = {shard.path.relative_to(tmp_path / "shards").as_posix() for shard in packed}
    splits = {record.split for record in made.records}
    assert names == {f"{s}/{t}-synth-000000.tar" for s in splits for t in SYNTHETIC}
    for shard in packed:
        assert list(shard.tasks) == [shard.path.name.partition("-")[0]]
    mixed = {path.name.partition("-")[0] for path in made.root.glob("shards/*/*.tar")}
    assert mixed == {"pairs"}


def test_a_record_names_the_streams_that_it_was_drawn_from(made):
    """With the name alone its words are drawn again."""
    for record in made.records:
        scene = f"{record.scene['scene']}.{record.scene['draw']}"
        key = f"{record.dataset}/{record.version}/synth"
        seeds = record.provenance.seeds
        assert seeds == {
            "scene": f"{key}/{scene}/scene", "words": f"{key}/{scene}.{record.task}/words"
        }  # fmt: skip
        digest = hashlib.sha256(seeds["words"].encode()).digest()
        rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))
        rng.integers(1)  # of one language
        said = record.instruction
        assert word(record.task, said.slots, rng=rng, split=record.split) == said


def test_no_recording_is_on_two_sides(made):
    sides = {}
    for record in made.records:
        for group in record.groups:
            sides.setdefault(group, set()).add(record.split)
    assert all(len(found) == 1 for found in sides.values())


def test_records_survive_json_and_tell_of_no_place(made):
    for record in made.records:
        assert EditRecord.model_validate_json(record.line()) == record
        assert record.licence.commercial_ok
        for telling in (str(made.root), os.path.expanduser("~"), os.sep + "tmp"):
            assert telling not in record.line()


def test_an_index_or_a_manifest_tells_of_no_place_either(made):
    for path in [*made.root.rglob("*.json"), *made.root.rglob("*.jsonl")]:
        assert str(made.root.parent) not in path.read_text(encoding="utf-8")


def test_no_manifest_stays_of_what_is_not_packed_any_more(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "set")
    workshop, _, steps = reopen(tmp_path / "set")
    workshop.config = config(pack={"licences": ("MIT",)})
    assert pack_all(workshop, steps)[0].records == []
    assert not list((tmp_path / "set").glob("manifest-*.jsonl"))


def test_another_configuration_is_refused_with_what_differs(made):
    other = config(bits=24)
    with pytest.raises(ConfigError, match="begun with another configuration: bits: 16 → 24"):
        make(made.root, other, CATALOG)
    looser = config(limits={"backoff_s": 0, "max_attempts": 5})
    assert len(make(made.root, looser, CATALOG).records) == len(made.records)


def test_a_missing_warper_is_told_before_any_work(tmp_path):
    values = config().synthesis.model_dump()
    values |= {"stretch": [0.8, 1.2], "warper": {"name": "sox", "options": {"program": "no-sox"}}}
    with pytest.raises(AudioOmniError, match="found no program 'no-sox'"):
        make(tmp_path / "set", config(synthesis=values), CATALOG)
    assert not list((tmp_path / "set").rglob("part-*"))


def test_a_blocked_plugin_has_no_command():
    host = CATALOG(blocked=["audioedit"])
    assert "audioedit" not in host.commands
    assert "audioedit" not in host.sources
    assert "audioedit" in CATALOG().commands


def test_stand_ins_cannot_be_reached_by_any_command():
    names = {spec.name for spec in CATALOG().edit_providers}
    assert not names & {"stub", "oracle", "hash", "toy"}


def test_the_funnel_is_the_same_from_disk(made):
    workshop, _, steps = reopen(made.root)
    assert [line.to_dict() for line in funnel(workshop, steps)] == [
        line.to_dict() for line in made.funnel
    ]


def test_a_set_is_looked_at_where_its_sources_are_not(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "set")
    path = tmp_path / "set" / "dataset.yaml"
    path.write_text(path.read_text().replace("soundworld:events", "manifest:/gone/rows.jsonl"))
    workshop, steps = reopen_workshop(tmp_path / "set", CATALOG())
    assert {r.id for r in pack_all(workshop, steps)[0].records} == {r.id for r in made.records}
