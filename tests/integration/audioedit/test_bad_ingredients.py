"""Real files of every bad kind, through the real stages: rejected by name, or made good use of."""

import json
import os
from collections import Counter

import numpy as np
import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.rebuilding import prove
from audio_omni.plugins.audioedit.stages.lines import in_utf8
from audio_omni.plugins.audioedit.stages.parts import parts_in
from audio_omni.plugins.audioedit.workspace import open_workshop
from odd_files import RATE, OddFiles, noise
from small_pairs import CATALOG, SCENES, config

SECOND = noise(RATE)
ODD_LABEL = "cafe\u0301 \u0000dog\n barking"


def chosen(**sources):
    values = config().model_dump(mode="json")
    values["synthesis"] |= sources
    values["split"]["validation_fraction"] = 0.0
    return AudioEditConfig.model_validate(values)


def verdicts(root, made_of, rows):
    """Id → (reason or "kept", detail, notes) of the first rows of the stage ``ingredients``."""
    workshop, _, _ = open_workshop(root, made_of, CATALOG)
    lines = [line for part in parts_in(workshop.folder("ingredients")) for line in part.lines()]
    by_number = {int(line.id.rpartition("-")[2]): line for line in lines}
    return {row["id"]: by_number[number] for number, row in enumerate(rows)}


@pytest.fixture
def files(tmp_path):
    return OddFiles(tmp_path / "files")


def events_of_every_kind(files):
    files.add("good", SECOND)
    files.add("silent", 0 * SECOND)
    files.add("clipped", np.clip(30 * SECOND, -1, 1))
    files.add("offset", 0.3 * SECOND + 0.3)
    files.add("holes", np.where(np.arange(RATE) == 5, np.nan, SECOND), subtype="FLOAT")
    files.add("quiet", 0.002 * SECOND, subtype="FLOAT")
    files.add("brief", SECOND[:300])
    files.add("one-sample", SECOND[:1])
    files.add("no-sample", SECOND[:0])
    files.add("eight", noise((RATE, 8)))
    files.add("antiphase", np.stack([SECOND, -SECOND], axis=1))
    files.renamed("wav-as-mp3", SECOND, written="wav", called="mp3")
    files.renamed("flac-as-wav", SECOND, written="flac", called="wav")
    files.cut("cut-wav", SECOND, suffix="wav", keep=0.5)
    files.cut("cut-flac", SECOND, suffix="flac", keep=0.5)
    files.cut("cut-ogg", noise(10 * RATE), suffix="ogg", keep=0.5)
    files.cut("head-alone", SECOND, suffix="wav", keep=30)
    files.cut("empty", SECOND, suffix="wav", keep=0)
    files.row("text", "text.wav").write_text("not a sound")
    files.row("gone", "gone.wav")
    files.row("folder", ".")
    files.row("no-audio", None)
    os.mkfifo(files.row("pipe", "pipe.wav"))
    files.row("circle", "circle.wav").symlink_to("circle.wav")
    files.row("astray", "astray.wav").symlink_to("nowhere.wav")
    files.row("linked", "linked.wav").symlink_to("good.wav")
    files.renamed("caf\udce9", noise(RATE, seed=2), written="wav", called="wav")
    files.row("latin-2", "\udce9.wav", licence="\udce9", attribution="\ud83d")
    files.add("nameless", SECOND, row={"label": None, "caption": None})
    files.add("eight-bit", SECOND, subtype="PCM_U8")
    files.add("other-rate", noise(11025, seed=1), rate=11025)
    files.add("ogg", SECOND, suffix="ogg")
    files.add("long", noise(7 * RATE))
    files.add("odd-text", SECOND, row={"label": ODD_LABEL, "caption": "a caf\ufffd \u0007dog"})
    return files


