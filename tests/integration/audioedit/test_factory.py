"""The factory from nothing to shards: same bytes however it is run, and whatever ends it."""

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from audio_omni.core.data.manifest import ManifestOptions, ManifestSource
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import AudioOmniError, ConfigError, DataError
from audio_omni.core.task import build_task
from audio_omni.plugins.audioedit.beginning import begin
from audio_omni.plugins.audioedit.config import SYNTHETIC
from audio_omni.plugins.audioedit.funnel import conflicts_met, funnel
from audio_omni.plugins.audioedit.making import make, pack_all
from audio_omni.plugins.audioedit.packing.shards import pack
from audio_omni.plugins.audioedit.rebuilding import prove, rebuild
from audio_omni.plugins.audioedit.records import EditRecord
from audio_omni.plugins.audioedit.stages.locks import held
from audio_omni.plugins.audioedit.stages.parts import parts_in
from audio_omni.plugins.audioedit.stages.runner import do_work, run_steps
from audio_omni.plugins.audioedit.stages.workshop import Workshop
from audio_omni.plugins.audioedit.words.instructions import word
from audio_omni.plugins.audioedit.workspace import open_workshop, reopen_workshop
from small_pairs import CATALOG, SCENES, config, hashes, written


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("made") / "set", config(), CATALOG)


def reopened(root):
    return open_workshop(root, config(), CATALOG)


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
    workshop, _, steps = reopened(made.root)
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
    workshop, _, _ = reopened(made.root)
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


def test_rendering_again_gives_the_same_bytes(made, tmp_path):
    workshop, _, _ = reopened(made.root)
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
    workshop, _, steps = reopened(tmp_path / "set")
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
    workshop, _, _ = reopened(tmp_path / "set")
    path = workshop.blobs.path(made.records[0].provenance.ingredients[0].sha256)
    before = path.read_bytes()
    path.unlink()
    with pytest.raises(DataError, match="the folder of the stage that made it"):
        rebuild(made.records[0], workshop)
    shutil.rmtree(workshop.folder("ingredients"))
    make(tmp_path / "set", config(), CATALOG)
    assert path.read_bytes() == before
    assert hashes(tmp_path / "set") == hashes(made.root)


def test_no_manifest_stays_of_what_is_not_packed_any_more(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "set")
    workshop, _, steps = reopened(tmp_path / "set")
    workshop.config = config(pack={"licences": ("MIT",)})
    assert pack_all(workshop, steps)[0].records == []
    assert not list((tmp_path / "set").glob("manifest-*.jsonl"))


@pytest.mark.parametrize("workers", [2, 3])
def test_processes_leave_the_same_bytes(made, tmp_path, workers):
    again = make(tmp_path / "set", config(), CATALOG, workers=workers)
    assert hashes(again.root) == hashes(made.root)


def test_a_limit_and_then_the_rest_leave_the_same_bytes(made, tmp_path):
    some = make(tmp_path / "set", config(), CATALOG, limit=5)
    assert Counter(record.task for record in some.records) == dict.fromkeys(SYNTHETIC, 5)
    make(tmp_path / "set", config(), CATALOG)
    assert hashes(tmp_path / "set") == hashes(made.root)


def test_packing_again_gives_the_same_bytes(made, tmp_path):
    before = hashes(made.root)
    stray = made.root / "shards" / "train" / "pairs-synth-000099.tar"
    stray.write_bytes(b"of an earlier packing")
    workshop, _, steps = reopened(made.root)
    pack_all(workshop, steps)
    assert hashes(made.root) == before


def command(root, folder, *more):
    return [
        sys.executable, "-m", "audio_omni", "audioedit", "run", "-o", str(root),
        "--profile", str(written(folder)), "--workers", "2", *more,
    ]  # fmt: skip


def test_parts_in_any_order_leave_the_same_bytes(made, tmp_path):
    """Of every stage, each part in a workshop of its own, as processes have them."""
    workshop, job, steps = open_workshop(tmp_path / "set", config(), CATALOG)
    begin(workshop.root, config(), workshop.keys)

    def shuffled(job, works, tally):
        works = random.Random(7).sample(works, len(works))
        assert len(works) > 2
        for work in works:
            own = Workshop(job.root, job.config, workshop.catalog, job.keys)
            do_work(own, work, lambda: False, lambda stage, line: tally.add(line))

    run_steps(job, workshop, steps, shuffled)
    pack_all(workshop, steps)
    assert hashes(tmp_path / "set") == hashes(made.root)


TOTAL = 32 + SCENES + SCENES + 3 * SCENES
"""Outcomes of a whole run: recordings, plans, scenes, pairs."""


