"""Pairs as they are passed on: Parquet in groups and files of a bounded size, and a card."""

import json

import pytest
import yaml
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.packing import parquet
from audio_omni.plugins.audioedit.records import ToolUse
from audio_omni.plugins.audioedit.report.card import card_text
from edit_pairs import make_records

SOURCES = {
    "foreground": [{"uri": "manifest:/where/it/is/sounds.jsonl"}],
    "background": [{"uri": "manifest:/where/it/is/beds.jsonl"}],
}
FUNNEL = [
    {"stage": "render", "branch": "synth", "in": 4, "kept": 3, "made": 9,
     "rejected": {"too|hot": 1}, "failed": 0},
]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("pairs")
    return BlobStore(root), make_records(root, 4)


def config(**values):
    return AudioEditConfig.model_validate(
        {"dataset": "toy", "synthesis": {"scenes": 4, **SOURCES}, **values}
    )


def test_row_groups_hold_64_pairs_and_files_a_bounded_number_of_bytes(made, tmp_path, monkeypatch):
    pq = pytest.importorskip("pyarrow.parquet")
    blobs, records = made
    many = [r.model_copy(update={"id": f"{r.id[:-4]}{k:04x}"}) for k in range(12) for r in records]
    assert len(many) == 144
    (whole,) = parquet.write_parquet(many, blobs, tmp_path / "whole")
    groups = pq.ParquetFile(whole)
    assert [groups.metadata.row_group(k).num_rows for k in range(groups.num_row_groups)] == [
        64, 64, 16,
    ]  # fmt: skip
    assert parquet.FILE_BYTES == 500_000_000
    size = sum(len(blobs.bytes(side.sha256)) for r in many for side in (r.source, r.target))
    monkeypatch.setattr(parquet, "FILE_BYTES", size // 3)
    files = parquet.write_parquet(many, blobs, tmp_path / "parts")
    assert [file.name for file in files] == [f"train-{k:05d}.parquet" for k in range(len(files))]
    assert len(files) in {3, 4}
    ids = [i for file in files for i in pq.read_table(file, columns=["id"])["id"].to_pylist()]
    assert ids == [record.id for record in many]
    for file in files:
        audio = pq.read_table(file, columns=["source", "target"]).to_pylist()
        assert sum(len(row[side]["bytes"]) for row in audio for side in row) <= size // 3
    note = json.loads(groups.schema_arrow.metadata[b"huggingface"])
    for side in ("source", "target"):
        assert note["info"]["features"][side] == {"decode": False, "_type": "Audio"}


def front_matter(card):
    before, head, _ = card.split("---\n", 2)
    assert before == ""
    return yaml.safe_load(head)


def test_the_card_has_what_a_hub_reads_and_what_a_reader_asks(made):
    _, records = made
    held = records[0].model_copy(update={"split": "validation"})
    card = card_text(config(), [held, *records[1:]], FUNNEL)
    head = front_matter(card)
    assert head["configs"][0]["data_files"] == [
        {"split": "train", "path": "train-*.parquet"},
        {"split": "validation", "path": "validation-*.parquet"},
    ]
    assert head["license"] == ["cc-by-3.0", "cc-by-nc-3.0", "cc0-1.0", "unknown"]
    assert head["size_categories"] == ["n<1K"]
    assert "12 pairs" in card
    assert "| synth | add | 3 | 1 |" in card
    assert "| render | 4 | 3 | too\\|hot 1 | 0 |" in card
    assert "| render | soundworld | 4 | – | 12 |" in card
    assert "Recordings were not compared by ear" in card
    assert "## Controls" not in card
    assert "/where" not in card


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "pitch -3 … 3 semitones, length × 0.8 … 1.2, by the warper `signalsmith`"),
        ({"pitch_semitones": [0, 0], "stretch": [1, 1]}, "by the warper `none`"),
        ({"snr_db": [1, 2]}, "SNR 1 … 2 LU"),
        ({"level": {"mode": "fixed", "fixed_lufs": -23}}, "backgrounds are at -23 LUFS"),
        ({"share_scenes": True}, "one scene gives a pair of each edit"),
        ({"events": {1: 3, 2: 1}}, "events a scene 1: 75%, 2: 25%"),
        ({"conflict_scorer": {"name": "clap"}}, "or sounds like it to `clap`"),
        ({"bandwidth_jitter": 0.5}, "50% of scenes under one low-pass"),
    ],
)
def test_every_choice_of_scenes_is_told(made, values, said):
    chosen = config(synthesis={"scenes": 4, **SOURCES, **values})
    assert said in card_text(chosen, made[1], FUNNEL)


def test_choices_of_the_real_branch_are_told(made):
    thresholds = {"weights_sha256": "ab" * 32, "target": 0.31, "over_residual": 0.1,
                  "over_chance": 0.05, "labelled_sha256": "cd" * 32}  # fmt: skip
    real = {
        "scenes": [{"uri": "manifest:/where/it/is/clips.jsonl"}],
        "separator": {"name": "sam_audio", "options": {"python": "/where/it/is/python"}},
        "semantic": {"thresholds": thresholds},
        "style": {"editor": {"name": "flow_editor"}},
    }
    chosen = AudioEditConfig.model_validate({"dataset": "toy", "real": real})
    card = card_text(chosen, made[1], FUNNEL)
    for said in ("S1 ≥ 0.31", "for weights abababababab", "verdicts cdcdcdcdcdcd", "`sam_audio`",
                 "target from -50 dBFS", "mixture_mode original", "`flow_editor`",
                 "reach 0.05", "bandwidth from 4000 Hz"):  # fmt: skip
        assert said in card
    assert "/where" not in card
    real["semantic"] = {}
    assert "the best 14.4% of each family" in card_text(
        AudioEditConfig.model_validate({"dataset": "toy", "real": real}), made[1], FUNNEL
    )


def test_leaks_weights_and_controls_are_told(made):
    _, records = made
    tool = ToolUse(stage="score", name="clap", version="1", weights_sha256="ef" * 32)
    provenance = records[0].provenance.model_copy(update={"tools": (tool,)})
    scored = [records[0].model_copy(update={"provenance": provenance}), *records[1:]]
    told = {"pairs": 12, "controls": {"add": {"LSD": {"copy": 0.5, "silence": 2.0}}}}
    leak = {"compared": 7, "dropped": {"a": "b"}, "remaining": 0}
    card = card_text(config(), scored, FUNNEL, leak=leak, told=told)
    assert "| score | clap | 1 | efefefefefef | 1 |" in card
    assert "| add | LSD | copy | 0.500 |" in card
    assert "7 recordings were compared by fingerprint: 1 were dropped" in card
    other = card_text(config(), scored, FUNNEL, told={**told, "pairs": 11})
    assert "## Controls" not in other  # they were measured of other pairs


def test_nothing_to_pass_on_says_what_to_do(tmp_path, monkeypatch):
    from collections import Counter

    from audio_omni.plugins.audioedit import exporting
    from audio_omni.plugins.audioedit.packing.selection import Selection

    class Workshop:
        root = tmp_path

    monkeypatch.setattr(exporting, "finished", lambda *_: [])
    monkeypatch.setattr(exporting, "select", lambda *_: Selection([], Counter()))
    with pytest.raises(DataError, match=r"no finished pair that may be passed on.*status"):
        exporting.export_parquet(Workshop(), [], tmp_path / "out")
