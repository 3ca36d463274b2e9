import tomllib
from pathlib import Path

import pytest
from audio_omni.core.errors import PluginError
from audio_omni.plugins.scaffold import FILES, TEMPLATE, package_name, write_plugin

MAX_LINES = 60


def test_the_example_is_at_most_60_lines_of_python():
    lines = [
        line
        for path in sorted((TEMPLATE / "src").rglob("*.py"))
        for line in path.read_text().splitlines()
    ]
    assert 0 < len(lines) <= MAX_LINES
    assert max(map(len, lines)) <= 100


def test_the_scaffold_knows_every_file_of_the_example():
    found = {
        str(path.relative_to(TEMPLATE))
        for path in TEMPLATE.rglob("*")
        if path.suffix in {".py", ".toml", ".md"} and "build" not in path.parts
    }
    assert found == set(FILES)


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("acme-voices", "acme_voices"),
        ("Acme.Voices", "acme_voices"),
        ("voices2", "voices2"),
        ("a", "a"),
    ],
)
def test_a_distribution_name_becomes_a_package_name(name, package):
    assert package_name(name) == package


@pytest.mark.parametrize("name", ["", "2voices", "-voices", "voices-", "a--b", "my voices", "a/b"])
def test_a_name_that_no_distribution_can_have_is_refused(name):
    with pytest.raises(PluginError, match="cannot name a distribution; expected letters"):
        package_name(name)


@pytest.mark.parametrize("name", ["class", "audio-omni", "json", "tasks"])
def test_a_name_whose_package_is_taken_is_refused(name):
    with pytest.raises(PluginError, match="which is taken"):
        package_name(name)


def test_everything_is_renamed(tmp_path):
    folder = write_plugin("acme-voices", tmp_path)
    assert folder == tmp_path / "acme-voices"
    text = "\n".join(path.read_text() for path in folder.rglob("*.*") if path.is_file())
    assert "audio_omni_loudness" not in text
    assert "audio-omni-loudness" not in text
    assert "acme_voices_text_to_audio_at_level" in text
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == "acme-voices"
    assert project["entry-points"]["audio_omni"] == {"acme_voices": "acme_voices"}
    for path in folder.rglob("*.py"):
        compile(path.read_text(), str(path), "exec")


def test_nothing_is_overwritten(tmp_path):
    write_plugin("acme-voices", tmp_path)
    with pytest.raises(PluginError, match="acme-voices exists; choose another name"):
        write_plugin("acme-voices", tmp_path)


def test_the_folder_to_write_into_must_exist(tmp_path):
    with pytest.raises(PluginError, match="is not a folder; expected an existing one"):
        write_plugin("acme-voices", tmp_path / "absent")
    assert not Path(tmp_path / "absent").exists()