def outcomes(root):
    """Outcomes that are written down, of parts in work and of complete ones."""
    found = 0
    for path in root.rglob("part-*.jsonl"):
        with contextlib.suppress(FileNotFoundError):  # it may have been renamed
            found += path.read_bytes().count(b'"outcome"')
    return found


def workers_of(pid):
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [n for n in told if b"spawn_main" in Path(f"/proc/{n}/cmdline").read_bytes()]


def kill(process, whom):
    if whom == "all":
        os.killpg(process.pid, signal.SIGKILL)
    elif whom == "parent":
        os.kill(process.pid, signal.SIGKILL)
    else:
        os.kill(int(workers_of(process.pid)[0]), signal.SIGKILL)


def wait_until(is_so, process):
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline and not is_so():
        time.sleep(0.005)


PACKING = -1
MOMENTS = {"all": ((3, TOTAL), PACKING), "parent": ((3, TOTAL),), "worker": ((34, TOTAL),)}


@pytest.mark.parametrize("whom", MOMENTS)
def test_killed_anywhere_it_ends_with_the_same_bytes(made, tmp_path, whom):
    """SIGKILL at random moments and while it packs: to all, to the parent, or to one process."""
    environment, root = {**os.environ, "OMP_NUM_THREADS": "1"}, tmp_path / "set"
    rng, killed = random.Random(whom), 0
    for moment in MOMENTS[whom]:
        wanted = None if moment == PACKING else rng.randrange(*moment)
        process = subprocess.Popen(
            command(root, tmp_path), env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        if wanted is None:
            wait_until(lambda: list(root.glob("shards/*/.*")), process)
        else:
            wait_until(lambda n=wanted: outcomes(root) >= n, process)
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError, IndexError):  # it may be over
                kill(process, whom)
                killed += 1
        _, said = process.communicate()
        assert whom != "worker" or process.returncode == 0, said
    assert killed > 0
    for _ in range(100):
        done = subprocess.run(
            command(root, tmp_path, "--json"), env=environment, capture_output=True,
            check=False, text=True, timeout=300,
        )  # fmt: skip
        if "another run is at work" not in done.stderr:
            break  # a process whose parent was killed ends with the item in its hands
    assert done.returncode == 0, done.stderr
    ids = [json.loads(line)["id"]
           for path in root.glob("manifest-*.jsonl")
           for line in path.read_text().splitlines()]  # fmt: skip
    assert len(ids) == len(set(ids)) == 3 * SCENES
    assert hashes(root) == hashes(made.root)
    assert not temporary_files(root)


def temporary_files(root):
    return [p for p in root.rglob("*") if p.name.endswith((".part", ".lock", ".open.jsonl"))]


def test_what_the_killed_left_beside_complete_parts_is_removed_and_other_runs_is_not(
    made, tmp_path
):
    shutil.copytree(made.root, tmp_path / "set")
    workshop, _, steps = reopened(tmp_path / "set")
    first, second = parts_in(workshop.folder("verify"))[:2]
    gone = {"host": os.uname().nodename, "pid": 2**22 + 1, "token": "x"}
    first.lock_path.write_text(json.dumps(gone))
    first.journal.write_text("")
    with held(second.lock_path):
        second.journal.write_text("")
        pack_all(workshop, steps)
        assert sorted(temporary_files(tmp_path)) == [second.lock_path, second.journal]
    assert hashes(tmp_path / "set").items() >= hashes(made.root).items()


