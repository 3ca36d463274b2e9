import zipfile

import pytest
import torch
from audio_omni.core.errors import CheckpointError
from audio_omni.plugins.release.tensors import open_tensors
from audio_omni.plugins.release.writing import Entry, write_checkpoint, write_safetensors
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

DTYPES = (torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.uint8, torch.bool)


def entries(tensors):
    return {n: Entry(t.dtype, tuple(t.shape), lambda t=t: t) for n, t in tensors.items()}


def equal(found, wanted):
    return found.keys() == wanted.keys() and all(
        found[n].dtype == t.dtype and torch.equal(found[n], t) for n, t in wanted.items()
    )


@st.composite
def tensor_sets(draw):
    shapes = draw(st.lists(st.lists(st.integers(0, 5), max_size=3), min_size=1, max_size=5))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 99)))
    return {
        f"part.{i}": (10 * torch.randn(shape, generator=generator)).to(
            draw(st.sampled_from(DTYPES))
        )
        for i, shape in enumerate(shapes)
    }


@settings(deadline=None, max_examples=40)
@given(tensor_sets())
def test_what_is_written_is_read_by_the_libraries_and_by_us(tmp_path_factory, tensors):
    folder = tmp_path_factory.mktemp("files")
    write_safetensors(folder / "a.safetensors", entries(tensors))
    write_checkpoint(folder / "a.ckpt", entries(tensors))
    write_checkpoint(folder / "b.pth", entries(tensors), nested=False)
    assert equal(load_file(folder / "a.safetensors"), tensors)
    assert equal(torch.load(folder / "a.ckpt", weights_only=True)["state_dict"], tensors)
    assert equal(torch.load(folder / "b.pth", weights_only=True), tensors)
    assert zipfile.ZipFile(folder / "a.ckpt").testzip() is None
    for name in ("a.safetensors", "a.ckpt", "b.pth"):
        stored = open_tensors(folder / name)
        assert equal({n: s.read() for n, s in stored.items()}, tensors)


def test_files_of_the_libraries_are_read_views_and_old_formats_included(tmp_path):
    base = torch.arange(40.0)
    tensors = {"view": base[10:22].view(3, 4), "turned": torch.randn(4, 6).t(), "one": base[3]}
    torch.save(tensors, tmp_path / "new.pt")
    torch.save(tensors, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    save_file({n: t.contiguous().clone() for n, t in tensors.items()}, tmp_path / "a.safetensors")
    for path in tmp_path.iterdir():
        assert equal({n: s.read() for n, s in open_tensors(path).items()}, tensors), path.name


def test_only_the_tensor_that_is_asked_for_is_read(tmp_path):
    torch.save({"a": torch.zeros(1000), "b": torch.ones(3)}, tmp_path / "x.ckpt")
    stored = open_tensors(tmp_path / "x.ckpt")
    with (tmp_path / "x.ckpt").open("r+b") as file:  # spoil what is not read
        file.seek(stored["a"].offset)
        file.write(b"\xff" * 4000)
    assert torch.equal(stored["b"].read(), torch.ones(3))
    assert stored["a"].read().isnan().all()


@pytest.mark.parametrize("value", [[1, 2], 3, {}, {"a": "text"}, {"state_dict": {"a": 1}}])
def test_files_that_hold_anything_but_tensors(tmp_path, value):
    torch.save(value, tmp_path / "x.ckpt")
    with pytest.raises(CheckpointError, match=r"expected tensors by name|no tensors"):
        open_tensors(tmp_path / "x.ckpt")


@pytest.mark.parametrize("data", [b"", b"hello", b"12345678{", b"\x80\x04K\x03."])
def test_files_that_are_something_else(tmp_path, data):
    (tmp_path / "x.ckpt").write_bytes(data)
    with pytest.raises(CheckpointError):
        open_tensors(tmp_path / "x.ckpt")


def test_a_tensor_that_is_not_as_announced(tmp_path):
    wrong = {"a": Entry(torch.float32, (3,), lambda: torch.zeros(4))}
    with pytest.raises(CheckpointError, match=r"'a' has the shape \(4,\) where \(3,\)"):
        write_safetensors(tmp_path / "x.safetensors", wrong)
