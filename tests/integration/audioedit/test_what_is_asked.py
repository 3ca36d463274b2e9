"""A run tells what falls short and what is missing; what may not be used is left out, counted."""

import json
import os
import shutil
from collections import Counter

import pytest
import torch
from audio_omni.core.cli.main import main
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.audioedit.command_parts import restrict, said_of
from audio_omni.plugins.audioedit.listening.accepted import heard_pairs
from audio_omni.plugins.audioedit.listening.making import make_listening
from audio_omni.plugins.audioedit.making import make, pack_all
from audio_omni.plugins.audioedit.packing.collect import finished
from audio_omni.plugins.audioedit.packing.selection import select
from audio_omni.plugins.audioedit.packing.takedown import take_down
from audio_omni.plugins.audioedit.rebuilding import prove
from audio_omni.plugins.audioedit.report.build import write_report
from audio_omni.plugins.audioedit.report.examples import rejected_examples
from audio_omni.plugins.audioedit.stages.parts import parts_in
from audio_omni.plugins.audioedit.testset.choosing import choose
from audio_omni.plugins.audioedit.testset.writing import write_test_set
from audio_omni.plugins.audioedit.workspace import reopen_workshop
from real_parts.scenes import Scenes, open_catalog
from small_pairs import CATALOG, YAML, config

LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-NC-3.0", None)
STYLE = {
    "editor": {"name": "toy"},
    "likeness": (0.2, 0.95),
    "checks": {"pitch_semitones": 7.0, "bandwidth_loss": 1.0},
}


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    """Four recordings under four licences, one of the test split, and one whose file is gone."""
    scenes = Scenes(tmp_path_factory.mktemp("real") / "scenes")
    for k, licence in enumerate(LICENCES):
        scenes.add(f"clip-{k}", row={"licence": licence})
    scenes.add("held-out", ("cat meowing",), row={"split": "test"})
    scenes.rows.append({**scenes.rows[0], "id": "lost", "audio": "lost.wav"})
    return scenes.config(style=STYLE, quotas={"add": 3, "remove": 9})


@pytest.fixture(scope="module")
def made(chosen, tmp_path_factory):
    return make(tmp_path_factory.mktemp("made") / "set", chosen, open_catalog)


def test_quotas_are_met_from_what_there_is_and_the_rest_is_told(made):
    counts = Counter((r.task, r.split) for r in made.records)
    assert counts["add", "train"] == 3
    assert counts["add", "test"] == 1
    assert counts["extract", "train"] == 4  # nobody asked for fewer
    assert made.left_out["over_quota"] == 1
    told = {q.task: (q.asked, q.made, q.short) for q in made.quotas}
    assert told == {"add": (3, 3, 0), "remove": (9, 4, 5)}
    assert made.missing == 1
    facts = made.to_dict()
    assert facts["missing"] == 1
    assert facts["quotas"][1] == {
        "branch": "real", "task": "remove", "asked": 9, "made": 4, "short": 5,
    }  # fmt: skip


def test_recordings_that_could_be_opened_are_listed(made):
    lines = (made.root / "sources.lock.jsonl").read_text().splitlines()
    rows = {row["item"]: row for row in map(json.loads, lines)}
    assert rows.keys() == {"clip-0", "clip-1", "clip-2", "clip-3", "held-out"}
    assert rows["held-out"]["split"] == "test"
    assert {row["role"] for row in rows.values()} == {"scene"}
    assert "licence" not in rows["clip-3"]


def test_quotas_may_be_raised_and_nothing_is_made_anew(made, chosen, tmp_path):
    looser = chosen.model_copy(
        update={"real": chosen.real.model_copy(update={"quotas": {"add": 4}})}
    )
    before = {p: p.stat().st_mtime_ns for p in made.root.glob("stages/*/*/part-*.jsonl")}
    more = make(made.root, looser, open_catalog)
    assert [(q.made, q.short) for q in more.quotas] == [(4, 0)]
    assert {p: p.stat().st_mtime_ns for p in before} == before
    make(made.root, chosen, open_catalog)  # as it was, for the other tests


