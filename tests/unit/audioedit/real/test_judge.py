"""A model's opinion of separations: recorded, and minded where there are thresholds."""

import hashlib
import itertools
import json
import shutil
import sys
from pathlib import Path

import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.plugins.audioedit.funnel import funnel
from audio_omni.plugins.audioedit.real.steps import real_steps
from audio_omni.plugins.audioedit.records import EditRecord
from audio_omni.plugins.audioedit.report.sections import numbers
from audio_omni.plugins.audioedit.report.values import quantities
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from real_parts.parts import Critic
from real_parts.scenes import RATE, SECONDS

FAKE_SAM_AUDIO = Path(__file__).resolve().parents[3] / "stand_ins" / "fake_sam_audio"
WEIGHTS = hashlib.sha256(b"one").hexdigest()
TABLE = """
- group: pets
  family: animal
  keeps: rhythm
  sounds:
    - dog barking | a dog barking | the barking dog
    - cat meowing | a cat meowing | the meowing cat
"""


@pytest.fixture
def style(tmp_path):
    """Style transfer that turns the dog into a cat; bands of noise have no pitch to keep."""
    table = tmp_path / "words.yaml"
    table.write_text(TABLE, encoding="utf-8")
    return {
        "writer": {"name": "table_style_words", "options": {"table": str(table)}},
        "editor": {"name": "toy"},
        "likeness": (0.2, 0.9),
        "checks": {"pitch_semitones": 7.0, "bandwidth_loss": 1.0},
    }


def judged(scenes, *, least=None, sha256=WEIGHTS, **options):
    """Options of a judge, with thresholds if there are any."""
    critic = {"name": "critic", "options": {"folder": str(scenes.folder), **options}}
    if least is None:
        return {"provider": critic}
    return {"provider": critic, "thresholds": {"weights_sha256": sha256, "least": least}}


def test_nothing_is_judged_unless_a_judge_is_named(scenes, run, style):
    scenes.add("clip")
    steps = [(step.name, step.upstream) for step in real_steps(scenes.config(style=style))]
    assert steps == [
        ("index", None), ("label", "index"), ("expand", "label"), ("separate", "expand"),
        ("activity", "separate"), ("score", "activity"), ("semantic", "score"),
        ("assemble", "semantic"), ("style_words", "semantic"), ("style_cap", "style_words"),
        ("style_edit", "style_cap"), ("style_check", "style_edit"), ("remix", "style_check"),
    ]  # fmt: skip
    plain = run(scenes.config(), name="plain")
    assert "judge" not in plain.records()[0].scores
    with_judge = run(scenes.config(judge=judged(scenes)))
    before, after = plain.workshop.keys, with_judge.workshop.keys
    assert {name for name in before if before[name] != after[name]} == {"assemble"}


def test_without_thresholds_scores_are_recorded_and_nothing_is_rejected(scenes, run, style):
    scenes.add("good").add("bad", judged={"overall": 1.25})
    ran = run(scenes.config(judge=judged(scenes), style=style))
    assert "judge_check" not in {step.name for step in ran.steps}
    assert set(ran.verdicts("judge").values()) == {"kept"}
    assert {record.task for record in ran.records()} == {"add", "remove", "extract", "style"}
    for record in ran.records():
        bad = record.provenance.ingredients[0].item == "bad"
        overall = 1.25 if bad else 4.0
        assert record.scores["judge"] == {
            "overall": overall, "precision": 3.5, "checkpoint": WEIGHTS
        }  # fmt: skip
        (tool,) = [tool for tool in record.provenance.tools if tool.stage == "judge"]
        assert (tool.name, tool.weights_sha256) == ("critic", WEIGHTS)
        assert EditRecord.model_validate_json(record.line()) == record


def test_the_report_draws_scores_where_there_are_any(scenes, run):
    scenes.add("clip")
    records = run(scenes.config(judge=judged(scenes))).records()
    assert quantities(records)["judge.overall"].values == (4.0,) * len(records)
    assert "judge.precision" in numbers(records)
    plain = run(scenes.config(), name="plain").records()
    assert "judge." not in numbers(plain)


def test_what_is_judged_low_is_rejected_and_counted(scenes, run, style):
    scenes.add("good").add("bad", judged={"overall": 1.25}).add("mixed", judged={"precision": 2})
    scenes.add("edge", judged={"overall": 3.0, "precision": 2.5})
    rules = judged(scenes, least={"overall": 3.0, "precision": 2.5})
    ran = run(scenes.config(judge=rules, style=style))
    assert ran.verdicts("judge_check") == {
        "good|dog barking": "kept",
        "bad|dog barking": "judged_low",
        "mixed|dog barking": "judged_low",
        "edge|dog barking": "kept",
    }
    line = ran.lines("judge_check")["scenes:bad|dog barking"]
    assert line.detail == "overall 1.25 < 3"
    assert line.scores == {"overall": 1.25, "precision": 3.5}
    assert {r.provenance.ingredients[0].item for r in ran.records()} == {"good", "edge"}
    lines = {line.stage: line for line in funnel(ran.workshop, ran.steps)}
    assert dict(lines["judge_check"].rejected) == {"judged_low": 2}
    for before, after in itertools.pairwise(["semantic", "judge", "judge_check", "assemble"]):
        assert lines[before].made == lines[after].came_in
    assert lines["style_words"].came_in == 2


