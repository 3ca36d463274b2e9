"""What must not be in a data set is not: blocked groups, re-uploads across splits, takedowns."""

import itertools
import json
import shutil
from types import SimpleNamespace

import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.making import pack_all
from audio_omni.plugins.audioedit.packing import selection
from audio_omni.plugins.audioedit.packing.takedown import take_down
from audio_omni.plugins.audioedit.rebuilding import prove
from audio_omni.plugins.audioedit.workspace import open_workshop
from small_pairs import CATALOG, config, hashes


@pytest.fixture
def copy(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "set")
    return tmp_path / "set"


def packed_ids(root):
    return {
        json.loads(line)["id"]
        for path in root.glob("manifest-*.jsonl")
        for line in path.read_text().splitlines()
    }


def test_a_takedown_rewrites_only_the_shards_touched(made, copy):
    record = next(r for r in made.records if r.split == "validation")
    source = next(i for i in record.provenance.ingredients if i.role == "event")
    gone = {
        r.id for r in made.records
        if source.sha256 in {i.sha256 for i in r.provenance.ingredients}
    }  # fmt: skip
    before = hashes(copy)
    down = take_down(copy, source.item, "asked for by its author")
    assert set(down.pairs) == gone
    assert packed_ids(copy) == {r.id for r in made.records} - gone
    after = hashes(copy)
    changed = {name for name in before if "shards/" in name and before[name] != after.get(name)}
    credits = {name for name in changed if name.endswith("/ATTRIBUTION")}
    touched = changed - credits
    holding = {
        f"shards/{path.parent.name}/{path.stem}" for path in made.root.glob("shards/*/*.json")
        if gone & {s["id"] for s in json.loads(path.read_text())["index"]}
    }  # fmt: skip
    assert {name.rpartition(".")[0] for name in touched} == holding
    assert credits == {f"{name.rpartition('/')[0]}/ATTRIBUTION" for name in holding}
    for path in copy.glob("shards/*/ATTRIBUTION"):
        assert source.item not in path.read_text(encoding="utf-8").replace(",", " ").split()
    assert {proof.fault for proof in prove(copy)} <= {None}
    assert not (copy / "blobs" / source.sha256[:2] / f"{source.sha256}.flac").exists()


def test_a_takedown_stays_when_packed_again(made, copy):
    source = made.records[0].provenance.ingredients[0]
    down = take_down(copy, source.sha256, "a reason")
    workshop, _, steps = open_workshop(copy, config(), CATALOG)
    chosen, _ = pack_all(workshop, steps)
    assert not {r.id for r in chosen.records} & set(down.pairs)
    assert chosen.left_out["taken_down"] == len(down.pairs)


def test_a_takedown_of_nothing_says_so(copy):
    with pytest.raises(DataError, match="No packed pair used 'nobody'"):
        take_down(copy, "nobody", "a reason")


def test_blocked_groups_are_left_out(made, copy, tmp_path):
    group = made.records[0].groups[0]
    path = tmp_path / "blocked.jsonl"
    path.write_text(json.dumps({"group": group, "reason": "a benchmark's test set"}) + "\n")
    chosen = config(split={"validation_fraction": 0.2, "blocklist": str(path)})
    workshop, _, steps = open_workshop(copy, config(), CATALOG)
    workshop.config = chosen
    found, _ = pack_all(workshop, steps)
    kept, gone = [r for r in made.records if group not in r.groups], found.left_out["blocked"]
    assert gone == len(made.records) - len(kept) > 0
    assert found.records == kept  # scenes share sounds; one that is blocked takes no other


def test_a_recording_on_two_sides_fails_the_packing(copy, monkeypatch):
    """Whatever went wrong before: here splits are given out wrongly."""
    workshop, _, steps = open_workshop(copy, config(), CATALOG)
    workshop.config = config(split={"leak_guard": False})
    given = selection.assign_splits

    def wrongly(*arguments, **options):
        right = given(*arguments, **options)
        return SimpleNamespace(of=lambda groups: next(sides) if right.of(groups) else None)

    sides = itertools.cycle(["train", "test"])
    monkeypatch.setattr(selection, "assign_splits", wrongly)
    with pytest.raises(DataError, match=r"split 'test'.*of 'train'|split 'train'.*of 'test'"):
        pack_all(workshop, steps)


def test_recordings_are_compared_once(made, copy, monkeypatch):
    from audio_omni.plugins.audioedit.packing import unleaked

    def never(*arguments):
        raise AssertionError("compared again")

    workshop, _, steps = open_workshop(copy, config(), CATALOG)
    report = copy / "reports" / "leak.json"
    assert report.is_file()
    before = hashes(copy)
    monkeypatch.setattr(unleaked, "find_matches", never)
    pack_all(workshop, steps)
    assert hashes(copy) == before
    report.write_text(report.read_text().replace('"of": "', '"of": "other'))
    with pytest.raises(AssertionError, match="compared again"):
        pack_all(workshop, steps)
