"""Every pair is read back and proven: whatever is wrong with its files has a name (section 4.6)."""

import numpy as np
import pytest
from audio_omni.plugins.audioedit.blobs import BlobStore, decode_grid
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.synthesis.verify import (
    LEAST_SNR_SECONDS,
    REASONS,
    examined,
    parts_of,
)
from small_pairs import CATALOG, config

RATE, BITS = 16000, 16


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """One `add` with a lone event whose level can be measured, and the blobs it is in."""
    made = make(tmp_path_factory.mktemp("made") / "set", config(), CATALOG)
    blobs = BlobStore(made.root)
    for record in made.records:
        events = record.scene["events"]
        long = events[0]["length"] > LEAST_SNR_SECONDS * RATE
        if record.task == "add" and len(events) == 1 and long and events[0]["onset"] > 100:
            return record, blobs
    raise AssertionError("no such pair")


def grid_of(blobs, facts):
    return decode_grid(blobs.bytes(facts.sha256), BITS)[0].astype(np.int64)


def changed(pair, change):
    """The pair with other files: ``change`` gets scene and event, and returns source and target."""
    record, blobs = pair
    _, rest, event = parts_of("add", grid_of(blobs, record.source), grid_of(blobs, record.target))
    sides = {}
    for name, grid in zip(("source", "target"), change(rest, event), strict=True):
        sha256 = blobs.put(grid.astype(np.int32), sample_rate_hz=RATE, bits=BITS)
        sides[name] = getattr(record, name).model_copy(update={"sha256": sha256})
    return record.model_copy(update=sides)


def reason(pair, change):
    fault = examined(changed(pair, change), pair[1]).fault
    return None if fault is None else fault.reason


def at(grid, place, value):
    other = grid.copy()
    other[place] = value
    return other


def test_a_pair_as_it_was_made_has_no_fault_and_tells_its_level(pair):
    record, blobs = pair
    found = examined(record, blobs)
    assert found.fault is None
    assert found.snr_db == pytest.approx(record.scene["events"][0]["snr_db"], abs=0.1)
    assert reason(pair, lambda rest, event: (rest, rest + event)) is None


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda rest, event: (rest, at(rest + event, 0, rest[0] + 1)), "not_exact"),
        (lambda rest, event: (rest, rest), "empty_edit"),
        (lambda rest, event: (at(rest, 5, 2**15 - 1), at(rest + event, 5, 2**15 - 1)),
         "full_scale"),
        (lambda rest, event: (at(rest, 5, -(2**15)), at(rest + event, 5, -(2**15))), "full_scale"),
        (lambda rest, event: (rest, rest + event // 256), "inaudible"),
        (lambda rest, event: (rest, rest + event * 97 // 100), "snr"),
    ],
)  # fmt: skip
def test_what_is_wrong_has_a_name(pair, change, wanted):
    assert wanted in REASONS
    assert reason(pair, change) == wanted


def test_a_file_that_is_gone_damaged_or_of_another_length_is_unreadable(pair, tmp_path):
    record, blobs = pair
    gone = examined(record, BlobStore(tmp_path)).fault
    assert gone.reason == "unreadable"
    assert "cannot be read" in gone.detail
    short = changed(pair, lambda rest, event: (rest[:-1], rest + event))
    assert "31999 samples at 16000 Hz; its record says 32000" in examined(short, blobs).fault.detail
    own = BlobStore(tmp_path)
    for side in (record.source, record.target):
        own.path(side.sha256).parent.mkdir(parents=True, exist_ok=True)
        own.path(side.sha256).write_bytes(blobs.bytes(side.sha256) + b"x")
    assert "is damaged" in examined(record, own).fault.detail