def test_other_thresholds_judge_nothing_anew_and_another_judge_does(scenes, run):
    scenes.add("clip")
    first = run(scenes.config(judge=judged(scenes, least={"overall": 3.0}))).workshop.keys
    other = run(scenes.config(judge=judged(scenes, least={"overall": 2.0})), name="b")
    assert other.workshop.keys["judge"] == first["judge"]
    assert other.workshop.keys["judge_check"] != first["judge_check"]
    sha256 = hashlib.sha256(b"two").hexdigest()
    rules = judged(scenes, least={"overall": 3.0}, weights="two", sha256=sha256)
    assert run(scenes.config(judge=rules), name="c").workshop.keys["judge"] != first["judge"]


def test_what_was_judged_goes_with_the_stages_to_another_folder(scenes, run, tmp_path):
    scenes.add("good").add("bad", judged={"overall": 1.25})
    root = run(scenes.config(judge=judged(scenes))).workshop.root
    for part in ("stages", "blobs"):
        shutil.copytree(root / part, tmp_path / "other" / part)
    Critic.heard.clear()
    ran = run(scenes.config(judge=judged(scenes, least={"overall": 3.0})), name="other")
    assert Critic.heard == []
    assert sorted(ran.verdicts("judge_check").values()) == ["judged_low", "kept"]
    assert {r.provenance.ingredients[0].item for r in ran.records()} == {"good"}


def test_thresholds_of_other_weights_are_refused(scenes, run):
    scenes.add("clip")
    rules = judged(scenes, least={"overall": 3.0}, sha256="0" * 64)
    with pytest.raises(ConfigError, match=r"weights 000000000000…; the one chosen has.*anew"):
        run(scenes.config(judge=rules))


def test_thresholds_of_no_axis_are_refused(scenes, run):
    scenes.add("clip")
    with pytest.raises(ConfigError, match=r"names 'overalls', .*Did you mean 'overall'.*precision"):
        run(scenes.config(judge=judged(scenes, least={"overalls": 3.0})))


@pytest.mark.parametrize(
    ("said", "reason"), [("nothing", "judge"), ({"overall": float("nan")}, "error")]
)
def test_what_cannot_be_judged_fails_and_is_not_kept(scenes, run, said, reason):
    scenes.add("good").add("odd", judged=said)
    ran = run(scenes.config(judge=judged(scenes, least={"overall": 1.0})))
    assert ran.verdicts("judge") == {"good|dog barking": "kept", "odd|dog barking": reason}
    assert {r.provenance.ingredients[0].item for r in ran.records()} == {"good"}


def test_a_judge_without_weights_stops_the_run(scenes, run):
    with pytest.raises(StopRun, match="The critic has no weights"):
        run(scenes.add("clip").config(judge=judged(scenes, weights="none")))


def test_padding_is_not_heard(scenes, run):
    scenes.add("padded", change=lambda m: m[:, : round(0.97 * m.shape[-1])])
    Critic.heard.clear()
    run(scenes.config(judge=judged(scenes)))
    assert Critic.heard == [round(0.97 * SECONDS * RATE)]


def test_another_kind_of_provider_is_refused(scenes, run):
    with pytest.raises(ConfigError, match=r"'hash' is a scorer; expected a judge\. .*sam_audio_ju"):
        run(scenes.add("clip").config(judge={"provider": {"name": "hash"}}))


def test_sam_audios_judge_works_from_its_own_process(scenes, run, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(FAKE_SAM_AUDIO))
    folder = tmp_path / "judge"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "checkpoint.pt").write_bytes(b"one")
    options = {"python": sys.executable, "device": "cpu", "model": str(folder)}
    rules = {
        "provider": {"name": "sam_audio_judge", "options": options},
        "thresholds": {"weights_sha256": WEIGHTS, "least": {"precision": 1.5}},
    }
    ran = run(scenes.add("clip").config(judge=rules))
    (line,) = ran.lines("judge").values()
    assert set(line.scores) == {"overall", "recall", "precision", "faithfulness"}
    assert line.scores["precision"] > 1.5
    records = ran.records()
    assert records[0].scores["judge"]["checkpoint"] == WEIGHTS
    assert json.loads(records[0].line())["scores"]["judge"]["overall"] == line.scores["overall"]
