import json
import re

import numpy as np
import pytest
import soundfile
from audio_omni.core.cli.data import app
from audio_omni.core.data.check import check_manifest
from audio_omni.core.data.check_clip import clipped_runs
from audio_omni.core.data.check_options import CheckOptions
from audio_omni.core.errors import DataError
from typer.testing import CliRunner

RATE = 16000


def tone(seconds=0.5, frequency=440.0, level=0.5):
    return level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


@pytest.fixture
def folder(tmp_path):
    soundfile.write(tmp_path / "good.flac", tone(), RATE)
    same, _ = soundfile.read(tmp_path / "good.flac", dtype="int16")
    soundfile.write(tmp_path / "copy.wav", same, RATE)  # other bytes, same sound
    soundfile.write(tmp_path / "mute.flac", tone(level=0.0005), RATE)
    soundfile.write(tmp_path / "clipped.flac", np.clip(tone(level=3.0, frequency=200), -1, 1), RATE)
    soundfile.write(tmp_path / "short.flac", tone(0.05), RATE)
    soundfile.write(tmp_path / "nan.wav", np.full(800, np.nan), RATE, subtype="FLOAT")
    (tmp_path / "text.wav").write_text("not audio")
    return tmp_path


def check(folder, rows, **options):
    path = folder / "manifest.jsonl"
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return check_manifest(path, CheckOptions(workers=0, **options))


def row(id_="a", audio="good.flac", **fields):
    return {"id": id_, "audio": audio, **fields}


@pytest.mark.parametrize(
    ("broken", "severity", "kind", "message"),
    [
        (row("b", "no.flac"), "error", "missing file", "no.flac does not exist"),
        (row("b", "text.wav"), "error", "unreadable", "not audio that can be read"),
        (row("b", "nan.wav"), "error", "unreadable", "first at index 0"),
        (row("b", "mute.flac"), "error", "mute", "below -60 dBFS"),
        (row("b", "clipped.flac"), "warning", "clipped", "200 runs of at least 4 samples"),
        (row("b", "short.flac"), "error", "too short", "lasts 0.050 s; expected 0.1 s"),
        (row("b", "copy.wav"), "warning", "duplicate content", r"line 1 \(id 'a'\)"),
        (
            row("b", "short.flac", sample_rate=8000),
            "error",
            "wrong rate",
            "16000 Hz; expected 8000",
        ),
        (row("b", "mute.flac", duration_s=2), "error", "wrong duration", "duration_s is 2"),
        (row("a", "mute.flac"), "error", "duplicate id", "line 1"),
        ({"audio": "mute.flac"}, "error", "missing id", "no 'id'"),
        ({"id": "b", "path": "good.flac"}, "error", "no audio", "--field-map audio=ITS_NAME"),
        (row("b", "mute.flac", caption="cafÃ© noise"), "warning", "mojibake", "'Ã©'"),
        (row("b", "mute.flac", caption="itâ€™s"), "warning", "mojibake", "wrong encoding"),
        (b'{"id": "b", "caption": "\xe9t\xe9"}', "error", "encoding", "not UTF-8"),
        (b'{"id": "b",', "error", "bad json", "not valid JSON"),
    ],
)
def test_each_defect_is_found_with_its_row(folder, broken, severity, kind, message):
    report = check(folder, [row(), broken])
    found = [f for f in report.findings if f.kind == kind]
    assert [(f.line, f.severity) for f in found] == [(2, severity)]
    assert re.search(message, found[0].message)
    assert report.counts[kind] == 1
    assert report.rows == 2


def test_good_rows_have_no_finding(folder):
    good = row(caption="Ein schöner Ton – „naïve café“, Âme", duration_s=0.5, sample_rate=RATE)
    report = check(folder, [good])
    assert report.findings == ()
    assert report.errors == 0


def test_options_move_the_limits(folder):
    rows = [row("a", "short.flac"), row("b", "mute.flac")]
    assert check(folder, rows, min_seconds=0.01, mute_dbfs=-80).errors == 0
    assert check(folder, [row()], sample_rate_hz=44100).counts == {"wrong rate": 1}


def test_short_peaks_are_not_clipping():
    samples = np.zeros((1, 100))
    samples[0, 10:13] = 1.0
    assert clipped_runs(samples) == 0
    samples[0, 50:54] = -1.0
    assert clipped_runs(samples) == 1


def test_processes_find_what_one_process_finds(folder):
    rows = [row(f"r{i}", "mute.flac" if i % 7 == 0 else "good.flac") for i in range(70)]
    alone = check(folder, rows)
    together = check_manifest(folder / "manifest.jsonl", CheckOptions(workers=2))
    assert together == alone
    assert alone.counts == {"duplicate content": 68, "mute": 10}


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_manifest_without_rows_is_an_error(tmp_path, content):
    path = tmp_path / "manifest.jsonl"
    path.write_text(content)
    report = check_manifest(path, CheckOptions(workers=0))
    assert (report.rows, report.errors, report.counts) == (0, 1, {"no rows": 1})


def test_missing_manifest(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        check_manifest(tmp_path / "none.jsonl", CheckOptions())


def test_command_reports_and_fails_on_errors(folder):
    check(folder, [{"id": "a", "path": "good.flac"}, {"id": "b", "path": "no.flac"}])
    arguments = ["check", str(folder / "manifest.jsonl"), "--field-map", "audio=path"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "missing file" in result.stdout
    assert "2 rows, 1 error. 1 missing file" in result.stdout
    report = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert (report["rows"], report["errors"], report["counts"]) == (2, 1, {"missing file": 1})
    assert report["findings"][0]["id"] == "b"


def test_command_succeeds_on_good_data(folder):
    check(folder, [row()])
    result = CliRunner().invoke(app, ["check", str(folder / "manifest.jsonl")])
    assert result.exit_code == 0
    assert "1 row, 0 errors. Nothing found." in result.stdout


def test_what_is_wrong_with_every_row_is_not_said_for_every_row(folder):
    check(folder, [{"id": str(k), "path": "good.flac"} for k in range(20)])
    arguments = ["check", str(folder / "manifest.jsonl")]
    said = CliRunner().invoke(app, arguments).stdout
    assert said.count("names no audio") == 5
    assert "… 15 more that say the same; --json lists them" in said
    report = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert len(report["findings"]) == 20


def test_malformed_field_map_is_wrong_usage(folder):
    result = CliRunner().invoke(app, ["check", "x.jsonl", "--field-map", "audio"])
    assert result.exit_code == 2
