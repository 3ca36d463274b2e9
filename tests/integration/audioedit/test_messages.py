"""What a new user is told: what was got, what was expected, what to do."""

import pytest
from audio_omni.core.cli.main import main
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.audioedit.beginning import begin
from audio_omni.plugins.audioedit.listening.agreement import judge
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.real.calibration import calibrate, read_verdicts
from audio_omni.plugins.audioedit.workspace import open_workshop, read_config, read_dataset
from real_parts.scenes import Scenes, open_catalog
from small_pairs import CATALOG, config, written

BEGIN = r"Check the path, or begin one: audio-omni audioedit run --profile NAME -o .*smoke"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make(tmp_path_factory.mktemp("made") / "set", config(), CATALOG, limit=2).root


@pytest.fixture
def said(capfd):
    def call(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["audioedit", *map(str, arguments)])
        told = capfd.readouterr()
        return ended.value.code or 0, told.out + told.err

    return call


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(ConfigError, match=rf"holds no dataset\.yaml; expected a folder.*{BEGIN}"):
        read_dataset(tmp_path)
    (tmp_path / "dataset.yaml").write_text("stages: {}\n")
    with pytest.raises(ConfigError, match=r"has no 'config'; expected what .* Put it back"):
        read_dataset(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is a file; expected a folder to write to"):
        begin(tmp_path / "file", config(), {})


@pytest.mark.parametrize("verb", ["status", "report", "pack", "export", "listen", "run -o"])
def test_every_verb_says_so(verb, said, tmp_path):
    code, told = said(*verb.split(), tmp_path)
    assert code == 1
    assert "holds no dataset.yaml; expected a folder that 'audio-omni audioedit run' began" in told


def test_a_takedown_needs_a_data_set(said, tmp_path):
    code, told = said("drop", tmp_path, "--source", "x", "--reason", "y")
    assert code == 1
    assert "holds no dataset.yaml" in told


def test_a_wrong_profile_is_named_with_those_there_are():
    with pytest.raises(ConfigError, match=r"Unknown profile 'smoek'. Did you mean 'smoke'\?"):
        read_config("smoek")
    with pytest.raises(ConfigError, match=r"no file pairs\.yaml; expected a configuration in YAML"):
        read_config("pairs.yaml")


def test_a_variable_that_is_not_set_is_named_before_any_work(monkeypatch, tmp_path):
    monkeypatch.delenv("AUDIO_OMNI_DATA", raising=False)
    with pytest.raises(ConfigError, match="environment variable AUDIO_OMNI_DATA is not set; set"):
        make(tmp_path / "set", read_config("mini"), CATALOG)
    assert not (tmp_path / "set").exists()


def test_a_stage_alone_says_that_nothing_was_packed(said, tmp_path):
    profile = written(tmp_path)
    at = ("-o", tmp_path / "set", "--workers", 1)
    code, told = said("run", "--profile", profile, "--stage", "ingredients", *at)
    assert code == 0
    assert "Stage 'ingredients' is done; nothing was packed. Go on: audio-omni audioedit" in told
    code, told = said("run", "--stage", "ingredient", *at)
    assert code == 1
    assert "no stage 'ingredient'; expected one of ingredients, plan_scenes, render" in told


def test_a_stage_that_there_is_not_begins_no_folder(said, tmp_path):
    profile = written(tmp_path)
    code, told = said("run", "--profile", profile, "--stage", "sing", "-o", tmp_path / "set")
    assert code == 1
    assert "no stage 'sing'; expected one of ingredients" in told
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("name", ["shards", "stages", "blobs"])
def test_a_folder_of_something_else_is_left_alone(said, tmp_path, name):
    """Packing removes shards that are not of the data set: here they are of another one."""
    other = tmp_path / "set" / name / "train" / "a.tar"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another data set")
    at = ("--profile", written(tmp_path), "-o", tmp_path / "set", "--workers", 1)
    code, told = said("run", *at)
    assert code == 1
    assert f"holds {name} and no dataset.yaml: it is something else" in told
    assert other.read_bytes() == b"another data set"
    assert not (tmp_path / "set" / "dataset.yaml").exists()


def test_changes_without_a_profile_are_minded(said, root):
    code, told = said("run", "-o", root, "--set", "bits=24", "--workers", 1)
    assert code == 1
    assert "was begun with another configuration: bits: 16 → 24. Name another folder" in told
    assert read_dataset(root, ["limits.max_attempts=7"]).limits.max_attempts == 7


def test_ids_that_there_are_not(said, root):
    code, told = said("redo", root, "nonsense")
    assert code == 1
    assert "no finished pair 'nonsense'. 6 pairs are finished; their ids are in" in told


def test_a_split_without_pairs_is_told_with_those_there_are(said, root):
    code, told = said("listen", root, "--split", "test")
    assert code == 1
    assert "is of the split 'test'; of: train" in told


def test_a_limit_of_nothing_is_refused(said, root):
    code, told = said("run", "-o", root, "--limit", "0")
    assert code == 2
    assert "--limit" in told


def test_judging_needs_a_page(root, tmp_path):
    with pytest.raises(DataError, match="Make the page first: audio-omni audioedit listen"):
        judge(root / "reports" / "listening" / "key.json", [])


def test_calibrating_needs_a_real_branch_and_verdicts(root, tmp_path):
    workshop, _, _ = open_workshop(root, config(), CATALOG)
    with pytest.raises(DataError, match="has no real branch; expected one, whose scores"):
        calibrate(workshop, tmp_path / "verdicts.jsonl")
    with pytest.raises(DataError, match=r"cannot be read .*; expected a file of verdicts"):
        read_verdicts(tmp_path / "verdicts.jsonl")


def gemini(scenes, **options):
    return scenes.config(labeler={"name": "gemini_labeler", "options": options})


def test_how_a_provider_works_may_change_and_what_it_says_may_not(tmp_path):
    scenes = Scenes(tmp_path / "scenes")
    scenes.add("one")
    catalog = open_catalog()
    begin(tmp_path / "set", gemini(scenes), {}, catalog)
    hurried = gemini(scenes, requests_per_minute=5, mode="batch", usd_per_million_input=1.0)
    begin(tmp_path / "set", hurried, {}, catalog)
    assert read_dataset(tmp_path / "set") == hurried
    with pytest.raises(ConfigError, match=r"begun with another .*model: None → 'gemini-9'"):
        begin(tmp_path / "set", gemini(scenes, model="gemini-9", attempts=2), {}, catalog)


def test_a_folder_tells_what_it_was_made_with(root):
    """So that whoever gets other last bits knows of which versions these are (risk 37)."""
    import numpy
    import yaml

    facts = yaml.safe_load((root / "dataset.yaml").read_text())
    assert facts["tools"]["numpy"] == numpy.__version__
    assert {"audio-omni", "soundfile", "scipy", "pyloudnorm"} <= facts["tools"].keys()
    assert all(len(key) == 12 for key in facts["stages"].values())
