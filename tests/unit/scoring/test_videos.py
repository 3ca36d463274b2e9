"""Scores of clips beside the videos that they were made for, wherever these are named."""

import json
from functools import partial

import pytest
from audio_omni.core.cli.main import main
from audio_omni.core.config import parse_config
from audio_omni.core.errors import DataError, RequestError
from audio_omni.evaluation.scoring.config import ScoreOptions
from audio_omni.evaluation.scoring.scoring import score
from audio_omni.plugins.manager import build_plugin_manager
from tiny_synchformer.films import RATE, write_film

from .conftest import plain, sound, table, write

pytest.importorskip("av", reason="videos are read with PyAV (extra data)")

SECONDS = 5.2
PLUGINS = ("tiny_synchformer",)
TINY = {"embedder": {"name": "tiny_synchformer"}}
NAMES = ("dog", "part/door")

open_host = partial(build_plugin_manager, extra_modules=PLUGINS, entry_points=False)


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for seed, name in enumerate(NAMES):
        write_film(folder / f"{name}.mp4", seed)
    return folder


@pytest.fixture
def made(tmp_path, films):
    for seed, name in enumerate(NAMES):
        write(tmp_path / "gen" / f"{name}.wav", sound(10 + seed, SECONDS, RATE), RATE)
    return tmp_path


@pytest.fixture
def measure(made):
    def run(metrics="desync", processes=1, **options):
        chosen = metrics.split(",")
        values = {
            "metrics": chosen,
            "options": {name: TINY for name in chosen if "desync" in name},
            "generated": made / "gen",
            **options,
        }
        parsed = parse_config(ScoreOptions, values, where="Options")
        return score(parsed, open_host, made / "cache", processes=processes).report

    return run


def test_the_command_measures_clips_beside_a_folder_of_videos(made, films, capfd, monkeypatch):
    monkeypatch.chdir(made)
    tiny = [f"{name}.embedder.name=tiny_synchformer" for name in ("desync", "reference_desync")]
    with pytest.raises(SystemExit) as ended:
        main(
            ["--plugin", "tiny_synchformer", "score", "--metric", "desync,reference_desync"]
            + ["--generated", "gen", "--reference", str(films), "--videos", str(films)]
            + ["--durations", "shorter", "-o", "out"]
            + [word for text in tiny for word in ("--option", text)]
        )
    said = capfd.readouterr()
    assert not ended.value.code, said.err
    assert "desync" in said.out
    report = json.loads((made / "out" / "score.json").read_text())
    ours, theirs = report["results"]
    assert (ours["name"], ours["n"], ours["unit"], ours["direction"]) == ("desync", 2, "s", "lower")
    assert 0 <= ours["value"] <= 2
    assert set(report["clips"]["desync"]) == set(NAMES)
    assert sum(ours["details"]["windows_by_offset_s"].values()) == 4
    assert ours["fingerprint"]["embedder"]["weights"].startswith("random ")
    assert ours["fingerprint"]["videos"] == theirs["fingerprint"]["videos"]
    assert theirs["n"] == 2
    assert "windows by offset s" in (made / "out" / "score.md").read_text()
    assert "windows by offset s" in (made / "out" / "score.html").read_text()


def places(made, films):
    """Every way to say where the videos are."""
    named = [{"id": name, "video": str(films / f"{name}.mp4")} for name in NAMES]
    with_clip = [{**row, "path": f"gen/{row['id']}.wav"} for row in named]
    pairs = [{**row, "generated": row["id"]} for row in named]
    return {
        "folder": {"videos": films},
        "table of videos": {"videos": table(made / "videos.jsonl", named)},
        "manifest": {"generated": table(made / "gen.jsonl", with_clip)},
        "captions": {"captions": table(made / "captions.jsonl", named)},
        "pairs": {"pairs": table(made / "pairs.jsonl", pairs)},
        "references": {"reference": films, "policies": {"durations": "as_is"}},
    }


