"""The test set: test recordings alone, accepted by people, spread over families and levels."""

import itertools
import json
from collections import Counter, defaultdict
from types import SimpleNamespace

import pytest
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.config import PackConfig
from audio_omni.plugins.audioedit.listening.accepted import Heard, heard_pairs
from audio_omni.plugins.audioedit.listening.making import make_listening
from audio_omni.plugins.audioedit.testset.choosing import choose
from audio_omni.plugins.audioedit.testset.strata import (
    LEVELS,
    level_gap_lu,
    shares,
    strata_of,
)
from audio_omni.plugins.audioedit.testset.writing import write_test_set
from audio_omni.plugins.manager import build_plugin_manager
from edit_pairs import make_records
from hypothesis import given, settings
from hypothesis import strategies as st

YES, NO = Heard(2, 2), Heard(2, 1)
KEY = "pairs/1"


@given(
    available=st.dictionaries(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(LEVELS)), st.integers(0, 40)
    ),
    wanted=st.integers(0, 200),
)
def test_strata_give_as_equally_as_they_can(available, wanted):
    taken = shares(available, wanted)
    assert taken.keys() == available.keys()
    assert sum(taken.values()) == min(wanted, sum(available.values()))
    assert all(0 <= taken[s] <= available[s] for s in taken)
    able = [taken[s] for s in taken if taken[s] < available[s]]
    most = max(taken.values(), default=0)
    assert not able or (max(able) - min(able) <= 1 and most - min(able) <= 1)


class Made:
    """What a choice reads of a record; a hundred of them would take long to make in full."""

    def __init__(self, number, task, family, gap, split):
        self.id, self.task, self.split = f"{task}-{number:04}", task, split
        self.scores = {"activity": {"over_residual_lu": float(gap)}}
        self.scene = {"family": family}
        self.quality = SimpleNamespace(model_copy=lambda update: update["human"])
        self.human = None

    def model_copy(self, update):
        copy = Made.__new__(Made)
        copy.__dict__.update(self.__dict__)
        copy.human = update["quality"]
        return copy


@st.composite
def sets_of_pairs(draw):
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["add", "remove"]),
                st.sampled_from(["animal", "music", "tool"]),
                st.integers(-20, 20),
                st.sampled_from(["train", "validation", "test", "test", "test"]),
                st.sampled_from([None, YES, NO]),
            ),
            max_size=60,
        )
    )
    made = [Made(k, *row[:4]) for k, row in enumerate(rows)]
    heard = {m.id: row[4] for m, row in zip(made, rows, strict=True) if row[4] is not None}
    return made, heard


@settings(deadline=None)
@given(given_=sets_of_pairs(), per_task=st.integers(1, 30), data=st.data())
def test_only_accepted_pairs_of_test_recordings_and_always_the_same(given_, per_task, data):
    made, heard = given_
    chosen = choose(made, heard, per_task=per_task, key=KEY)
    for record in chosen.records:
        assert record.split == "test"
        assert heard[record.id].ok
        assert record.human == {"raters": 2, "accepted": 2, "ok": True}
    shuffled = data.draw(st.permutations(made))
    again = choose(shuffled, heard, per_task=per_task, key=KEY)
    assert {r.id for r in again.records} == {r.id for r in chosen.records}
    assert again.tasks == chosen.tasks
    for facts in chosen.tasks:
        own = [m for m in made if m.task == facts.task and m.split == "test"]
        good = [m for m in own if heard.get(m.id, NO).ok]
        assert facts.candidates == len(own)
        assert facts.heard == sum(m.id in heard for m in own)
        assert (facts.accepted, facts.chosen) == (len(good), min(per_task, len(good)))
        assert facts.short == per_task - facts.chosen
        taken = Counter(strata_of(own)[r.id] for r in chosen.records if r.task == facts.task)
        assert dict(taken) == {s: n for s, n in facts.strata.items() if n}