def workshop_of(made):
    return reopen_workshop(made.root, open_catalog())


@pytest.mark.parametrize(
    ("commercial", "licences", "left"),
    [
        (True, None, {"clip-0", "clip-1", "held-out"}),
        (False, ["CC0-1.0"], {"clip-0", "held-out"}),
        (False, ["CC0-1.0", "CC BY-NC 3.0"], {"clip-0", "clip-2", "held-out"}),
        (False, None, {"clip-0", "clip-1", "clip-2", "clip-3", "held-out"}),
    ],
)
def test_pairs_are_selected_by_licence_and_the_others_are_counted(made, commercial, licences, left):
    workshop, steps = workshop_of(made)
    restrict(workshop, commercial, licences)
    found = select(workshop, finished(workshop, steps))
    kept = [r for r in found.records if r.task == "extract"]
    assert {r.provenance.ingredients[0].item for r in kept} == left
    everything = select(workshop_of(made)[0], finished(workshop, steps))
    gone = sum(found.left_out.values()) - found.left_out["licence"]
    assert len(found.records) + gone + found.left_out["licence"] == (
        len(everything.records) + sum(everything.left_out.values())
    )
    assert (found.left_out["licence"] > 0) is (len(left) < 5)
    assert ("licence" in said_of(found.left_out)) is (len(left) < 5)


def test_rows_are_read_by_licence(made, caplog):
    catalog = open_catalog()

    def items(query):
        source = open_source(f"audioedit:{made.root}?task=extract{query}", {}, catalog)
        rows = [source.row(k).fields["licence"] for k in range(len(source))]
        return sorted(rows), source.left_out

    with caplog.at_level("INFO"):
        rows, left_out = items("&commercial=true")
    assert rows == ["CC-BY-4.0", "CC0-1.0"]
    assert left_out == {"CC-BY-NC-3.0": 1, "unknown": 1}
    assert "2 pairs are read, 2 are left out for their licence: CC-BY-NC-3.0 1" in caplog.text
    assert items("&licence=CC0-1.0,CC-BY-NC-3.0")[0] == ["CC-BY-NC-3.0", "CC0-1.0"]
    assert items("")[1] == {}
    with pytest.raises(DataError, match=r"no pair may be used as asked.*unknown 1. Correct"):
        items("&licence=MIT")


def test_the_report_tells_of_quotas_missing_recordings_and_the_probe(made):
    workshop, _steps = workshop_of(made)
    lines = [line.to_dict() for line in made.funnel]
    told = {"catalog": open_catalog(), "paper": {}, "per_kind": 0, "quotas": made.quotas}
    written = write_report(workshop.root, made.records, lines, **told)
    page = written.page.read_text(encoding="utf-8")
    assert '<th scope="row">real remove</th><td>9</td><td>4</td><td>5</td>' in page
    assert "1 recording is missing" in page
    assert "Too few recordings with a residual to tell" in page
    facts = json.loads(written.funnel.read_text())
    assert facts["fingerprint"] == "too_few"
    assert facts["missing"] == 1
    write_report(workshop.root, made.records, lines, swap_guard=False, **told)
    assert json.loads(written.funnel.read_text())["fingerprint"] == "not_asked"


def test_nothing_that_is_written_tells_of_a_place_or_a_user(made, tmp_path):
    """But for ``dataset.yaml``, which names what the set is made of, and is not shipped."""
    shutil.copytree(made.root, tmp_path / "set")
    workshop, steps = reopen_workshop(tmp_path / "set", open_catalog())
    records = select(workshop, finished(workshop, steps)).records
    lines = [line.to_dict() for line in made.funnel]
    shown = {"catalog": open_catalog(), "paper": {}, "per_kind": 1, "quotas": made.quotas}
    examples = rejected_examples(workshop, steps)
    assert examples
    write_report(workshop.root, records, lines, examples=examples, **shown)
    make_listening(workshop.root, records, n=2, seed=0)
    written = [path for path in workshop.root.rglob("*") if path.is_file()]
    assert {".tar", ".json", ".jsonl", ".html", ".csv", ".flac"} <= {p.suffix for p in written}
    scenes = made.root.parent.parent  # of the recordings, and of the set
    told = [str(tmp_path), str(scenes), os.path.expanduser("~") + os.sep]
    for path in written:
        if path.name != "dataset.yaml":
            data = path.read_bytes()
            assert not [name for name in told if name.encode() in data], path.name


