import errno
import json
import pickle
import shutil

import pytest
import torch
from audio_omni.core.errors import CheckpointError
from audio_omni.core.training import checkpoint_saving as saving
from audio_omni.core.training.checkpoint import (
    latest_checkpoint,
    load_checkpoint,
    resolve_checkpoint,
)
from audio_omni.core.training.checkpoint_saving import save_checkpoint


def save(run, step, value=1.0, keep=3):
    parts = {
        "dit": {"weight": torch.full((2, 3), value), "bias": torch.arange(3.0)},
        "ema": {"dit.weight": torch.full((2, 3), value / 2)},
    }
    state = {"mixture": {"drawn": [1, 2]}, "elapsed_s": 1.5}
    return save_checkpoint(run, step, parts, recipe_yaml="name: é\n", state=state, keep=keep)


def test_a_checkpoint_comes_back_as_saved(tmp_path):
    path = save(tmp_path, 20, value=2.0)
    assert path == tmp_path / "checkpoints" / "step-00000020"
    assert {p.name for p in path.iterdir()} == {
        "dit.safetensors",
        "ema.safetensors",
        "recipe.yaml",
        "state.json",
    }
    loaded = load_checkpoint(tmp_path)
    assert (loaded.step, loaded.recipe_yaml) == (20, "name: é\n")
    assert loaded.state["mixture"] == {"drawn": [1, 2]}
    assert torch.equal(loaded.tensors("dit")["weight"], torch.full((2, 3), 2.0))
    assert loaded.digest == load_checkpoint(path).digest


def test_the_digest_follows_the_weights(tmp_path):
    save(tmp_path / "a", 1, value=1.0)
    save(tmp_path / "b", 1, value=1.5)
    digests = {load_checkpoint(tmp_path / run).digest for run in "ab"}
    assert len(digests) == 2


def test_views_of_shared_memory_are_saved(tmp_path):
    whole = torch.arange(6.0).reshape(2, 3)
    parts = {"dit": {"whole": whole, "transposed": whole.T}}
    path = save_checkpoint(tmp_path, 1, parts, recipe_yaml="", state={})
    assert torch.equal(load_checkpoint(path).tensors("dit")["transposed"], whole.T)


def test_only_the_latest_are_kept(tmp_path):
    for step in (9, 10, 100):
        save(tmp_path, step, keep=2)
    kept = sorted(p.name for p in (tmp_path / "checkpoints").iterdir())
    assert kept == ["step-00000010", "step-00000100"]
    assert latest_checkpoint(tmp_path).name == "step-00000100"


def test_the_same_step_can_be_saved_again(tmp_path):
    save(tmp_path, 5, value=1.0)
    save(tmp_path, 5, value=3.0)
    assert load_checkpoint(tmp_path).tensors("dit")["weight"][0, 0] == 3.0
    assert [p.name for p in (tmp_path / "checkpoints").iterdir()] == ["step-00000005"]


@pytest.mark.parametrize("fails_at", ["ema.safetensors", "state.json"])
def test_a_full_disk_leaves_the_previous_checkpoint(tmp_path, monkeypatch, fails_at):
    save(tmp_path, 5, keep=1)
    sync = saving.sync

    def full(path):
        if path.name == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(path)

    monkeypatch.setattr(saving, "sync", full)
    with pytest.raises(CheckpointError, match=r"No space left on device.*Earlier checkpoints"):
        save(tmp_path, 6, keep=1)
    assert [p.name for p in (tmp_path / "checkpoints").iterdir()] == ["step-00000005"]
    assert load_checkpoint(tmp_path).tensors("dit")["weight"][0, 0] == 1.0


def test_what_a_killed_process_left_is_ignored_and_removed(tmp_path):
    save(tmp_path, 5)
    left = tmp_path / "checkpoints" / ".partial-step-00000006-1"
    shutil.copytree(tmp_path / "checkpoints" / "step-00000005", left)
    assert resolve_checkpoint(tmp_path).name == "step-00000005"
    save(tmp_path, 7)
    assert not left.exists()


def test_a_truncated_file_is_named(tmp_path):
    file = save(tmp_path, 5) / "dit.safetensors"
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(CheckpointError, match=r"dit.safetensors is damaged"):
        load_checkpoint(tmp_path).tensors("dit")


def test_a_changed_byte_is_found(tmp_path):
    file = save(tmp_path, 5) / "dit.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match="not the file that was saved"):
        load_checkpoint(tmp_path).tensors("dit")


def test_missing_components_are_named(tmp_path):
    path = save(tmp_path, 5)
    loaded = load_checkpoint(path)
    with pytest.raises(CheckpointError, match="no component 'conditioner-mel'"):
        loaded.tensors("conditioner-mel")
    (path / "dit.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"lacks dit.safetensors"):
        loaded.tensors("dit")


def test_pickles_are_refused_by_content_and_by_name(tmp_path):
    path = save(tmp_path, 5)
    (path / "dit.safetensors").write_bytes(pickle.dumps({"weight": [1.0, 2.0]}))
    with pytest.raises(CheckpointError, match="is a pickle"):
        load_checkpoint(path).tensors("dit")
    torch.save({"weight": torch.ones(2)}, path / "dit.safetensors")
    with pytest.raises(CheckpointError, match="is a pickle"):
        load_checkpoint(path).tensors("dit")
    folder = tmp_path / "other"
    folder.mkdir()
    torch.save({}, folder / "model.ckpt")
    for given in (folder, folder / "model.ckpt"):
        with pytest.raises(CheckpointError, match=r"model.ckpt is a pickle"):
            load_checkpoint(given)


def test_a_header_length_that_looks_like_a_pickle_is_read(tmp_path):
    for names in range(1, 40):
        parts = {"dit": {f"n{i}": torch.ones(1) for i in range(names)}}
        path = save_checkpoint(tmp_path / str(names), 1, parts, recipe_yaml="", state={})
        assert len(load_checkpoint(path).tensors("dit")) == names


def test_paths_without_a_checkpoint_say_what_was_expected(tmp_path):
    with pytest.raises(CheckpointError, match="does not exist"):
        load_checkpoint(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        load_checkpoint(tmp_path)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(CheckpointError, match="is a file"):
        load_checkpoint(tmp_path / "a.txt")


def test_a_damaged_or_newer_description_is_refused(tmp_path):
    path = save(tmp_path, 5)
    state = json.loads((path / "state.json").read_text())
    (path / "state.json").write_text(json.dumps({**state, "format_version": 99}))
    with pytest.raises(CheckpointError, match="format version 99"):
        load_checkpoint(path)
    (path / "state.json").write_text('{"step": ')
    with pytest.raises(CheckpointError, match="is damaged"):
        load_checkpoint(path)
