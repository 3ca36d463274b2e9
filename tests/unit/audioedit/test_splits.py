"""No sound in two splits: joined groups, set splits, blocked recordings, planted re-uploads."""

import io
import json

import numpy as np
import pytest
import soundfile
from audio_omni.core.errors import DataError
from audio_omni.plugins.audioedit.splits.assignment import assign_splits, check_splits
from audio_omni.plugins.audioedit.splits.blocklist import read_blocklist
from audio_omni.plugins.audioedit.splits.components import Components
from audio_omni.plugins.audioedit.splits.fingerprints import fingerprint
from audio_omni.plugins.audioedit.splits.leak import check_leaks, guard, write_leak_report
from audio_omni.plugins.audioedit.splits.matching import find_matches
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.source import SoundworldSource
from edit_pairs import make_records

KEY = "audioedit/1"
RATE = 16000


def test_groups_that_a_sample_joins_are_one_component():
    components = Components([("a", "b"), ("c", "d"), ("b", "c"), ("e",)])
    assert components.members() == {"a": ("a", "b", "c", "d"), "e": ("e",)}


def test_components_do_not_depend_on_order():
    joined = [("a", "b"), ("c", "d"), ("b", "c"), ("e", "f"), ("g",)]
    expected = Components(joined).members()
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(len(joined))
        assert Components([joined[i][::-1] for i in order]).members() == expected


def test_a_component_is_in_one_split_and_shares_are_as_asked():
    joined = [(f"g{i}", f"h{i}") for i in range(2000)]
    found = assign_splits(joined, key=KEY, validation_fraction=0.1)
    assert all(found.splits[a] == found.splits[b] for a, b in joined)
    share = sum(found.splits[a] == "validation" for a, _ in joined) / 2000
    assert 0.08 < share < 0.12
    assert found == assign_splits(joined[::-1], key=KEY, validation_fraction=0.1)


def test_what_is_set_wins_for_the_whole_component():
    found = assign_splits([("a", "b"), ("c",)], key=KEY, fixed={"b": "test"})
    assert found.splits == {"a": "test", "b": "test", "c": "train"}


def test_two_set_splits_in_a_component_name_both_groups():
    with pytest.raises(DataError, match=r"'fs:1' is set to 'validation' and 'fs:2' to 'train'"):
        assign_splits(
            [("fs:1", "x"), ("x", "fs:2")], key=KEY, fixed={"fs:1": "validation", "fs:2": "train"}
        )


def test_blocked_recordings_are_for_testing_alone():
    blocked = {"yt:1": "test split of VGGSound", "yt:2": "test split of VGGSound"}
    found = assign_splits(
        [("yt:1", "yt:1b"), ("yt:2",), ("yt:3",)], key=KEY, fixed={"yt:2": "test"}, blocked=blocked
    )
    assert found.splits == {"yt:1b": "train", "yt:2": "test", "yt:3": "train"}
    assert found.dropped == {"yt:1": "test split of VGGSound"}
    assert found.of(["yt:1", "yt:1b"]) is None
    assert found.of(["yt:3"]) == "train"


def test_a_blocked_recording_takes_no_scene_but_its_own():
    """Scenes share sounds, so that most of a set is one component."""
    scenes = [("fs:dog", f"yt:{k}") for k in range(50)]
    found = assign_splits(scenes, key=KEY, blocked={"yt:7": "AudioCaps test"})
    assert [found.of(scene) is None for scene in scenes] == [k == 7 for k in range(50)]


@pytest.mark.parametrize("groups", [["yt:2", "yt:3"], ["yt:9"], []])
def test_a_sample_of_two_splits_or_of_unknown_groups_is_an_error(groups):
    found = assign_splits([("yt:2",), ("yt:3",)], key=KEY, fixed={"yt:2": "test"})
    with pytest.raises(DataError, match="expected groups that were all given the same split"):
        found.of(groups)


def test_a_component_across_splits_fails_the_build(tmp_path):
    records = make_records(tmp_path, 3)
    check_splits(records)
    joined = [
        records[0].model_copy(update={"groups": ("a", "b")}),
        records[1].model_copy(update={"groups": ("b", "c")}),
        records[2].model_copy(update={"groups": ("c", "d"), "split": "test"}),
    ]
    with pytest.raises(DataError, match=r"split 'test'.*of 'train'.*groups a, b, c, d"):
        check_splits(joined)
    with pytest.raises(DataError, match="has no groups"):
        check_splits([records[0].model_copy(update={"groups": ()})])


