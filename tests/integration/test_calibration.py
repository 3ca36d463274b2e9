"""A conditioner that asks for it is shown features of the mixture, once."""

import pytest
import torch
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.core.training.calibration import ROWS
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.session import train

WHITE = "model.conditioners.prompt.options.whiten=true"
SHORT = ("train.steps=4", "train.checkpoint_every=2", "loader.batch_size=4")
FEW = tuple(f"mixture.sources.{i}.max_rows=6" for i in range(3))


@pytest.fixture
def shown(monkeypatch):
    """How many features each call was given."""
    calls, original = [], MllmConditioner.calibrate

    def recording(self, features):
        calls.append(len(features))
        original(self, features)

    monkeypatch.setattr(MllmConditioner, "calibrate", recording)
    return calls


def prompt_weights(run_dir):
    return load_checkpoint(run_dir).tensors("conditioner-prompt")


@pytest.mark.parametrize("pool", ["true", "false"])
def test_a_run_is_calibrated_once_and_resumes_bit_equal(tmp_path, host, micro, shown, pool):
    settings = (*SHORT, *FEW, WHITE, f"loader.pool={pool}")
    train(micro(*settings), host, tmp_path / "whole")
    assert shown == [ROWS]
    train(micro(*settings, "train.steps=2"), host, tmp_path / "stopped")
    train(micro(*settings), host, tmp_path / "stopped", resume=True)
    assert shown == [ROWS, ROWS]
    whole, stopped = prompt_weights(tmp_path / "whole"), prompt_weights(tmp_path / "stopped")
    assert whole.keys() == stopped.keys()
    assert all(torch.equal(whole[name], stopped[name]) for name in whole)
    assert not torch.equal(whole["whitening.mixing"], torch.eye(len(whole["whitening.mixing"])))


def test_who_does_not_ask_is_shown_nothing(tmp_path, host, micro, shown):
    train(micro(*SHORT, *FEW, "train.steps=1"), host, tmp_path / "run")
    assert shown == []
    assert "whitening.mixing" not in prompt_weights(tmp_path / "run")
