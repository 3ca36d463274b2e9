"""Listening: a page that gives nothing away, and what is made of its ratings."""

import json
import re

import pytest
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.listening.agreement import judge, wilson
from audio_omni.plugins.audioedit.listening.making import make_listening
from edit_pairs import make_records


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("pairs")
    records = make_records(root, 7)
    return records, make_listening(root, records, n=20, seed=3)


def key_of(listening):
    return json.loads(listening.key.read_text())


def save(path, listening, answer, rater="r"):
    key = key_of(listening)
    answers = [{"name": n, **answer(facts)} for n, facts in key["items"].items()]
    told = {"format": key["format"], "study": key["study"], "rater": rater, "answers": answers}
    path.write_text(json.dumps(told))
    return path


def honest(facts):
    return {"done": not facts["foil"], "harmed": facts["task"] == "extract"}


def test_a_page_says_nothing_of_ids_branches_and_foils(made):
    records, listening = made
    page = listening.page.read_text(encoding="utf-8")
    assert (listening.items, listening.foils) == (22, 2)
    for secret in ("synth", "foil", *(r.id for r in records), *(r.source.sha256 for r in records)):
        assert secret not in page
    data = json.loads(re.search(r'id="study">(.*?)</script>', page, re.DOTALL)[1])
    assert {item["name"] for item in data["items"]} == set(key_of(listening)["items"])


def test_clips_are_those_of_the_pair_and_foils_play_the_source_twice(made):
    records, listening = made
    by_id = {record.id: record for record in records}
    clips = listening.page.parent / "clips"
    foils = 0
    for name, facts in key_of(listening)["items"].items():
        first, second = (clips / f"{name}-{side}.flac" for side in "ab")
        same = first.read_bytes() == second.read_bytes()
        assert same == facts["foil"]
        foils += same
        assert by_id[facts["id"]].task == facts["task"]
    assert foils == 2


def test_equal_seeds_give_equal_pages(made, tmp_path):
    records = make_records(tmp_path, 7)
    again = make_listening(tmp_path, records[::-1], n=20, seed=3)
    assert again.page.read_bytes() == made[1].page.read_bytes()
    other = make_listening(tmp_path, records, n=20, seed=4)
    assert other.page.read_bytes() != made[1].page.read_bytes()


def test_agreement_counts_what_was_heard_and_not_harmed(made, tmp_path):
    _, listening = made
    pairs = [f for f in key_of(listening)["items"].values() if not f["foil"]]
    good = sum(f["task"] != "extract" for f in pairs)
    verdict = judge(listening.key, [save(tmp_path / "r.json", listening, honest)])
    assert (verdict.overall.n, verdict.overall.accepted) == (20, good)
    assert verdict.overall.interval == wilson(good, 20)
    assert verdict.by_task["extract"].accepted == 0
    assert verdict.by_task["add"].share == 1.0
    assert verdict.paper == 0.83
    assert verdict.left_out == {}


def test_who_hears_edits_in_foils_is_left_out(made, tmp_path):
    _, listening = made
    asleep = save(tmp_path / "a.json", listening, lambda _: {"done": True, "harmed": False}, "a")
    awake = save(tmp_path / "b.json", listening, honest, "b")
    verdict = judge(listening.key, [asleep, awake])
    assert verdict.left_out == {"a": 1.0}
    assert verdict.overall.n == 20


def test_wilsons_interval_is_that_of_the_formula():
    """By hand for 83 of 100: (0.8300 + 0.0192 ∓ 0.0761) / 1.0384."""
    low, high = wilson(83, 100)
    assert (low, high) == (pytest.approx(0.7445, abs=1e-4), pytest.approx(0.8911, abs=1e-4))
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: {**t, "study": "other"}, "is of listening test 'other'"),
        (lambda t: {**t, "answers": t["answers"] * 2}, "judges an item twice"),
        (lambda t: {**t, "answers": [{"name": "x", "done": True, "harmed": False}]}, "expected"),
        (lambda t: {"format": "x"}, "is no file of ratings"),
        (lambda t: [], "holds no JSON mapping"),
    ],
)
def test_files_that_are_not_of_the_page_are_errors(made, tmp_path, change, said):
    path = save(tmp_path / "r.json", made[1], honest)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(DataError, match=re.escape(said)):
        judge(made[1].key, [path])


def test_nothing_to_listen_to_is_an_error(tmp_path):
    with pytest.raises(DataError, match="holds no finished pair"):
        make_listening(tmp_path, [], n=5, seed=0)
    path = tmp_path / "key.json"
    with pytest.raises(DataError, match=r"There is no key\.json .*Make the page first"):
        judge(path, [])
    path.write_text("{")
    with pytest.raises(DataError, match=r"key\.json cannot be read as JSON"):
        judge(path, [])