def test_a_test_set_comes_of_what_people_accept(made, tmp_path):
    workshop, steps = workshop_of(made)
    records = select(workshop, finished(workshop, steps)).records
    candidates = [r for r in records if r.split == "test"]
    page = make_listening(workshop.root, candidates, n=99, seed=0)
    key = json.loads(page.key.read_text())
    answers = [{"name": n, "done": not f["foil"], "harmed": False} for n, f in key["items"].items()]
    ratings = {"format": key["format"], "study": key["study"], "rater": "r", "answers": answers}
    (tmp_path / "ratings.json").write_text(json.dumps(ratings))
    heard = heard_pairs(page.key, [tmp_path / "ratings.json"])
    found = choose(records, heard, per_task=5, key=workshop.config.key)
    told = {t.task: t.chosen for t in found.tasks}
    assert {told[task] for task in ("add", "remove", "extract")} == {1}
    assert told["style"] >= 1
    write_test_set(found, workshop.blobs, tmp_path / "set", workshop.config.pack)
    source = open_source(f"audioedit:{tmp_path}/set?split=test", {}, open_catalog())
    assert len(source) == len(found.records)
    for row in (source.row(k) for k in range(len(source))):
        stems = {name: clip.samples for name, clip in row.truth["stems"]().items()}
        assert row.truth["span"]
        if row.fields["task"] == "style_transfer":
            target = row.audio().samples
            assert (target - stems["residual"] - stems["event"]).abs().max() == 0


def test_packing_with_a_scorer_for_leaks_compares_by_it(made, chosen):
    workshop, steps = workshop_of(made)
    packing = {**chosen.pack.model_dump(), "leak_scorer": {"name": "hash"}}
    workshop.config = type(chosen).model_validate({**chosen.model_dump(), "pack": packing})
    pack_all(workshop, steps)
    report = json.loads((made.root / "reports" / "leak.json").read_text())
    assert report["near"] == 0  # a cat and dogs
    assert report["compared"] == 5
    workshop.config = chosen
    pack_all(workshop, steps)
    assert "near" not in json.loads((made.root / "reports" / "leak.json").read_text())


def test_a_scorer_for_leaks_that_cannot_work_is_told_before_any_work(chosen, tmp_path):
    lost = {"name": "clap", "options": {"model": str(tmp_path / "gone")}}
    packing = {**chosen.pack.model_dump(), "leak_scorer": lost}
    config = type(chosen).model_validate({**chosen.model_dump(), "pack": packing})
    with pytest.raises(ConfigError, match=r"Scorer 'clap': there is no folder '.*gone'"):
        make(tmp_path / "set", config, open_catalog)
    assert not (tmp_path / "set").exists()


def test_stems_are_packed_on_demand_and_survive_a_takedown(made, chosen, tmp_path):
    shutil.copytree(made.root, tmp_path / "set")
    workshop, steps = reopen_workshop(tmp_path / "set", open_catalog())
    packing = chosen.pack.model_copy(update={"stems": True})
    workshop.config = chosen.model_copy(update={"pack": packing})
    pack_all(workshop, steps)
    kept = (item for part in parts_in(workshop.folder("separate")) for item in part.kept())
    (separated,) = (item.data for item in kept if item.data["item"] == "clip-0")
    heard = [workshop.blobs.path(separated[name]["sha256"])
             for name in ("mixture", "target", "residual")]  # fmt: skip
    assert all(path.exists() for path in heard)
    take_down(tmp_path / "set", "clip-0", "asked for by its author")
    assert not any(path.exists() for path in heard)
    assert {proof.fault for proof in prove(tmp_path / "set")} == {None}
    uri = f"audioedit:{tmp_path}/set?task=extract"
    source = open_source(uri, {}, open_catalog())
    assert len(source) == 3
    for row in (source.row(k) for k in range(len(source))):
        stems = row.truth["stems"]()
        assert torch.equal(stems["event"].samples, row.audio().samples)
    plain = open_source(f"audioedit:{made.root}?task=extract", {}, open_catalog())
    assert "stems" not in plain.row(0).truth


