"""Pairs are read by three sources, by tasks, and by the library datasets."""

import json
from collections import Counter

import numpy as np
import pytest
from audio_omni.core.data.manifest import ManifestOptions, ManifestSource
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.core.task import build_task
from audio_omni.plugins.audioedit.config import SYNTHETIC
from small_pairs import CATALOG, reopen


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

    workshop, _, _ = reopen(made.root)
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

    workshop, _, steps = reopen(made.root)
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
