import importlib.util
import json
import pathlib
import pickle

import numpy as np
import pytest
import soundfile
import torch
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.mixed_pairs.config import MixedOptions
from audio_omni.plugins.mixed_pairs.mixer import mix
from audio_omni.plugins.mixed_pairs.source import MixedSource

RATE = 8000


def make_set(folder, name, count, seconds, frequency, level=0.3):
    (folder / name).mkdir()
    rows = []
    for i in range(count):
        t = np.arange(int(seconds * RATE)) / RATE
        wave = level * np.sin(2 * np.pi * (frequency + 40 * i) * t)
        soundfile.write(folder / name / f"{i}.flac", wave, RATE)
        rows.append(
            {
                "id": f"{name}{i}",
                "path": f"{i}.flac",
                "label": f"{name}-{i % 5}",
                "caption": f"sound {name} {i}",
                "duration_s": seconds,
                "active_start_s": 0.1 * seconds,
                "active_end_s": 0.9 * seconds,
                "licence": "CC0-1.0" if i % 2 else "CC-BY-4.0",
                "attribution": f"author {i}",
            }
        )
    path = folder / name / "manifest.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    return {
        "events": [make_set(folder, "events", 20, 0.5, 500)],
        "backgrounds": [make_set(folder, "backgrounds", 12, 3.0, 100, 0.1)],
    }


def options(sets, **values):
    values = {
        "clip_seconds": 2.0,
        "sample_rate_hz": RATE,
        "rows": 40,
        "held_out_fraction": 0.25,
        **values,
    }
    return MixedOptions(**sets, **values)


@pytest.mark.parametrize(("task", "sign"), [("add", 1), ("remove", -1)])
def test_difference_is_the_event_alone(sets, task, sign):
    source = MixedSource(task, options(sets, n_events=(2, 3)))
    for index in range(5):
        row = source.row(index)
        before, after = row.media["source_audio"]().samples[0], row.audio().samples[0]
        event = sign * (after - before)
        (start, end), *_ = row.truth["span"]
        inside = torch.zeros(len(event), dtype=torch.bool)
        inside[int(start * RATE) : int(end * RATE) + 1] = True
        assert event[~inside].abs().max() < 1e-6
        assert event[inside].abs().max() > 0.01


def test_extract_gives_what_remove_takes(sets):
    removed, extracted = (
        MixedSource(task, options(sets)).spec(3) for task in ("remove", "extract")
    )
    full, rest = mix(removed)
    full_again, event = mix(extracted)
    assert np.allclose(full / full.max(), full_again / full_again.max(), atol=1e-9)
    gain = full_again.max() / full.max()  # each pair has its own common gain
    assert np.allclose((full - rest) * gain, event, atol=1e-9)


def test_levels_follow_the_range(sets):
    source = MixedSource("extract", options(sets, n_events=(1, 1), snr_db=(6.0, 6.0)))
    spec = source.spec(0)
    full, event = mix(spec)
    placed = event[np.abs(event) > 0]
    background = full - event
    snr = 10 * np.log10((placed**2).mean() / (background**2).mean())
    assert snr == pytest.approx(6.0, abs=0.1)


def test_loud_pairs_share_one_gain_below_full_scale(sets):
    source = MixedSource("add", options(sets, snr_db=(30.0, 30.0)))
    before, after = mix(source.spec(0))
    assert max(np.abs(before).max(), np.abs(after).max()) == pytest.approx(0.95)


def test_rows_are_functions_of_seed_and_number(sets):
    first, again, other = (MixedSource("add", options(sets, seed=s)) for s in (0, 0, 1))
    assert [first.spec(i) for i in range(10)] == [again.spec(i) for i in range(10)]
    assert all(first.spec(i) != other.spec(i) for i in range(10))
    row = first.row(1)
    copied = pickle.loads(pickle.dumps(first)).row(1)
    assert torch.equal(row.audio().samples, copied.audio().samples)


def test_words_and_credit_come_from_the_manifests(sets):
    row = MixedSource("remove", options(sets)).row(0)
    assert row.fields["instruction"] == f"Remove {row.fields['description']}"
    assert row.fields["description"] in row.fields["caption"]
    assert row.truth["label"] == row.truth["events"][0]["label"]
    assert set(row.licence.split(" AND ")) <= {"CC0-1.0", "CC-BY-4.0"}
    assert "author" in row.attribution


def test_labels_in_one_pair_differ(sets):
    source = MixedSource("remove", options(sets, n_events=(3, 3)))
    for index in range(20):
        labels = [event["label"] for event in source.row(index).truth["events"]]
        assert len(set(labels)) == len(labels) == 3


def test_held_out_pairs_share_no_recording(sets):
    source = MixedSource("add", options(sets, rows=200))
    files = []
    for part in (source, source.held_out()):
        specs = [part.spec(i) for i in range(len(part))]
        files.append({f for s in specs for f in (s.background, *(e.file for e in s.events))})
    assert not files[0] & files[1]
    assert source.held_out().row(0).id != source.row(0).id


def test_short_background_is_repeated_on_record(sets):
    row = MixedSource("add", options(sets, clip_seconds=4.0)).row(0)
    clip = row.audio()
    assert clip.seconds == 4.0
    assert any("repeated to 4 s" in note for note in clip.conversions)


def test_wrong_locators_and_options_are_refused(sets):
    with pytest.raises(ConfigError, match=r"'mixed:ad'\. Did you mean 'add'"):
        MixedSource("ad", options(sets))
    with pytest.raises(ConfigError, match="needs the option 'events'"):
        MixedSource("add", MixedOptions())
    with pytest.raises(ConfigError, match="needs the option 'recipes'"):
        MixedSource("recipes", MixedOptions())