@pytest.fixture
def run(capfd):
    def call(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["audioedit", *map(str, arguments)])
        said = capfd.readouterr()
        return ended.value.code or 0, said.out + said.err

    return call


def test_the_commands_tell_it(run, tmp_path):
    (tmp_path / "small.yaml").write_text(YAML.replace("scenes: 12", "scenes: 3"))
    root = tmp_path / "set"
    at = ("-o", root, "--workers", 1)
    code, said = run("run", "--profile", tmp_path / "small.yaml", *at, "--limit", 2)
    assert code == 0
    assert "short" not in said  # of what the limit let it make
    code, said = run("status", root)
    assert (code, "synth add: 2 of 3 pairs asked for, 1 short" in said) == (0, True)
    code, said = run("status", root, "--json")
    assert {q["short"] for q in json.loads(said)["quotas"]} == {1}
    assert json.loads(said)["missing"] == 0
    code, said = run("pack", root, "--licence", "MIT")
    assert (code, "0 pairs (left out: 6 licence) in 0 shards" in said) == (0, True)
    code, said = run("pack", root, "--commercial-only")
    assert (code, "6 pairs in" in said) == (0, True)
    code, said = run("listen", root, "--split", "test")
    assert (code, "is of the split 'test'; of: " in said) == (1, True)
    code, said = run("listen", root, "--n", 2)
    assert code == 0
    code, said = run("test-set", root, tmp_path / "none.json")
    assert (code, "none.json cannot be read as JSON" in said) == (1, True)
    key = json.loads((root / "reports" / "listening" / "key.json").read_text())
    saved = {"format": key["format"], "study": key["study"], "rater": "r", "answers": []}
    (tmp_path / "saved.json").write_text(json.dumps(saved))
    code, said = run("test-set", root, tmp_path / "saved.json")
    assert code == 1
    assert "add: 0 candidates, 0 heard, 0 accepted" in said
    assert "audio-omni audioedit listen DIR --split test" in said


def test_packing_may_change_where_work_has_begun(tmp_path):
    first = make(tmp_path / "set", config(), CATALOG, limit=2)
    other = config(pack={"shard_samples": 2, "commercial_only": True})
    again = make(tmp_path / "set", other, CATALOG, limit=2)
    assert {r.id for r in again.records} == {r.id for r in first.records}
    assert len(again.shards) > len(first.shards)


def test_status_tells_reasons_speed_money_and_the_papers_numbers_beside(run, made, tmp_path):
    shutil.copytree(made.root, tmp_path / "set")
    answers = tmp_path / "set" / "answers"
    answers.mkdir()
    spent = {"calls": 7, "tokens": 1200, "usd": 0.25, "aside": {"x": [100, 0.05]}}
    (answers / "spending.json").write_text(json.dumps(spent))
    code, said = run("status", tmp_path / "set")
    assert code == 0
    lines = {line.split()[0]: line.split() for line in said.splitlines() if line.strip()}
    assert lines["index"][1:6] == ["6", "5", "5", "missing", "1"]
    head = lines["stage"]
    assert {
        "in",
        "kept",
        "rejected",
        "failed",
        "per_process_second",
        "process_seconds_left",
    } <= set(head)
    assert "Spent: 7 calls, 1300 tokens, 0.30 US dollars" in said
    paper = {line.split("  ")[0]: line.split() for line in said.splitlines()}
    assert paper["activity"][1:] == ["347,000", "64.3", "%", "5", "100.0", "%"]
    assert paper["semantic"][1:4] == ["50,000", "14.4", "%"]
    told = json.loads(run("status", tmp_path / "set", "--json")[1])
    assert told["spent"] == {"calls": 7, "tokens": 1300, "usd": 0.3, "by_stage": {}}
    assert told["paper"]["labelled clips"] == 540_000
