import json

import pytest
import soundfile
import torch
from audio_omni.core.errors import ConfigError, UnknownNameError
from audio_omni.core.models.hub import hub_problem
from audio_omni.core.planning import readiness
from audio_omni.core.planning.dry_run import dry_run
from audio_omni.core.planning.readiness import needs_of
from safetensors.torch import save_file


@pytest.fixture
def manifest(tmp_path):
    """A function that writes a manifest with so many rows, of which the first ones have files."""

    def write(name, rows=4, files=4):
        folder = tmp_path / name
        folder.mkdir()
        lines = [{"id": str(i), "audio": f"{i}.wav", "caption": "A tone."} for i in range(rows)]
        (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
        for i in range(files):
            soundfile.write(folder / f"{i}.wav", torch.zeros(1600).numpy(), 16000)
        return folder / "manifest.jsonl"

    return write


def missing(needs):
    return {need.name: need for need in needs if need.is_missing}


def with_sources(recipe, *uris):
    sources = [
        recipe.mixture.sources[0].model_copy(update={"uri": uri, "options": options})
        for uri, options in uris
    ]
    return recipe.model_copy(
        update={"mixture": recipe.mixture.model_copy(update={"sources": sources})}
    )


def test_all_is_here_for_the_embedded_world(resolve, host, tmp_path):
    found = dry_run(resolve(), host, tmp_path)
    assert found.is_ready
    assert [need.rows for need in found.needs if need.kind == "source"] == [100_000] * 3
    assert found.plan is not None
    assert not list(tmp_path.iterdir())


def test_every_missing_source_is_listed_and_rows_are_counted(resolve, host, manifest, tmp_path):
    here, gone = manifest("here"), tmp_path / "gone" / "manifest.jsonl"
    half, empty = manifest("half", rows=4, files=2), tmp_path / "empty.jsonl"
    empty.write_text("")
    recipe = with_sources(
        resolve(),
        (f"manifest:{here}", {}),
        (f"manifest:{gone}", {}),
        ("manifest:${NO_SUCH_FOLDER}/rows.jsonl", {}),
        (f"manifest:{half}", {}),
        (f"manifest:{here}", {"filter": {"caption": "nothing"}}),
        ("nosuch:thing", {}),
    )
    needs, states = needs_of(recipe, host)
    sources = [need for need in needs if need.kind == "source"]
    assert [need.is_missing for need in sources] == [False, True, True, True, True, True]
    assert sources[0].detail == "4 rows"
    assert str(gone) in sources[1].detail
    assert "NO_SUCH_FOLDER is not set" in sources[2].detail
    assert "2 of 4 files that were looked for are missing" in sources[3].detail
    assert "no row" in sources[4].detail
    assert "nosuch" in sources[5].detail
    assert all(need.advice for need in sources[1:])
    assert len(states) == 6


def test_nothing_is_downloaded(resolve, host, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "audio_omni.core.planning.sources.open_source",
        lambda uri, options, _catalog: asked.append(options) or [1],
    )
    needs_of(with_sources(resolve(), ("hf:acme/clips", {"download": True, "split": "train"})), host)
    assert asked == [{"download": False, "split": "train"}]


def test_weights_that_are_named_must_be_there(resolve, host, tmp_path):
    weights = tmp_path / "vae.safetensors"
    options = f"{{sample_rate_hz: 16000, width: 8, latent_dim: 8, weights: {weights}}}"
    recipe = resolve("micro", f"model.codec={{name: oobleck, options: {options}}}")
    name = "model.codec.options.weights"
    assert str(weights) in missing(needs_of(recipe, host)[0])[name].detail
    save_file({"x": torch.zeros(1)}, weights)
    assert name not in missing(needs_of(recipe, host)[0])


def test_a_codec_without_weights_would_be_random(resolve, host, tmp_path):
    codec = "model.codec={name: oobleck, options: {sample_rate_hz: 16000, width: 8}}"
    found = missing(needs_of(resolve("micro", codec), host)[0])
    assert "would be random" in found["model.codec.options"].detail
    assert "weights" in found["model.codec.options"].advice
    begun = needs_of(resolve("micro", codec, f"train.start_from={tmp_path}"), host)[0]
    assert "model.codec.options" not in missing(begun)


def test_a_video_that_nobody_watches_is_told(resolve, host):
    motion = "model.conditioners.motion={name: synchformer, axis: channel, options: {seconds: 3.0}}"
    videos = ("mixture.sources.0.uri=soundworld:impacts", "mixture.sources.0.task=video_to_audio")
    found = missing(needs_of(resolve("micro", motion, *videos), host)[0])
    assert "what tasks put into 'video'" in found["model.conditioners.motion.options"].detail
    assert not missing(needs_of(resolve("micro", motion), host)[0])  # no task has a video


def test_start_and_wording_must_be_there(resolve, host, tmp_path):
    gone = [f"train.start_from={tmp_path / 'run'}", f"model.wording={tmp_path / 'words.json'}"]
    found = missing(needs_of(resolve("micro", *gone), host)[0])
    assert set(found) == {"train.start_from", "model.wording"}


def test_a_package_that_is_missing_says_what_to_install(resolve, host, monkeypatch):
    monkeypatch.setattr(readiness.importlib.util, "find_spec", lambda _name: None)
    words = "model.conditioners.words={name: transcript, options: {text_width: 32}}"
    found = missing(needs_of(resolve("micro", words), host)[0])
    assert {"jieba", "pypinyin", "mlflow"} <= set(found)
    assert found["jieba"].advice == "pip install 'audio-omni[speech]'"
    assert "av" not in found


def test_a_disk_that_is_too_small_is_told(resolve, host, tmp_path, monkeypatch):
    monkeypatch.setattr(readiness.shutil, "disk_usage", lambda _p: type("U", (), {"free": 1000}))
    found = dry_run(resolve(), host, tmp_path / "runs" / "new")
    assert not found.is_ready
    (need,) = [need for need in found.needs if need.kind == "disk"]
    assert need.name == str(tmp_path)
    assert "keep_checkpoints" in need.advice


def test_what_no_download_would_mend_is_an_error(resolve, host):
    with pytest.raises(UnknownNameError, match="soundz"):
        needs_of(resolve("micro", "mixture.sources.0.task=soundz"), host)
    with pytest.raises(ConfigError, match="unknown field 'melz'"):
        needs_of(resolve("micro", "model.codec.options.melz=1"), host)


def test_a_language_model_alone_has_needs_and_no_plan(resolve, host, tmp_path):
    found = dry_run(resolve("nano_understanding"), host, tmp_path)
    assert found.plan is None
    assert "language model alone" in found.note
    assert found.needs


def test_what_cannot_be_counted_yet_is_no_error(resolve, host, tmp_path):
    prompt = "model.conditioners.prompt.options={local: null, model: acme/Omni-1B}"
    found = dry_run(resolve("micro", prompt), host, tmp_path)
    assert not found.is_ready
    assert found.plan is None
    assert "Cannot be counted yet" in found.note
    need = missing(found.needs)["acme/Omni-1B"]
    assert (need.kind, need.advice) == ("model", "hf download acme/Omni-1B")


def test_a_network_is_whole_or_what_it_lacks_is_named(tmp_path, monkeypatch):
    assert "not in the hub cache" in hub_problem("acme/nothing")
    folder = tmp_path / "net"
    folder.mkdir()
    assert "lacks config.json" in hub_problem(str(folder))
    (folder / "config.json").write_text("{}")
    assert "lacks model.safetensors" in hub_problem(str(folder))
    assert hub_problem(str(folder), weights=False) is None  # another file has them
    index = {"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "1.safetensors").write_text("")
    assert "lacks 1 of 2 files of weights, such as 2.safetensors" in hub_problem(str(folder))
    (folder / "2.safetensors").write_text("")
    assert hub_problem(str(folder)) is None
    (folder / "model.safetensors.index.json").write_text("[")
    assert "cannot be read" in hub_problem(str(folder))
    (folder / "model.safetensors").write_text("")
    assert hub_problem(str(folder)) is None
