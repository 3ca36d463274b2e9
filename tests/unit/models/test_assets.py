import pytest
from audio_omni.core.errors import CheckpointError
from audio_omni.core.models.assets import asset, is_asset, resolve_assets


def test_references_become_paths_at_any_depth(tmp_path):
    (tmp_path / "vocab.txt").write_text("x")
    values = {"a": [{"b": asset("vocab.txt")}], "c": "asset", "d": 3, "e": None}
    resolved = resolve_assets(values, tmp_path)
    assert resolved == {
        "a": [{"b": str(tmp_path / "vocab.txt")}],
        "c": "asset",
        "d": 3,
        "e": None,
    }
    assert is_asset(values["a"][0]["b"])
    assert not is_asset(values["c"])


@pytest.mark.parametrize("name", ["absent.txt", "../outside.txt", "/etc/hostname", "folder"])
def test_a_file_that_the_folder_does_not_hold(tmp_path, name):
    model = tmp_path / "model"
    (model / "folder").mkdir(parents=True)
    (tmp_path / "outside.txt").write_text("x")
    with pytest.raises(CheckpointError, match="does not hold it"):
        resolve_assets({"x": asset(name)}, model)
