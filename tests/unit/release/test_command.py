"""The noun ``release`` through the real command line."""

import json

import pytest
import soundfile
from audio_omni.core.cli.main import main


@pytest.fixture
def run(capfd):
    def call(*arguments, code=0):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(a) for a in arguments])
        said = capfd.readouterr()
        assert (ended.value.code or 0) == code, said.err[-2000:]
        return said

    return call


def test_import_run_and_export(run, published, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("QWEN_OMNI_MODEL_PATH", str(published.llm))
    said = run("release", "import", published.folder, "-o", tmp_path / "model", "--json")
    report = json.loads(said.out)
    assert report["model"] == str(tmp_path / "model")
    assert "research only" in report["licence"]
    assert report["parameters"]["dit"] > 0
    clip = tmp_path / "clip.flac"
    said = run(
        "run", "T2A", "--prompt", "a dog", "--seconds", 1, "--model", tmp_path / "model",
        "-o", clip, "--steps", 1, "--decode-chunk-frames", 8, "--json",
    )  # fmt: skip
    assert "research only" in json.loads(said.out)["provenance"]["licence"]
    assert "research only" in caplog.text
    assert soundfile.info(str(clip)).frames == 8000
    rows = json.loads(run("release", "quirks", tmp_path / "model", "--json").out)
    assert all(row["model"] == row["published"] for row in rows)
    files = json.loads(
        run("release", "export", tmp_path / "model", "-o", tmp_path / "x", "--json").out
    )
    assert [name.rpartition("/")[2] for name in files["files"]] == [
        "Audio-Omni.json",
        "model.ckpt",
        "synchformer_state_dict.pth",
    ]


def test_offloaded_and_whole_give_the_same_clip(run, published, tmp_path, monkeypatch):
    monkeypatch.setenv("QWEN_OMNI_MODEL_PATH", str(published.llm))
    run("release", "import", published.folder, "-o", tmp_path / "model")
    clips = {}
    for name, more in {"whole": [], "offloaded": ["--offload"]}.items():
        clips[name] = tmp_path / f"{name}.wav"
        run(
            "run", "T2M", "--prompt", "a tune", "--seconds", 1, "--model", tmp_path / "model",
            "-o", clips[name], "--steps", 2, "--seed", 1, *more,
        )  # fmt: skip
    whole, offloaded = (soundfile.read(str(path))[0] for path in clips.values())
    assert (whole == offloaded).all()


def test_errors_are_one_line(run, published, tmp_path):
    said = run("release", "import", tmp_path, "-o", tmp_path / "x", code=1)
    assert said.err.startswith("error: ")
    assert "has no Audio-Omni.json" in said.err
    said = run("release", "export", tmp_path, "-o", tmp_path / "x", code=1)
    assert "holds no checkpoint" in said.err
    run("release", "import", published.folder, code=2)


def test_export_of_a_model_that_was_not_imported(run, tmp_path, monkeypatch):
    from audio_omni.core.training.checkpoint_saving import save_checkpoint

    folder = save_checkpoint(tmp_path, 1, {}, recipe_yaml="name: x\n", state={})
    said = run("release", "export", folder, "-o", tmp_path / "x", code=1)
    assert "was not imported from the published files" in said.err


def test_the_list_of_quirks_says_what_each_does(run):
    said = run("release", "quirks").out
    assert "speech_mask_at_inference" in said
    assert "70 to 100 %" in said
