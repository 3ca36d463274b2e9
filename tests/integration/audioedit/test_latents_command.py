"""``audio-omni audioedit encode``, and what the other verbs tell of latents."""

import json

import pytest
from audio_omni.core.cli.main import main
from audio_omni.plugins.audioedit.latents.record import all_latents
from audio_omni.plugins.audioedit.making import make
from small_pairs import CATALOG, config


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("made") / "set", config(), CATALOG)


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["audioedit", *map(str, arguments)])
    out, err = capsys.readouterr()
    return end.value.code, out, err


def test_encode_verify_status_and_drop(made, capsys):
    code, out, _ = call(capsys, "encode", made.root, "micro", "--device", "cpu", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["pairs"] == len(made.records)
    assert told["written"] == told["shards"] == len(made.shards)
    key = told["codec"]["key"]
    code, out, _ = call(capsys, "encode", made.root, "micro", "--workers", "2")
    assert code == 0
    assert f"by codec mel {key}, 0 written now" in out
    assert f"uri audioedit:{made.root}?latents={key}" in out
    code, out, _ = call(capsys, "status", made.root)
    assert f"Latents by codec mel {key}: {told['pairs']} pairs in {told['shards']} of" in out
    code, out, _ = call(capsys, "status", made.root, "--json")
    assert json.loads(out)["latents"][0]["bytes"] == told["bytes"]
    code, out, _ = call(capsys, "verify", made.root, "--json")
    assert (code, json.loads(out)["latents"], json.loads(out)["wrong"]) == (0, told["pairs"], [])
    item = made.records[0].provenance.ingredients[0].item
    code, out, _ = call(capsys, "drop", made.root, "--source", item, "--reason", "asked for")
    assert code == 0
    assert "of latents;" in out
    code, out, _ = call(capsys, "verify", made.root)
    assert code == 0
    assert "The latents of" in out
    path = all_latents(made.root)[0]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    code, out, _ = call(capsys, "verify", made.root)
    assert code == 1
    assert f"latents-{key}/{path.name}" in out


def test_a_recipe_that_is_none_is_told(made, capsys):
    code, _, err = call(capsys, "encode", made.root, "mikro")
    assert code == 1
    assert "Unknown recipe 'mikro'" in err