def test_two_runs_in_one_folder_do_not_disturb_each_other(made, tmp_path):
    """They share the parts; whoever finds none left says so, and the same command goes on."""
    environment, root = {**os.environ, "OMP_NUM_THREADS": "1"}, tmp_path / "set"
    both = [
        subprocess.Popen(
            [*command(root, tmp_path)[:-1], "1"], env=environment, stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in both:
        _, said = process.communicate(timeout=300)
        assert process.returncode in {0, 3}, said
        assert process.returncode == 0 or "another run is at work on" in said
    make(root, config(), CATALOG)
    assert hashes(root) == hashes(made.root)
    assert not temporary_files(root)


def test_asked_to_end_it_leaves_with_3_and_goes_on(made, tmp_path):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command(tmp_path / "set", tmp_path), env=environment, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list((tmp_path / "set").rglob("*.open.jsonl")):
        time.sleep(0.02)
    process.terminate()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 3, said
    assert "stopped: Stopped as asked. Run the same command again" in said
    make(tmp_path / "set", config(), CATALOG)
    assert hashes(tmp_path / "set") == hashes(made.root)


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


def rows_of(source):
    return {source.row(i).id: source.row(i) for i in range(len(source))}


def test_the_three_sources_read_the_same_rows(made):
    catalog = CATALOG()
    ours = rows_of(open_source(f"audioedit:{made.root}", {}, catalog))
    manifest = ManifestSource(str(made.root / "manifest-train.jsonl"), ManifestOptions())
    fields = {"field_map": {"audio": "target", "source_audio": "source"}}
    tars = rows_of(open_source(f"webdataset:{made.root}/shards/train/*.tar", fields, catalog))
    plain = rows_of(manifest)
    assert set(ours) == set(plain) == {name.rpartition("/")[2] for name in tars}
    for name, row in ours.items():
        same = {"instruction", "description", "label", "duration_s", "task"}
        shard = next(r for n, r in tars.items() if n.endswith(name))
        for other in (plain[name], shard):
            assert {k: row.fields.get(k) for k in same} == {k: other.fields.get(k) for k in same}
            for side in ("audio", "source_audio"):
                a, b = (r.audio() if side == "audio" else r.media[side]() for r in (row, other))
                assert np.array_equal(a.samples.numpy(), b.samples.numpy())


@pytest.mark.parametrize("task", SYNTHETIC)
def test_rows_feed_the_editing_tasks(made, task):
    catalog = CATALOG()
    source = open_source(f"audioedit:{made.root}?task={task}&branch=synth", {}, catalog)
    assert {source.row(i).fields["task"] for i in range(len(source))} == {task}
    example = build_task(catalog, task, {}).to_example(source.row(0))
    assert example.target.seconds == 2.0
    assert source.row(0).truth["label"]
    assert source.held_out() is not None
    assert not set(rows_of(source)) & set(rows_of(source.held_out()))


def test_a_set_that_was_not_packed_says_how(tmp_path):
    with pytest.raises(DataError, match="Pack them first: audio-omni audioedit pack"):
        open_source(f"audioedit:{tmp_path}", {}, CATALOG())
    with pytest.raises(ConfigError, match="unknown tsk; a query has task, branch, split"):
        open_source(f"audioedit:{tmp_path}?tsk=add", {}, CATALOG())


def test_parquet_loads_without_an_audio_decoder(made, tmp_path):
    datasets = pytest.importorskip("datasets")
    from audio_omni.plugins.audioedit.packing.parquet import write_parquet

    workshop, _, _ = reopened(made.root)
    files = write_parquet(made.records, workshop.blobs, tmp_path / "parquet")
    assert [path.name for path in files] == ["train-00000.parquet", "validation-00000.parquet"]
    for streaming in (False, True):
        loaded = datasets.load_dataset(
            "parquet", data_files={"train": str(files[0])}, split="train", streaming=streaming,
            cache_dir=str(tmp_path / "cache"),
        )  # fmt: skip
        row = next(iter(loaded))
        record = json.loads(row["record"])
        assert row["target"]["bytes"] == workshop.blobs.bytes(record["target"]["sha256"])
        assert isinstance(loaded.features["source"], datasets.Audio)


def test_an_export_is_a_folder_that_loads_by_its_card(made, tmp_path):
    datasets = pytest.importorskip("datasets")
    from audio_omni.plugins.audioedit.exporting import export_parquet

    workshop, _, steps = reopened(made.root)
    chosen, files = export_parquet(workshop, steps, tmp_path / "out")
    assert chosen.records == made.records
    assert files[-1].name == "README.md"
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    splits = Counter(record.split for record in made.records)
    assert {name: rows.num_rows for name, rows in loaded.items()} == splits
    card = files[-1].read_text(encoding="utf-8")
    assert f"{len(made.records)} pairs" in card
    assert str(made.root.parent) not in card
    for line in made.funnel:
        assert f"| {line.stage} | {line.came_in} | {line.kept} |" in card


def test_a_blocked_plugin_has_no_command():
    host = CATALOG(blocked=["audioedit"])
    assert "audioedit" not in host.commands
    assert "audioedit" not in host.sources
    assert "audioedit" in CATALOG().commands


def test_stand_ins_cannot_be_reached_by_any_command():
    names = {spec.name for spec in CATALOG().edit_providers}
    assert not names & {"stub", "oracle", "hash", "toy"}


def test_the_funnel_is_the_same_from_disk(made):
    workshop, _, steps = reopened(made.root)
    assert [line.to_dict() for line in funnel(workshop, steps)] == [
        line.to_dict() for line in made.funnel
    ]


def test_a_set_is_looked_at_where_its_sources_are_not(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "set")
    path = tmp_path / "set" / "dataset.yaml"
    path.write_text(path.read_text().replace("soundworld:events", "manifest:/gone/rows.jsonl"))
    workshop, steps = reopen_workshop(tmp_path / "set", CATALOG())
    assert {r.id for r in pack_all(workshop, steps)[0].records} == {r.id for r in made.records}