def test_a_blocklist_is_lines_with_reasons(tmp_path):
    path = tmp_path / "blocked.jsonl"
    path.write_text('{"group": "yt:1", "reason": "AudioSet eval"}\n\n')
    assert read_blocklist(path) == {"yt:1": "AudioSet eval"}
    assert read_blocklist(None) == {}
    path.write_text('{"group": "yt:1"}\n')
    with pytest.raises(DataError, match=r"Line 1 of the blocklist blocked.jsonl: .*reason"):
        read_blocklist(path)
    path.write_text("yt:1\n")
    with pytest.raises(DataError, match="is no JSON mapping"):
        read_blocklist(path)
    with pytest.raises(DataError, match=r"none.jsonl cannot be read"):
        read_blocklist(tmp_path / "none.jsonl")


@pytest.fixture(scope="module")
def clips():
    """Forty scenes of the procedural world, of 6 s."""
    options = SoundworldOptions(sample_rate_hz=RATE, clip_seconds=6.0, rows=40)
    source = SoundworldSource("sounds", options)
    rows = (source.row(index) for index in range(len(source)))
    return {row.id: row.audio().samples.mean(axis=0).numpy() for row in rows}


@pytest.fixture(scope="module")
def prints(clips):
    return [fingerprint(name, samples, RATE) for name, samples in clips.items()]


def as_mp3(samples):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format="MP3")
    buffer.seek(0)
    return soundfile.read(buffer, dtype="float32")[0]


def late(samples, seconds):
    return np.concatenate([np.zeros(round(seconds * RATE), np.float32), samples])


def test_scenes_that_differ_do_not_match(prints):
    assert find_matches(prints) == []


@pytest.mark.parametrize(
    ("change", "shift"),
    [
        (lambda x: 0.2 * x, 0.0),
        (lambda x: late(x, 0.1), 0.1),
        (lambda x: late(x, 0.05), 0.05),
        (lambda x: late(x, 0.033), None),
        (as_mp3, None),
        (lambda x: as_mp3(late(0.3 * x, 0.1)), None),
    ],
    ids=["gain", "100 ms", "50 ms", "33 ms", "mp3", "all of them"],
)
def test_planted_re_uploads_are_found(clips, prints, change, shift):
    names = list(clips)[::4]
    copies = [fingerprint(f"{n}-copy", change(clips[n]).astype(np.float32), RATE) for n in names]
    found = {(m.first, m.second): m for m in find_matches([*prints, *copies])}
    assert set(found) == {(n, f"{n}-copy") for n in names}
    assert all(m.correlation >= 0.9 for m in found.values())
    if shift is not None:
        assert {m.shift_s for m in found.values()} == {shift}


def test_a_re_upload_at_another_rate_in_stereo_is_found(clips, prints):
    name = next(iter(clips))
    doubled = np.interp(
        np.arange(2 * clips[name].size) / 2, np.arange(clips[name].size), clips[name]
    ).astype(np.float32)
    copy = fingerprint("copy", np.stack([doubled, doubled], axis=1), 2 * RATE)
    assert [m.first for m in find_matches([*prints, copy])] == ["copy"]


def test_silence_matches_nothing(prints):
    silent = [fingerprint(f"silent-{i}", np.zeros(6 * RATE, np.float32), RATE) for i in range(3)]
    assert find_matches([*prints, *silent]) == []


def test_samples_that_are_no_numbers_are_an_error():
    with pytest.raises(DataError, match="'x' has samples that are no numbers"):
        fingerprint("x", np.full(RATE, np.nan, np.float32), RATE)


def test_the_training_side_of_a_re_upload_is_dropped(clips, prints, tmp_path):
    one, two, three = list(clips)[:3]
    copies = [fingerprint(f"{n}-copy", 0.5 * clips[n], RATE) for n in (one, two, three)]
    matches = find_matches([*prints, *copies])
    split_of = dict.fromkeys(clips, "train") | {
        f"{one}-copy": "test",
        f"{two}-copy": "train",
        f"{three}-copy": "validation",
    }
    report = guard(matches, split_of, len(split_of))
    assert report.dropped == {one: f"{one}-copy", three: f"{three}-copy"}
    facts = json.loads(write_leak_report(report, split_of, tmp_path).read_text())
    assert facts["counts"] == {"test-train": 1, "train": 1, "train-validation": 1}
    assert (facts["compared"], facts["remaining"]) == (43, 0)
    with pytest.raises(DataError, match=r"2 recordings are in two splits.*the same as"):
        check_leaks(report.dropped, split_of)
    check_leaks(report.dropped, {k: v for k, v in split_of.items() if k not in report.dropped})