def test_wherever_videos_are_named_the_numbers_are_the_same(made, films, measure):
    reports = {how: measure(**options) for how, options in places(made, films).items()}
    first, *others = (report.result("desync") for report in reports.values())
    for other in others:
        assert other.value == first.value
        assert other.fingerprint["videos"] == first.fingerprint["videos"]
    assert reports["folder"].made["computed"] == 4  # two clips, two videos
    assert all(r.made["computed"] == 0 for how, r in reports.items() if how != "folder")


def test_a_relative_path_is_read_from_where_its_table_lies(made, films, measure):
    rows = [{"id": name, "video": f"{name}.mp4"} for name in NAMES]
    beside = table(films / "captions.jsonl", rows)
    assert measure(captions=beside).result("desync").n == 2


def test_a_generated_film_is_its_own_video(films, measure):
    assert measure(generated=films).result("desync").n == 2


def test_a_second_run_and_a_second_process_change_nothing(measure, films, monkeypatch):
    together = measure(videos=films, processes=2)
    again = measure(videos=films)
    assert plain(again) == plain(together)
    assert again.made["computed"] == 0


def test_the_same_clip_and_another_video_is_another_measurement(made, films, measure, tmp_path):
    swapped = tmp_path / "swapped"
    for name, other in zip(NAMES, NAMES[::-1], strict=True):
        path = swapped / f"{name}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((films / f"{other}.mp4").read_bytes())
    first, second = measure(videos=films), measure(videos=swapped)
    assert first.result("desync").fingerprint != second.result("desync").fingerprint
    assert second.made["computed"] == 0  # both videos were watched before


def test_a_clip_is_cut_with_its_video(measure, films):
    report = measure(videos=films, policies={"cut_seconds": 4.8})
    result = report.result("desync")
    assert result.n == 2
    assert result.details["videos_shorter_than_clips"] == 0
    with pytest.raises(RequestError, match=r"refuses 2 of 2 rows.*expected at least 4\.8 s"):
        measure(videos=films, policies={"cut_seconds": 4.0})


def test_rows_without_a_video_are_listed_with_every_way_to_name_one(made, films, measure):
    with pytest.raises(
        RequestError,
        match=r"sees the video of each clip, and 2 of 2 have none: 'dog', 'part/door'.*--videos DIR"
        r".*'video' in a manifest.*references that are videos",
    ):
        measure()
    only = table(made / "one.jsonl", [{"id": "dog", "path": str(films / "dog.mp4")}])
    with pytest.raises(RequestError, match=r"1 of 2 have none: 'part/door'"):
        measure(videos=only)
    with pytest.raises(DataError, match=r"holds no video clip \(2 other files\); expected videos"):
        measure(videos=made / "gen")
    with pytest.raises(DataError, match=r"nothing at .*; expected a folder of videos"):
        measure(videos=made / "nowhere")
    with pytest.raises(DataError, match="expected 'id', and 'path' of a video"):
        measure(videos=table(made / "bad.jsonl", [{"id": "dog"}]))


def test_a_broken_video_is_refused_by_its_row_and_can_be_left_out(made, films, measure):
    folder = made / "some"
    for name in NAMES:
        path = folder / f"{name}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((films / f"{name}.mp4").read_bytes())
    (folder / "dog.mp4").write_bytes(b"no video")
    with pytest.raises(RequestError, match=r"'desync' refuses 1 of 2 rows. 'dog': .*dog\.mp4"):
        measure(videos=folder)
    report = measure(videos=folder, skip_unmeasurable=True)
    assert report.result("desync").n == 1
    assert "rows_left_out" in report.result("desync").flags
    gone = table(made / "gone.jsonl", [{"id": n, "path": f"gone/{n}.mp4"} for n in NAMES])
    with pytest.raises(RequestError, match=r"dog\.mp4 does not exist; expected a video file"):
        measure(videos=gone)
    write_film(folder / "dog.mp4", 0, seconds=3.0)
    with pytest.raises(RequestError, match=r"video of 3\.00 s .*at least 4\.8 s"):
        measure(videos=folder)
    write_film(folder / "dog.mp4", 0, heard=False)
    assert measure(videos=folder).result("desync").n == 2


def test_metrics_that_see_nothing_do_not_ask_for_videos(made, films, measure):
    report = measure("si_sdr", reference=made / "gen")
    assert "videos" not in report.result("si_sdr").fingerprint
