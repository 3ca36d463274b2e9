"""Damaged checkpoints, and disks that are full."""

import json
import resource
import shutil

import pytest
import torch


def spoil_text(name, text):
    return lambda folder: (folder / name).write_text(text)


def truncate(folder):
    path = folder / "dit.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(folder):
    path = folder / "dit.safetensors"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))


def pickle_inside(folder):
    torch.save({"weight": torch.zeros(3)}, folder / "dit.safetensors")


def pickle_beside(folder):
    (folder / "dit.safetensors").unlink()
    torch.save({"weight": torch.zeros(3)}, folder / "dit.pt")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (truncate, "dit.safetensors is damaged"),
        (flip_a_bit, "is not the file that was saved: its sha256"),
        (pickle_inside, "is a pickle"),
        (pickle_beside, "is a pickle"),
        (lambda folder: (folder / "ema.safetensors").unlink(), "lacks ema.safetensors"),
        (spoil_text("state.json", "{oops"), "is damaged: state.json"),
        (spoil_text("recipe.yaml", "a: [1"), "is damaged: recipe.yaml"),
        (spoil_text("recipe.yaml", "- 1"), "is damaged: recipe.yaml"),
    ],
)
@pytest.mark.parametrize("verb", ["run", "resume"])
def test_damaged_checkpoints_are_refused(run, train, workspace, tmp_path, spoil, words, verb):
    copy = tmp_path / "copy"
    shutil.copytree(workspace / "run", copy)
    spoil(copy / "checkpoints" / "step-00000001")
    if verb == "run":
        status, out, err = run("T2A", "--prompt", "x", model=copy)
    else:
        status, out, err = train(copy, "train.steps=2", more=["--resume"])
    assert (status, out) == (1, "")
    assert words in err


def test_a_resume_needs_its_state(train, workspace, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(workspace / "run", copy)
    path = copy / "checkpoints" / "step-00000001" / "state.json"
    state = json.loads(path.read_text())
    del state["mixture"]
    path.write_text(json.dumps(state))
    status, _, err = train(copy, "train.steps=2", more=["--resume"])
    assert status == 1
    assert "cannot be resumed: state.json lacks 'mixture'" in err


@pytest.fixture
def small_files():
    """Files may not grow beyond a limit: a write fails half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_keeps_the_previous_checkpoint(train, workspace, tmp_path, small_files):
    copy = tmp_path / "copy"
    shutil.copytree(workspace / "run", copy)
    small_files(500_000)
    status, _, err = train(copy, "train.steps=2", more=["--resume"])
    assert status == 1
    assert "step-00000002 could not be written" in err
    assert "Earlier checkpoints are intact" in err
    assert [path.name for path in (copy / "checkpoints").iterdir()] == ["step-00000001"]
    small_files(resource.RLIM_INFINITY)
    status, _, err = train(copy, "train.steps=2", more=["--resume"])
    assert status == 0, err


def test_a_full_disk_keeps_the_previous_clip(run, tmp_path, small_files):
    path = tmp_path / "clip.flac"
    assert run("T2A", "--prompt", "x", "--seed", "1", output=path)[0] == 0
    before = path.read_bytes()
    small_files(20_000)
    status, out, err = run("T2A", "--prompt", "x", "--seed", "2", output=path)
    assert (status, out) == (1, "")
    assert "Cannot write" in err
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