@given(gaps=st.lists(st.integers(-40, 40), max_size=60))
def test_each_level_holds_a_third_and_louder_ones_are_louder(gaps):
    made = [Made(k, "add", "animal", gap, "test") for k, gap in enumerate(gaps)]
    levels = defaultdict(list)
    for record in made:
        levels[strata_of(made)[record.id][1]].append(level_gap_lu(record))
    sizes = [len(levels[level]) for level in LEVELS]
    assert max(sizes) - min(sizes) <= 1
    for quieter, louder in itertools.pairwise(LEVELS):
        if levels[quieter] and levels[louder]:
            assert max(levels[quieter]) <= min(levels[louder])


def test_the_gap_is_what_was_measured_or_planned(tmp_path):
    record = make_records(tmp_path, 1)[0]
    assert level_gap_lu(record) == record.scene["events"][0]["snr_db"]
    scores = {"activity": {"over_residual_lu": -7.5}}
    assert level_gap_lu(record.model_copy(update={"scores": scores})) == -7.5


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("pairs")
    records = [
        r.model_copy(
            update={
                "split": "test" if k < 12 else "train",
                "stems": {"event": r.target, "residual": r.source},
            }
        )
        for k, r in enumerate(make_records(root, 6, branch="real"))
    ]
    candidates = [r for r in records if r.split == "test"]
    listening = make_listening(root, candidates, n=50, seed=1)
    key = json.loads(listening.key.read_text())
    refused = {r.id for r in records if r.task == "extract"}
    answers = [
        {"name": n, "done": not f["foil"], "harmed": f["id"] in refused}
        for n, f in key["items"].items()
    ]
    told = {"format": key["format"], "study": key["study"], "rater": "r", "answers": answers}
    (root / "ratings.json").write_text(json.dumps(told))
    return root, records, heard_pairs(listening.key, [root / "ratings.json"])


def test_what_falls_short_is_told_of_every_edit(made):
    _, records, heard = made
    chosen = choose(records, heard, per_task=3, key=KEY)
    told = {t.task: (t.asked, t.candidates, t.heard, t.accepted, t.short) for t in chosen.tasks}
    assert told == {"add": (3, 4, 4, 4, 0), "remove": (3, 4, 4, 4, 0), "extract": (3, 4, 4, 0, 3)}


def test_it_carries_captions_slots_spans_and_stems(made, tmp_path):
    root, records, heard = made
    chosen = choose(records, heard, per_task=3, key=KEY)
    written = write_test_set(chosen, BlobStore(root), tmp_path / "one", PackConfig())
    facts = json.loads(written.facts.read_text())
    assert {t["task"]: t["chosen"] for t in facts} == {"add": 3, "remove": 3, "extract": 0}
    source = open_source(f"audioedit:{tmp_path}/one?split=test", {}, build_plugin_manager())
    rows = [source.row(i) for i in range(len(source))]
    assert {row.id for row in rows} == {record.id for record in chosen.records}
    by_id = {record.id: record for record in records}
    for row in rows:
        record = by_id[row.id]
        assert row.fields["source_caption"] == record.source_caption
        assert row.fields["target_caption"] == record.target_caption
        assert row.truth["span"] == [[s.start_s, s.end_s] for s in record.spans]
        stems = row.truth["stems"]()
        assert stems.keys() == {"event", "residual"}
        assert stems["event"].seconds == record.duration_s
        assert "stem_places" not in row.fields
    again = write_test_set(chosen, BlobStore(root), tmp_path / "two", PackConfig())
    assert [s.sha256 for s in again.shards] == [s.sha256 for s in written.shards]


def test_nothing_to_test_with_says_what_to_do(made, tmp_path):
    root, records, _ = made
    chosen = choose(records, {}, per_task=3, key=KEY)
    with pytest.raises(DataError, match=r"add: 4 candidates, 0 heard, 0 .*listen DIR --split test"):
        write_test_set(chosen, BlobStore(root), tmp_path / "set", PackConfig())
    assert not (tmp_path / "set").exists()
