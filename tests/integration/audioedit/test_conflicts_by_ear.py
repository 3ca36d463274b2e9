"""A background that sounds like a sound of the scene is passed over, whatever it is called."""

import json

import numpy as np
import pytest
import soundfile
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.conflicts_heard import conflicts_heard
from audio_omni.plugins.audioedit.funnel import conflicts_met
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.rebuilding import rebuild
from audio_omni.plugins.audioedit.workspace import open_workshop
from real_parts.scenes import RATE, open_catalog
from real_parts.sounds import noise_in
from small_pairs import hashes

SCENES = 24
BARKS = "bg-5"
"""The background in which a dog barks all along, and whose words tell of a quiet street."""


def manifest(folder, rows):
    folder.mkdir()
    lines = []
    for name, label, caption, samples in rows:
        soundfile.write(folder / f"{name}.wav", samples, RATE, subtype="FLOAT")
        row = {"id": name, "audio": f"{name}.wav", "caption": caption, "licence": "CC0-1.0"}
        lines.append(json.dumps({**row, **({"label": label} if label else {})}))
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    return f"manifest:{folder / 'manifest.jsonl'}"


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    seconds = 2 * RATE
    dog, horn = ("dog barking", "car horn honking")
    sounds = [
        (f"{label.split()[0]}-{k}", label, label, 0.2 * noise_in(label, RATE // 2, RATE, k))
        for label in (dog, horn)
        for k in range(3)
    ]
    quiet = [
        (f"bg-{k}", None, "a quiet street", 0.05 * noise_in("rain falling", seconds, RATE, k))
        for k in range(5)
    ]
    rain = noise_in("rain falling", seconds, RATE, 9)
    barks = 0.05 * (noise_in(dog, seconds, RATE, 7) + 0.3 * rain)
    quiet.append((BARKS, None, "a quiet street", barks.astype(np.float32)))
    return manifest(folder / "sounds", sounds), manifest(folder / "behind", quiet)


def config(sources, **synthesis):
    sounds, behind = sources
    return AudioEditConfig.model_validate(
        {
            "dataset": "heard", "sample_rate_hz": RATE, "clip_seconds": 2.0, "bits": 16,
            "items_per_part": 4, "limits": {"backoff_s": 0.0, "min_free_bytes": 0},
            "synthesis": {
                "scenes": SCENES, "foreground": [{"uri": sounds}], "background": [{"uri": behind}],
                "pitch_semitones": [0, 0], "stretch": [1, 1], "warper": None, "events": {1: 1.0},
                **synthesis,
            },
        }
    )  # fmt: skip


GUARDED = {"conflict_scorer": {"name": "hash"}}


@pytest.fixture(scope="module")
def made(sources, tmp_path_factory):
    root = tmp_path_factory.mktemp("made") / "set"
    return make(root, config(sources, **GUARDED), open_catalog)


def behind_dogs(records):
    return [
        next(i.item for i in r.provenance.ingredients if i.role == "background")
        for r in records
        if r.scene["label"] == "dog barking"
    ]


def test_what_sounds_like_the_class_is_passed_over_though_its_words_are_silent(
    made, sources, tmp_path
):
    plain = make(tmp_path / "plain", config(sources), open_catalog)
    assert BARKS in behind_dogs(plain.records)
    behind = behind_dogs(made.records)
    assert len(behind) >= 5
    assert BARKS not in behind
    others = [r for r in made.records if r.scene["label"] != "dog barking"]
    assert any(i.item == BARKS for r in others for i in r.provenance.ingredients)
    assert not any("conflict_cosine" in r.scores for r in plain.records)
    assert "conflict_scores" not in {line.stage for line in plain.funnel}


def test_the_threshold_stands_in_every_record_with_the_checkpoint(made, sources):
    weights = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"  # of "one"
    for record in made.records:
        assert record.scores["conflict_cosine"] <= record.scores["conflict_threshold"]
        (scorer,) = [t for t in record.provenance.tools if t.stage == "conflict_scores"]
        assert (scorer.name, scorer.weights_sha256) == ("hash", weights)
    workshop, _, steps = open_workshop(made.root, config(sources, **GUARDED), open_catalog)
    heard = conflicts_heard(workshop, steps)
    by_words, drawn = conflicts_met(workshop, steps)
    assert by_words == 0 < heard.met
    assert heard.drawn == drawn == heard.met + SCENES
    assert heard.weights_sha256 == weights
    scored = [item.data["cosines"] for item in workshop.table("conflict_scores")]
    assert heard.threshold == round(float(np.percentile(scored, 90)), 6)
    assert rebuild(made.records[0], workshop).same


def test_processes_and_a_limit_change_nothing(made, sources, tmp_path):
    chosen = config(sources, **GUARDED)
    make(tmp_path / "two", chosen, open_catalog, workers=2, limit=7)
    make(tmp_path / "two", chosen, open_catalog, workers=2)
    assert hashes(tmp_path / "two") == hashes(made.root)


def test_another_checkpoint_measures_and_plans_anew(made, sources, tmp_path):
    other = {"conflict_scorer": {"name": "hash", "options": {"weights": "two"}}}
    keys = [
        open_workshop(tmp_path, config(sources, **chosen), open_catalog)[0].keys
        for chosen in ({}, GUARDED, other)
    ]
    assert len({k["ingredients"] for k in keys}) == 1
    assert len({k["plan_scenes"] for k in keys}) == len({k["render"] for k in keys}) == 3
    assert keys[1]["conflict_scores"] != keys[2]["conflict_scores"]


def test_scenes_are_planned_once_every_background_was_measured(sources, tmp_path):
    chosen = config(sources, **GUARDED)
    make(tmp_path / "set", chosen, open_catalog, stage="ingredients")
    with pytest.raises(DataError, match=r"looks things up in 'conflict_scores', of which 3 parts"):
        make(tmp_path / "set", chosen, open_catalog, stage="plan_scenes")