REJECTED = {
    "silent": ("silent", ""),
    "clipped": ("clipped", ""),
    "offset": ("dc_offset", ""),
    "holes": ("not_finite", "not finite (NaN or infinite), first at index 5"),
    "quiet": ("too_quiet", ""),
    "brief": ("too_short", ""),
    "one-sample": ("too_short", ""),
    "no-sample": ("undecodable", "no-sample.wav has 0 samples; expected at least one"),
    "cut-wav": ("undecodable", "ends early: decoded 7989 samples where the header announces 16000"),
    "cut-flac": ("undecodable", "cut-flac.flac is not audio that can be read"),
    "cut-ogg": ("undecodable", "ends early: its last page is cut off"),
    "head-alone": ("undecodable", "head-alone.wav is not audio that can be read"),
    "empty": ("undecodable", "empty.wav is empty (0 bytes); expected audio"),
    "text": ("undecodable", "it starts with b'not a sound'"),
    "gone": ("missing", "gone.wav does not exist"),
    "folder": ("undecodable", "is a folder; expected an audio file"),
    "pipe": ("undecodable", "pipe.wav is a pipe or a device; expected an audio file"),
    "circle": ("missing", "circle.wav does not exist"),
    "astray": ("missing", "astray.wav does not exist"),
    "latin-2": ("missing", "\ufffd.wav does not exist"),
    "no-audio": ("undecodable", "has no audio; expected a recording"),
    "nameless": ("unnamed", "no word that names its sound"),
}


def test_every_bad_file_is_rejected_for_its_reason_and_the_run_goes_on(files, tmp_path):
    made_of = chosen(foreground=events_of_every_kind(files).source())
    made = make(tmp_path / "set", made_of, CATALOG)
    found = verdicts(made.root, made_of, files.rows)
    for name, (reason, detail) in REJECTED.items():
        assert found[name].reason == reason, (name, found[name])
        assert detail in found[name].detail, name
        assert f": {in_utf8(name)}" in found[name].detail, "which row it was"
        if reason in {"clipped", "dc_offset", "silent"}:
            assert reason in found[name].scores, "rejected without its measure"
    kept = {name for name, line in found.items() if line.outcome == "kept"}
    assert kept == found.keys() - REJECTED.keys()
    note = {name: found[name].items[0].data["note"] for name in kept}
    assert note["eight"] == "mixed 8 → 1 channel (mean)"
    assert note["antiphase"].startswith("antiphase: channel ")
    facts = {name: found[name].items[0].data for name in kept}
    assert (facts["other-rate"]["source_rate_hz"], facts["other-rate"]["frames"]) == (11025, RATE)
    assert facts["eight"]["source_channels"] == 8
    assert not any(line.outcome == "failed" for line in found.values())
    ingredients = made.funnel[0]
    assert ingredients.rejected == Counter(reason for reason, _ in REJECTED.values())
    assert len(made.records) == 3 * SCENES
    assert {proof.fault for proof in prove(made.root)} == {None}


@pytest.mark.slow
def test_the_same_with_processes(files, tmp_path):
    made_of = chosen(foreground=events_of_every_kind(files).source())
    made = make(tmp_path / "set", made_of, CATALOG, workers=2)
    assert made.funnel[0].rejected == Counter(reason for reason, _ in REJECTED.values())


def test_where_a_recording_is_from_stands_in_records_and_a_path_does_not(files, tmp_path):
    page = "https://example.org/sounds/1"
    files.add("from-the-web", SECOND, row={"label": "dog", "url": page})
    files.add("from-here", SECOND, row={"label": "cow", "url": str(tmp_path / "cow.wav")})
    made = make(tmp_path / "set", chosen(foreground=files.source()), CATALOG)
    used = {i.item: i.url for r in made.records for i in r.provenance.ingredients}
    assert (used["from-the-web"], used["from-here"]) == (page, None)
    locked = (made.root / "sources.lock.jsonl").read_text(encoding="utf-8")
    told = {row["item"]: row.get("url") for row in map(json.loads, locked.splitlines())}
    assert used.items() <= told.items()


