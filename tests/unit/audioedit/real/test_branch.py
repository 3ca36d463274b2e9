"""The real branch from end to end, with faults: each is rejected for its reason (test 9)."""

import itertools
import json

import numpy as np
import pytest
import soundfile
from audio_omni.plugins.audioedit.funnel import funnel
from audio_omni.plugins.audioedit.records import EditRecord
from real_parts.parts import Oracle

SAID = {"prominence": "faint"}


def to_full_scale(mixture):
    return np.clip(30 * mixture, -1, 1)


def narrow(mixture):
    spectrum = np.fft.rfft(mixture)
    spectrum[:, 3 * 3000 :] = 0  # three seconds: three bins a hertz
    return np.fft.irfft(spectrum, mixture.shape[-1]).astype(np.float32)


INDEX_FAULTS = {
    "silence": ("silent", lambda m: 0 * m),
    "holes": ("not_finite", lambda m: np.where(np.arange(m.shape[-1]) == 100, np.nan, m)),
    "hot": ("clipped", to_full_scale),
    "offset": ("dc_offset", lambda m: m + 0.2),
    "brief": ("short", lambda m: m[:, : m.shape[-1] // 2]),
    "dull": ("narrow_band", narrow),
}
PART_FAULTS = {
    "quiet": ("activity", "target_silent", {"fault": "silent_target"}),
    "alone": ("activity", "residual_silent", {"fault": "silent_residual"}),
    "turned": ("semantic", "swapped", {"fault": "swapped"}),
    "holed": ("separate", "not_finite", {"fault": "nan"}),
    "apart": ("separate", "inconsistent_split", {"fault": "inconsistent"}),
    "cut": ("separate", "length", {"fault": "short_parts"}),
    "gone": ("separate", "oom", {"fault": "cannot_separate"}),
    "mute": ("label", "provider_refused", {"fault": "refused"}),
    "offline": ("label", "network", {"fault": "cannot_label"}),
    "nameless": ("label", "no_sources", {"labels": ()}),
    "test-tone": ("label", "unusable", {"unusable": "single_tone"}),
    "spoken": ("label", "speech", {"has_speech": True}),
    "hushed": ("expand", "no_sources", {"said": SAID}),
    "elsewhere": ("activity", "wrong_place", {"row": {"spans": [[2.0, 2.9]]}}),
}


@pytest.fixture
def funnel_scenes(scenes):
    for k in range(4):
        scenes.add(f"good-{k}")
    scenes.add("two", ("dog barking", "car horn honking"))
    for name, (_, change) in INDEX_FAULTS.items():
        scenes.add(name, change=change)
    for name, (_, _, truth) in PART_FAULTS.items():
        scenes.add(name, **truth)
    scenes.add("cancelling", change=lambda m: np.concatenate([m, -m]))
    scenes.add("half-rate", rate=22050)
    telephone = 0.1 * np.random.default_rng(0).standard_normal(3 * 8000)
    soundfile.write(scenes.add("telephone").folder / "telephone.wav", telephone, 8000)
    scenes.add("padded", change=lambda m: m[:, : round(0.97 * m.shape[-1])])
    scenes.add("torn")
    wave = scenes.folder / "torn.wav"
    wave.write_bytes(wave.read_bytes()[:40])
    scenes.rows.append({**scenes.rows[0], "id": "lost", "audio": "lost.wav"})
    return scenes


def test_every_fault_is_rejected_for_its_reason_and_the_funnel_adds_up(funnel_scenes, run):
    clips = {"least_seconds": 2.85, "drop_speech": True}
    ran = run(funnel_scenes.config(clips=clips))
    index = ran.verdicts("index")
    by_number = {f"index-{n:08d}": row["id"] for n, row in enumerate(funnel_scenes.rows)}
    index = {by_number[id_]: verdict for id_, verdict in index.items()}
    for name, (reason, _) in INDEX_FAULTS.items():
        assert index[name] == reason, name
    assert index["torn"] == "undecodable"
    assert index["lost"] == "missing"
    assert index["telephone"] == "narrow_band"  # not sampled higher, but as dull
    for name, (stage, reason, _) in PART_FAULTS.items():
        found = [v for id_, v in ran.verdicts(stage).items() if id_.split("|")[0] == name]
        assert found == [reason], name
    kept = {id_ for id_, verdict in ran.verdicts("assemble").items() if verdict == "kept"}
    wanted = {f"good-{k}" for k in range(4)} | {"two", "cancelling", "half-rate", "padded"}
    assert {id_.split("|")[0] for id_ in kept} == wanted
    assert len(kept) == len(wanted) + 1  # two sounds in one of them

    lines = funnel(ran.workshop, ran.steps)
    for before, after in itertools.pairwise(lines):
        assert before.made == after.came_in, f"{before.stage} → {after.stage}"
    assert lines[0].came_in == len(funnel_scenes.rows)
    for line in lines:
        assert line.came_in == line.kept + line.rejected.total() + line.failed


def test_weights_of_the_separator_are_told_as_they_were_when_it_worked(scenes, run, monkeypatch):
    plain = run(scenes.add("clip").config(), name="plain").records()
    assert separators(plain) == {None}
    monkeypatch.setattr(Oracle, "weights_sha256", lambda self: "d" * 64, raising=False)
    ran = run(scenes.config())
    monkeypatch.setattr(Oracle, "weights_sha256", lambda self: "e" * 64)
    assert separators(ran.records()) == {"d" * 64}


def separators(records):
    tools = [tool for record in records for tool in record.provenance.tools]
    return {tool.weights_sha256 for tool in tools if tool.stage == "separate"}


def test_no_file_tells_of_a_place(funnel_scenes, run):
    ran = run(funnel_scenes.config())
    kept = list((ran.workshop.root / "stages").rglob("*.jsonl"))
    assert len(kept) > 5
    for path in kept:
        assert str(funnel_scenes.folder.parent) not in path.read_text(encoding="utf-8"), path


def test_records_tell_what_was_done(funnel_scenes, run):
    records = run(funnel_scenes.config()).records()
    by_item = {}
    for record in records:
        by_item.setdefault(record.provenance.ingredients[0].item, []).append(record)
        assert EditRecord.model_validate_json(record.line()) == record
        assert str(funnel_scenes.folder.parent) not in record.line()
        tools = {tool.stage: tool for tool in record.provenance.tools}
        assert {"label", "separate", "activity", "score"} <= tools.keys()
        assert tools["score"].weights_sha256 is not None
        assert tools["label"].version == "stub-1, 2026-01-02"
        assert record.licence.effective == "CC0-1.0"
        assert record.licence.commercial_ok
        assert "made with oracle" in record.licence.notes
        assert set(record.scores["clap"]) == {"s1", "s2", "s3", "s4", "checkpoint"}
        assert record.scores["clap"]["checkpoint"] == tools["score"].weights_sha256
        assert json.loads(record.line())["schema"] == 1
    recordings = {item: made[0].provenance.ingredients[0] for item, made in by_item.items()}
    assert recordings["half-rate"].sample_rate == 22050
    assert recordings["good-0"].sample_rate == 32000
    assert (recordings["cancelling"].channels, recordings["good-0"].channels) == (2, 1)
    assert "antiphase" in by_item["cancelling"][0].quality.flags
    assert "has_speech" in by_item["spoken"][0].quality.flags
    assert "padded" in by_item["padded"][0].quality.flags
    assert by_item["padded"][0].scene["pad_samples"] > 0
    assert len(by_item["two"]) == 6
    assert {r.groups for r in by_item["two"]} == {("scenes:two",)}


def test_a_label_that_is_not_in_the_clip_is_found_out(scenes, run):
    scenes.add("good")
    scenes.add("invented", ("car horn honking",), sounding=("dog barking",))
    scenes.add("mistaken", ("cat meowing",), sounding=("dog barking",))
    stems = dict(np.load(scenes.folder / "mistaken.npz"))
    stems["cat meowing"] = stems["dog barking"]  # some other sound rather than silence
    np.savez(scenes.folder / "mistaken.npz", **stems)
    thresholds = {
        "weights_sha256": hash_weights(), "target": 0.5, "over_residual": 0.2, "over_chance": 0.2,
    }  # fmt: skip
    ran = run(scenes.config(semantic={"thresholds": thresholds}))
    assert ran.verdicts("activity")["invented|car horn honking"] == "target_silent"
    assert ran.verdicts("semantic") == {
        "good|dog barking": "kept",
        "mistaken|cat meowing": "not_the_sound",
    }


def hash_weights():
    from real_parts.parts import Hash, HashConfig

    return Hash(HashConfig()).weights_sha256()


def test_runs_are_repeatable_and_limits_change_nothing(scenes, run):
    for k in range(6):
        scenes.add(f"clip-{k}", ("dog barking", "car horn honking"))
    thresholds = {
        "weights_sha256": hash_weights(), "target": 0.3, "over_residual": 0.1, "over_chance": 0.1,
    }  # fmt: skip
    config = scenes.config(semantic={"thresholds": thresholds})
    config = config.model_copy(update={"items_per_part": 4})
    whole = [record.line() for record in run(config, name="whole").records()]
    run(config, name="limited", limit=3)
    again = [record.line() for record in run(config, name="limited").records()]
    assert len(whole) == 36
    assert again == whole


def test_spoilt_text_is_repaired_and_flagged(scenes, run):
    scenes.add("odd", row={"caption": "a caf\u0065\u0301\u0000 with, commas\n"})
    (record, *_) = run(scenes.config()).records()
    assert "text_repaired" in record.quality.flags
    assert json.loads(record.line())["source_caption"].isprintable()


def test_splits_follow_the_row(scenes, run):
    scenes.add("train-clip").add("test-clip", row={"split": "test"})
    records = run(scenes.config()).records()
    assert {(r.provenance.ingredients[0].item, r.split) for r in records} == {
        ("train-clip", "train"),
        ("test-clip", "test"),
    }