def test_broken_recipe_is_named(tmp_path):
    path = tmp_path / "recipes.jsonl"
    path.write_text('{"id": "a", "task": "add"}\n')
    with pytest.raises(DataError, match=r"recipes.jsonl, line 1: not a recipe \(KeyError"):
        MixedSource("recipes", MixedOptions(recipes=str(path)))


@pytest.fixture(scope="module")
def recipes(shared_dir):
    path = shared_dir / "data" / "edit_recipes" / "recipes.jsonl"
    if not path.is_file():
        pytest.skip("needs the editing recipes of the shared data")
    return path


@pytest.mark.parametrize("task", ["add", "remove", "extract", "replace"])
def test_recipes_render_as_the_reference_tool_does(recipes, shared_dir, task):
    tool = shared_dir / "data" / "tools" / "mix_edit.py"
    spec = importlib.util.spec_from_file_location("mix_edit", tool)
    mix_edit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mix_edit)
    raw = {r["id"]: r for r in map(json.loads, recipes.read_text().splitlines())}
    source = MixedSource(
        "recipes", MixedOptions(recipes=str(recipes), task=task, held_out_fraction=0)
    )
    assert len(source) == sum(r["task"] == task for r in raw.values())
    for index in (0, len(source) // 2):
        row = source.row(index)
        expected = mix_edit.pair(raw[row.id], str(recipes.parent.parent))
        got = row.media["source_audio"](), row.audio()
        for ours, theirs in zip(got, expected, strict=True):
            assert np.abs(ours.samples[0].numpy() - theirs).max() <= 1e-6


def test_recipes_are_cut_around_their_event(recipes):
    source = MixedSource("recipes", MixedOptions(recipes=str(recipes), clip_seconds=2.0))
    for index in range(3):
        row = source.row(index)
        clips = row.media["source_audio"](), row.audio()
        assert [clip.samples.shape for clip in clips] == [(1, 88200)] * 2
        assert "cropped 10.000 s" in clips[0].conversions[-1]
        start, end = row.truth["span"][0]
        assert 0 <= start < end <= 2.0
    assert 140 < len(source) + len(source.held_out()) <= 160


def written(sets, count=30):
    """Recipes over the recordings of `sets`, two events each."""
    background = {"file": "backgrounds/0.flac", "start_s": 0.0, "caption": "a hum"}
    events = [
        {
            "file": f"events/{i}.flac",
            "label": f"events-{i % 5}",
            "caption": f"sound events {i}",
            "start_s": 0.05,
            "length_s": 0.4,
            "onset_s": 0.5 + i / 40,
            "snr_db": 0.0,
        }
        for i in range(20)
    ]
    common = {"duration_s": 2.0, "sample_rate": RATE, "target_event": 0, "background": background}
    root = pathlib.Path(sets["events"][0]).parent.parent
    path = root / "lists" / "recipes.jsonl"
    path.parent.mkdir(exist_ok=True)
    lines = [
        {
            **common,
            "id": f"r{i}",
            "task": "remove",
            "instruction": "Remove it",
            "events": [events[i % 20], events[(7 * i + 1) % 20]],
        }
        for i in range(count)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_recipes_hold_out_what_the_manifests_of_their_events_do(sets):
    path = written(sets)
    alone = MixedOptions(recipes=str(path), held_out_fraction=0.25)
    beside = alone.model_copy(update={"events": sets["events"]})
    drawn = MixedSource("remove", options(sets, n_events=(1, 1), rows=400))
    trained_on = {drawn.spec(i).event.file for i in range(len(drawn))}
    source = MixedSource("recipes", beside)
    heard = {e.file for i in range(len(source)) for e in source.spec(i).events}
    kept_back = {source.held_out().spec(i).event.file for i in range(len(source.held_out()))}
    assert heard <= trained_on
    assert kept_back
    assert not kept_back & trained_on
    assert source.digest() != MixedSource("recipes", alone).digest()


def test_no_recipe_of_training_has_a_held_out_recording_beside_its_edit(sets):
    source = MixedSource("recipes", MixedOptions(recipes=str(written(sets)), held_out_fraction=0.3))
    held_out = source.held_out()
    kept_back = {held_out.spec(i).event.file for i in range(len(held_out))}
    heard = {e.file for i in range(len(source)) for e in source.spec(i).events}
    assert not heard & kept_back
    assert 0 < len(source) + len(held_out) < 30  # those that mix both are in neither


def test_an_event_that_a_window_cuts_has_no_onset_in_it(sets):
    source = MixedSource(
        "recipes",
        MixedOptions(recipes=str(written(sets)), clip_seconds=0.5, held_out_fraction=0),
    )
    facts = [source.row(i).truth["events"] for i in range(len(source))]
    begun = [event for events in facts for event in events if event.get("begun")]
    assert begun
    assert all(event["onset_s"] == 0 for event in begun)


@pytest.mark.parametrize("task", ["add", "remove", "extract"])
def test_captions_say_what_is_heard_before_and_after(sets, task):
    source = MixedSource(task, options(sets))
    for index in range(10):
        spec, fields = source.spec(index), source.row(index).fields
        others = [event.caption for event in spec.events if event is not spec.event]
        whole = f"{spec.background_caption} with " + " and ".join(e.caption for e in spec.events)
        rest = spec.background_caption + (f" with {' and '.join(others)}" if others else "")
        before, after = {
            "add": (rest, whole), "remove": (whole, rest), "extract": (whole, spec.event.caption),
        }[task]  # fmt: skip
        assert (fields["source_caption"], fields["target_caption"]) == (before, after)
        assert fields["caption"] == whole
