"""A pair is proven from its two files alone; whatever is wrong with them has its name (4.6)."""

import numpy as np
import pytest
from audio_omni.plugins.audioedit.blobs import BlobStore
from audio_omni.plugins.audioedit.records import record_id
from audio_omni.plugins.audioedit.sound.loudness import lufs
from audio_omni.plugins.audioedit.synthesis.verify import REASONS, examined
from edit_pairs import make_records
from hypothesis import given, settings
from hypothesis import strategies as st

RATE, BITS, SECONDS = 16000, 16, 3
ONSET, LENGTH = 12000, 16000
FULL = 2 ** (BITS - 1) - 1


def tracks(level=0.1):
    """A background and an event (N,) as integers."""
    rng = np.random.default_rng(0)
    background = rng.standard_normal(SECONDS * RATE) * 0.03
    event = np.zeros(SECONDS * RATE)
    t = np.arange(LENGTH) / RATE
    event[ONSET : ONSET + LENGTH] = level * np.sin(2 * np.pi * 700 * t)
    return (np.rint(x * 2 ** (BITS - 1)).astype(np.int32) for x in (background, event))


def planned_snr():
    background, event = (x * 2.0 ** (1 - BITS) for x in tracks())
    own = lufs(event[ONSET : ONSET + LENGTH].astype(np.float32), RATE)
    return own - lufs(background.astype(np.float32), RATE)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return make_records(tmp_path_factory.mktemp("pairs"), 1)[0]


def pair(store, template, task, source, target, *, snr=None, events=1):
    """A record of two tracks whose plan has the event of `tracks`."""
    event = {"onset": ONSET, "length": LENGTH,
             "snr_db": planned_snr() if snr is None else snr}  # fmt: skip
    sides = {}
    for name, grid in (("source", source), ("target", target)):
        sha256 = store.put(np.asarray(grid, np.int32), sample_rate_hz=RATE, bits=BITS)
        channels = 1 if np.ndim(grid) == 1 else 2
        facts = {"sha256": sha256, "frames": len(grid), "channels": channels, "bits": BITS}
        sides[name] = getattr(template, name).model_copy(update=facts)
    scene = {**template.scene, "events": [event] * events, "edited": 0}
    id_ = record_id("synth", task, [], [])
    return template.model_copy(update={"id": id_, "task": task, "scene": scene, **sides})


def sides_of(task, background, event):
    full = background + event
    return {
        "add": (background, full), "remove": (full, background), "extract": (full, event)
    }[task]  # fmt: skip


@pytest.mark.parametrize("task", ["add", "remove", "extract"])
def test_an_exact_pair_is_proven_and_its_snr_measured(store, template, task):
    found = examined(pair(store, template, task, *sides_of(task, *tracks())), store)
    assert found.fault is None
    assert found.snr_db == pytest.approx(planned_snr(), abs=1e-3)


@pytest.mark.parametrize("task", ["add", "remove"])
@given(place=st.integers(0, SECONDS * RATE - LENGTH - 1), side=st.booleans())
@settings(max_examples=15, deadline=None)
def test_one_unit_of_one_sample_outside_of_the_span_is_found(store, template, task, place, side):
    sides = [s.copy() for s in sides_of(task, *tracks())]
    outside = place if place < ONSET else place + LENGTH
    sides[side][outside] += 1
    fault = examined(pair(store, template, task, *sides), store).fault
    assert (fault.reason, fault.detail) == ("not_exact", "1 samples differ outside the span")


def test_an_extracted_sound_with_anything_beside_it_is_not_exact(store, template):
    background, event = tracks()
    event[ONSET + LENGTH + 5] = 3
    record = pair(store, template, "extract", *sides_of("extract", background, event))
    assert examined(record, store).fault.reason == "not_exact"


def test_an_edit_of_nothing_is_empty(store, template):
    background, _ = tracks()
    record = pair(store, template, "add", background, background)
    assert examined(record, store).fault.reason == "empty_edit"


@pytest.mark.parametrize("value", [FULL, -FULL, FULL - 1])
def test_a_sample_at_full_scale_is_found(store, template, value):
    background, event = tracks()
    background[5] = value
    fault = examined(pair(store, template, "add", background, background + event), store).fault
    assert (fault is None) == (abs(value) < FULL)
    assert fault is None or fault.reason == "full_scale"


def test_an_event_that_nobody_hears_is_found(store, template):
    background, event = tracks(level=0.002)
    record = pair(store, template, "add", background, background + event)
    assert examined(record, store).fault.reason == "inaudible"


@pytest.mark.parametrize(("off_db", "wrong"), [(0.09, False), (0.11, True), (-0.11, True)])
def test_the_snr_is_the_planned_one_within_a_tenth_of_a_decibel(store, template, off_db, wrong):
    sides = sides_of("add", *tracks())
    found = examined(pair(store, template, "add", *sides, snr=planned_snr() + off_db), store)
    assert (found.fault is not None) == wrong
    if found.fault is not None:
        assert found.fault.reason == "snr"
        assert found.fault.scores["snr_error_db"] == pytest.approx(0.11, abs=1e-3)


@pytest.mark.parametrize("how", ["several", "stereo"])
def test_where_no_stem_is_the_background_the_snr_is_not_told(store, template, how):
    sides = sides_of("add", *tracks())
    if how == "stereo":
        sides = [np.stack([s, s], axis=1) for s in sides]
    events = 2 if how == "several" else 1
    found = examined(pair(store, template, "add", *sides, snr=99.0, events=events), store)
    assert (found.fault, found.snr_db) == (None, None)


def test_files_that_are_gone_or_others_are_unreadable(store, template, tmp_path):
    record = pair(store, template, "add", *sides_of("add", *tracks()))
    gone = examined(record, BlobStore(tmp_path)).fault
    assert gone.reason == "unreadable"
    longer = record.target.model_copy(update={"frames": record.target.frames + 1})
    fault = examined(record.model_copy(update={"target": longer}), store).fault
    assert fault.reason == "unreadable"
    assert f"its record says {record.target.frames + 1}" in fault.detail
    assert set(REASONS) == {
        "unreadable", "not_exact", "empty_edit", "inaudible", "full_scale", "snr"
    }  # fmt: skip


def test_a_file_that_was_changed_is_damaged(store, template, tmp_path):
    record = pair(store, template, "add", *sides_of("add", *tracks()))
    own = BlobStore(tmp_path)
    for side in (record.source, record.target):
        own.path(side.sha256).parent.mkdir(parents=True, exist_ok=True)
        own.path(side.sha256).write_bytes(store.bytes(side.sha256) + b"x")
    assert "is damaged" in examined(record, own).fault.detail