def test_texts_with_odd_bytes_are_repaired_flagged_and_tell_of_no_place(files, tmp_path):
    files.add("odd-text", SECOND, row={"label": ODD_LABEL, "caption": "a caf\ufffd \u0007dog"})
    made = make(tmp_path / "set", chosen(foreground=files.source()), CATALOG)
    assert made.records
    for record in made.records:
        assert record.quality.flags == ("text_repaired",)
        for text in (record.instruction.text, record.source_caption, record.target_caption):
            assert text.isprintable()
        assert "caf\u00e9" in record.instruction.slots.object.bare
    for path in made.root.rglob("*.json*"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert str(tmp_path) not in line
            if path.suffix == ".jsonl":
                json.loads(line)


def test_sounds_longer_than_a_clip_and_a_class_with_one_clip(files, tmp_path):
    files.add("long", noise(7 * RATE))
    files.add("single", SECOND, row={"label": "cat meowing", "caption": "a cat meowing"})
    made = make(tmp_path / "set", chosen(foreground=files.source()), CATALOG)
    assert len(made.records) == 3 * SCENES
    labels = Counter(r.instruction.slots.object.bare for r in made.records)
    assert labels.keys() == {"dog barking", "cat meowing"}
    assert all(0 <= s.start_s < s.end_s <= 2.0 for r in made.records for s in r.spans)
    assert {proof.fault for proof in prove(made.root)} == {None}


def test_backgrounds_of_every_kind(files, tmp_path):
    wanted = {
        "good": ("", noise(3 * RATE, 0.05)),
        "nearly": ("", noise(round(1.95 * RATE), 0.05)),  # 97 %: padded
        "short": ("too_short", noise(RATE, 0.05)),
        "hushed": ("level", noise(3 * RATE, 0.0015)),
        "loud": ("level", np.clip(noise(3 * RATE, 0.45), -0.97, 0.97)),
        "antiphase": ("", np.stack([noise(3 * RATE, 0.05), -noise(3 * RATE, 0.05)], axis=1)),
        "blow": ("crest", np.where(np.arange(3 * RATE) == 9, 0.9, noise(3 * RATE, 0.01))),
    }
    for name, (_, samples) in wanted.items():
        said = {"label": "rain falling", "caption": "rain falling"}
        files.add(name, samples, row=said, subtype="FLOAT")
    sources = [*files.source()]
    made_of = chosen(background=sources, foreground=[{**sources[0], "max_rows": 1}, *world()])
    made = make(tmp_path / "set", made_of, CATALOG)
    workshop, _, _ = open_workshop(made.root, made_of, CATALOG)
    lines = [line for part in parts_in(workshop.folder("ingredients")) for line in part.lines()]
    found = {
        row["id"]: line for row, line in zip(files.rows, lines[-len(files.rows) :], strict=True)
    }
    assert {n: line.reason for n, line in found.items()} == {n: r for n, (r, _) in wanted.items()}
    assert {"antiphase"} in [set(r.quality.flags) for r in made.records]


def world():
    return [{"uri": "soundworld:events", "options": {"clip_seconds": 2, "rows": 24}}]


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_usable_is_told_with_what_there_is(files, tmp_path, workers):
    files.add("silent", 0 * SECOND)
    with pytest.raises(DataError, match=r"train: 0 sounds and 8 backgrounds.*expected both in one"):
        make(tmp_path / "set", chosen(foreground=files.source()), CATALOG, workers=workers)


def test_ids_that_are_used_twice_are_refused_before_any_work(files, tmp_path):
    files.add("twice", SECOND)
    files.add("twice", SECOND)
    with pytest.raises(DataError, match=r"line 2: id 'twice' was used before .* must be unique"):
        make(tmp_path / "set", chosen(foreground=files.source()), CATALOG)
    assert not (tmp_path / "set").exists()


def test_a_manifest_that_is_not_utf_8_is_named_by_its_line(files, tmp_path):
    files.add("one", SECOND)
    source = files.source()
    path = files.folder / "rows.jsonl"
    path.write_bytes(path.read_bytes().replace(b"a dog", "ein früher".encode("latin-1")))
    with pytest.raises(DataError, match=r"line 1: not UTF-8 .* Save the file as UTF-8"):
        make(tmp_path / "set", chosen(foreground=source), CATALOG)
