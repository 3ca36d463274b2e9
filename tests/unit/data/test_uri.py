import json

import pytest
from audio_omni.core.data.manifest import ManifestSource
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import ConfigError, UnknownNameError
from audio_omni.plugins.manager import build_plugin_manager


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False)


@pytest.fixture
def manifest(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"id": "a"}) + "\n")
    return path


def test_uri_opens_a_source_with_typed_options(host, manifest):
    opened = open_source(f"manifest:{manifest}", {"fields": {"caption": "x"}}, host)
    assert isinstance(opened, ManifestSource)
    assert opened.row(0).fields["caption"] == "x"


def test_variables_are_expanded(host, manifest, monkeypatch):
    monkeypatch.setenv("ROWS", str(manifest.parent))
    monkeypatch.setenv("WORDS", "a tone")
    options = {"fields": {"caption": "${WORDS}"}}
    assert open_source("manifest:${ROWS}/rows.jsonl", options, host).row(0).fields == {
        "caption": "a tone"
    }


def test_unset_variable_is_named(host, monkeypatch):
    monkeypatch.delenv("NO_SUCH_FOLDER", raising=False)
    with pytest.raises(ConfigError, match="environment variable NO_SUCH_FOLDER is not set"):
        open_source("manifest:${NO_SUCH_FOLDER}/rows.jsonl", {}, host)


def test_unknown_scheme_has_a_suggestion(host):
    with pytest.raises(UnknownNameError, match=r"'manifst'.* Did you mean 'manifest'"):
        open_source("manifst:rows.jsonl", {}, host)


def test_uri_without_a_scheme_is_refused(host):
    with pytest.raises(ConfigError, match=r"'rows.jsonl' has no scheme; expected 'scheme:locator'"):
        open_source("rows.jsonl", {}, host)


def test_unknown_option_has_a_suggestion(host, manifest):
    with pytest.raises(ConfigError, match=r"unknown field 'feild_map'.*'field_map'"):
        open_source(f"manifest:{manifest}", {"feild_map": {}}, host)
