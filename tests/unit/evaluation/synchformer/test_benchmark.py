"""A benchmark of videos: their paths reach the metric, and missing weights stop nothing else."""

import json
from functools import partial

import numpy as np
import pytest
import soundfile
from audio_omni.core.benchmark import Benchmark, MetricUse
from audio_omni.core.errors import ConfigError
from audio_omni.evaluation.benchmarks.folder import BenchmarkFolder
from audio_omni.evaluation.benchmarks.listening import Listening, listen
from audio_omni.evaluation.benchmarks.published import v2m_bench, vggsound
from audio_omni.evaluation.embedders.weights import FOLDER_VARIABLE
from audio_omni.plugins.manager import build_plugin_manager
from tiny_synchformer.films import RATE, write_film

pytest.importorskip("av", reason="videos are read with PyAV (extra data)")

TINY = {"embedder": {"name": "tiny_synchformer"}}
NAMES = ("dog", "door")

open_host = partial(build_plugin_manager, extra_modules=("tiny_synchformer",), entry_points=False)


def noise(path, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = 0.1 * np.random.default_rng(seed).standard_normal(round(5.2 * RATE))
    soundfile.write(path, samples.clip(-1, 1), RATE)
    return path


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    rows = [{"id": n, "audio": f"sound/{n}.wav", "video": f"films/{n}.mp4"} for n in NAMES]
    for seed, row in enumerate(rows):
        noise(folder / row["audio"], seed)
        write_film(folder / row["video"], seed)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "manifest.jsonl").write_text(text)
    return folder


def measured(data, *uses):
    benchmark = Benchmark(
        title="Two films",
        task="video_to_audio",
        fields={"id": "names the row", "audio": "the reference", "video": "what is seen"},
        media=("audio", "video"),
        metrics=uses,
        clip_seconds=5.0,
        obtain="Make them.",
    )
    paths = {name: noise(data.parent / f"made/{name}.wav", 9 + i) for i, name in enumerate(NAMES)}
    output = data.parent / "out"
    output.mkdir()
    how = Listening(data.parent / "cache")
    return listen(BenchmarkFolder("films", benchmark, data), output, paths, how, open_host)


def test_both_sides_are_compared_with_the_films_of_the_manifest(data):
    uses = [MetricUse(name=name, options=TINY) for name in ("desync", "reference_desync")]
    ours, theirs = measured(data, *uses).results
    assert (ours.n, theirs.n) == (2, 2)
    assert ours.fingerprint["videos"] == theirs.fingerprint["videos"]
    assert ours.fingerprint["policies"]["cut_seconds"] == 5.0


def test_without_weights_the_rest_is_measured_and_the_reason_is_told(data, monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    lsd, without = MetricUse(name="lsd"), MetricUse(name="desync", optional=True)
    found = measured(data, lsd, without)
    assert [result.name for result in found.results] == ["lsd"]
    assert "Fetch synchformer_state_dict.pth" in found.refused["desync"]


def test_a_metric_that_is_not_optional_needs_its_weights(data, monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    with pytest.raises(ConfigError, match="Fetch synchformer_state_dict"):
        measured(data, MetricUse(name="lsd"), MetricUse(name="desync"))


@pytest.mark.parametrize("benchmark", [vggsound, v2m_bench])
def test_the_papers_benchmarks_of_videos_have_it_and_fill_no_column_with_it(benchmark):
    own = {use.name: use for use in benchmark().metrics}
    for name in ("desync", "reference_desync"):
        assert (own[name].optional, own[name].column) == (True, "")
    assert "video" in benchmark().media
