"""``--profile smoke`` takes nothing but the package, and ends with shards in under a minute."""

import json
import subprocess
import sys
import textwrap

import pytest

OPTIONAL = (
    "python_stretch", "pyarrow", "google.genai", "diffusers", "datasets", "webdataset", "mlflow",
    "ray", "av", "matplotlib", "peft", "jiwer", "gradio", "psutil", "pandas", "pydub",
)  # fmt: skip
"""Of the extras; the package alone brings none of them, but for what its own parts bring."""

BLOCKED = f"""
import sys
for name in {OPTIONAL!r}:
    sys.modules[name] = None
from audio_omni.core.cli.main import main
if __name__ == "__main__":
    main(sys.argv[1:])
"""
SECONDS = 60


def audioedit(folder, *arguments):
    """Run a verb where no optional package can be imported, in its processes neither."""
    program = folder / "blocked.py"  # a file, for spawned processes run it again
    program.write_text(BLOCKED)
    return subprocess.run(
        [sys.executable, str(program), "audioedit", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("smoke")
    done = audioedit(folder, "run", "--profile", "smoke", "-o", folder / "set", "--json")
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, json.loads(done.stdout)


@pytest.mark.slow
def test_smoke_needs_nothing_but_the_package(made):
    folder, told = made
    assert told["seconds"] < SECONDS
    assert {line["stage"]: line["in"] for line in told["funnel"]}["plan_scenes"] == 64
    assert told["pairs"] + sum(told["left_out"].values()) == 3 * 64
    assert sum(shard["samples"] for shard in told["shards"]) == told["pairs"] > 100
    done = audioedit(folder, "verify", folder / "set")
    assert done.returncode == 0, done.stdout
    assert f"{told['pairs']} of {told['pairs']} pairs are proven" in done.stdout


@pytest.mark.slow
def test_a_pair_is_made_again_with_the_same_bytes_and_the_report_is_written(made):
    folder, _ = made
    line = (folder / "set" / "manifest-train.jsonl").read_text().splitlines()[0]
    done = audioedit(folder, "redo", folder / "set", json.loads(line)["id"])
    assert done.returncode == 0, done.stderr
    assert "source: the same bytes; target: the same bytes" in done.stdout
    done = audioedit(folder, "report", folder / "set", "--pairs", "2")
    assert done.returncode == 0, done.stderr[-2000:]
    page = (folder / "set" / "reports" / "report.html").read_text(encoding="utf-8").lower()
    for part in ("plan_scenes", "copy", "silence", "<audio", "data:image/", "540"):
        assert part in page, part


@pytest.mark.slow
def test_the_library_webdataset_reads_the_shards(made):
    webdataset = pytest.importorskip("webdataset")
    folder, told = made
    shards = [str(folder / "set" / shard["file"]) for shard in told["shards"]]
    rows = list(webdataset.WebDataset(shards, shardshuffle=False))
    assert len(rows) == told["pairs"]
    assert {"source.flac", "target.flac", "json"} <= rows[0].keys()
    assert json.loads(rows[0]["json"])["id"] == rows[0]["__key__"].rpartition("/")[2]


@pytest.mark.slow
def test_a_missing_extra_names_itself(made):
    folder, _ = made
    done = audioedit(folder, "export", folder / "set")
    assert done.returncode == 1
    assert "pip install 'audio-omni[audioedit]'" in done.stderr
    profile = folder / "warped.yaml"
    text = textwrap.dedent("""\
        synthesis:
          scenes: 1
          foreground: [{uri: "soundworld:events"}]
          background: [{uri: "soundworld:backgrounds"}]
        """)
    profile.write_text(text)
    done = audioedit(folder, "run", "--profile", profile, "-o", folder / "warped")
    assert done.returncode == 1
    assert "pip install 'audio-omni[audioedit]'" in done.stderr
