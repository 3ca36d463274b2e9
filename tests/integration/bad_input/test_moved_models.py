"""A checkpoint on a machine that lacks the files which its recipe names, as recipe ``paper`` does.

The codec's weights are in the checkpoint; what is published elsewhere and never trained is not.
"""

import json
import shutil

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.errors import CheckpointError, ConfigError
from audio_omni.core.models.synchformer.extractor import ExtractorSizes, build_extractor
from audio_omni.plugins.codecs.oobleck import OobleckCodec
from safetensors.torch import save_file

SYNC, WORDS = ("model.conditioners.sync.options.weights", "model.conditioners.words.options")
SIZES = {"sample_rate_hz": 16000, "channels": 1, "width": 4, "multipliers": [1, 2]}
SIZES |= {"strides": [16, 32], "latent_dim": 8}
SMALL_EYE = {"patch": 56, "vit_width": 16, "vit_depth": 1, "vit_heads": 2, "seconds": 1.0}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder of weights, as ``AUDIO_OMNI_DATA`` names one."""
    folder = tmp_path_factory.mktemp("data")
    save_file(OobleckCodec(OobleckCodec.config_model(**SIZES)).state_dict(), folder / "vae")
    eye = build_extractor(ExtractorSizes(patch=56, width=16, depth=1, heads=2))
    save_file({k: torch.zeros_like(v) for k, v in eye.state_dict().items()}, folder / "sync")
    (folder / "vocab.txt").write_text("\n".join([" ", *"abcdefghijklmnopqrstuvwxyz"]) + "\n")
    return folder


@pytest.fixture
def moved(files, train, tmp_path, monkeypatch):
    """A run that was trained beside its files; now the variable is not set."""
    monkeypatch.setenv("AUDIO_OMNI_DATA", str(files))
    codec = json.dumps({**SIZES, "weights": "${AUDIO_OMNI_DATA}/vae"})
    sync = json.dumps({**SMALL_EYE, "weights": "${AUDIO_OMNI_DATA}/sync"})
    words = json.dumps({"vocabulary": "${AUDIO_OMNI_DATA}/vocab.txt", "text_width": 16})
    status, _, err = train(
        tmp_path / "run",
        "loader.batch_size=2",
        f"model.codec={{name: oobleck, options: {codec}}}",
        f"model.conditioners.sync={{name: synchformer, options: {sync}}}",
        f"model.conditioners.words={{name: transcript, options: {words}}}",
    )
    assert status == 0, err
    monkeypatch.delenv("AUDIO_OMNI_DATA")
    return tmp_path / "run"


def test_all_that_is_missing_is_named_with_how_to_point_at_it(moved, run):
    status, out, err = run("T2A", "--prompt", "x", model=moved)
    assert (status, out) == (1, "")
    assert "files that it does not hold, and which are not here" in err
    assert f"{SYNC}: ${{AUDIO_OMNI_DATA}}/sync (" in err
    assert f"{WORDS}.vocabulary: ${{AUDIO_OMNI_DATA}}/vocab.txt (" in err
    assert "the environment variable AUDIO_OMNI_DATA is not set)" in err
    assert f"--set {SYNC}=PATH" in err
    assert "codec" not in err  # its weights are in the checkpoint


def test_the_files_may_lie_anywhere(moved, run, files, tmp_path, monkeypatch):
    for name in ("sync", "vocab.txt"):
        shutil.copy(files / name, tmp_path / f"here-{name}")
    found = [f"{SYNC}={tmp_path}/here-sync", f"{WORDS}.vocabulary={tmp_path}/here-vocab.txt"]
    flags = [word for setting in found for word in ("--set", setting)]
    status, _, err = run("T2A", "--prompt", "x", "--seed", "1", *flags, model=moved)
    assert status == 0, err
    here = AudioOmni.from_pretrained(moved, overrides=found).generate("rain", seed=1, steps=1)
    monkeypatch.setenv("AUDIO_OMNI_DATA", str(files))
    there = AudioOmni.from_pretrained(moved).generate("rain", seed=1, steps=1)
    assert torch.equal(here.waveform.samples, there.waveform.samples)


def test_a_file_that_is_gone_is_named_with_its_path(moved, tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIO_OMNI_DATA", str(tmp_path))
    with pytest.raises(CheckpointError, match=rf"{SYNC}: there is nothing at {tmp_path}/sync"):
        AudioOmni.from_pretrained(moved)


@pytest.mark.parametrize("override", ["model.dit.width=8", "train.steps=3", "model.codec.name=mel"])
def test_what_the_weights_mean_cannot_be_overridden(moved, override):
    with pytest.raises(ConfigError, match=r"is not of an option of the model's codec or cond"):
        AudioOmni.from_pretrained(moved, overrides=[override])
