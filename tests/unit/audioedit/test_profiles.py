"""The configurations that ship with the factory, and what is said where something is missing."""

import pytest
import yaml
from audio_omni.core.code_version import Commit
from audio_omni.core.errors import ConfigError
from audio_omni.plugins.audioedit import beginning
from audio_omni.plugins.audioedit.funnel import PAPER
from audio_omni.plugins.audioedit.licences import licence_facts
from audio_omni.plugins.audioedit.quotas import asked_for
from audio_omni.plugins.audioedit.stages.workshop import Workshop
from audio_omni.plugins.audioedit.workspace import all_steps, profiles, read_config, read_dataset
from audio_omni.plugins.manager import build_plugin_manager

NAMES = ("clean-licence", "mini", "paper", "paper-1pct", "paper-real", "smoke")


def test_all_of_the_spec_are_there():
    assert set(profiles()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_is_valid_and_says_its_name(name):
    config = read_config(name)
    assert config.profile == name
    assert all_steps(config)


def test_the_papers_counts_and_ranges():
    config = read_config("paper").synthesis
    assert config.scenes == 450_000
    assert not config.share_scenes
    assert config.events == {1: 1.0}
    assert (config.pitch_semitones, config.stretch, config.snr_db) == ((-3, 3), (0.8, 1.2), (0, 3))


def test_a_hundredth_of_it_is_a_hundredth():
    whole, part = read_config("paper").synthesis, read_config("paper-1pct").synthesis
    assert part.scenes * 100 == whole.scenes
    left_out = {"scenes"}
    assert part.model_dump(exclude=left_out) == whole.model_dump(exclude=left_out)


def test_the_real_branch_asks_for_the_papers_pairs_and_the_synthesis_branch_for_its_own():
    real = read_config("paper-real")
    assert asked_for(real) == {
        ("real", "add"): 50_000, ("real", "remove"): 50_000, ("real", "extract"): 50_000,
        ("real", "style"): 500_000,
    }  # fmt: skip
    assert real.real.mixture_mode == "original"
    assert real.real.style.candidates == 16
    assert real.real.style.most_words == 12
    synthetic = asked_for(read_config("paper"))
    assert synthetic == {("synth", task): 150_000 for task in ("add", "remove", "extract")}
    assert sum(synthetic.values()) + sum(asked_for(real).values()) == 1_100_000
    assert PAPER == {
        "labelled clips": 540_000, "activity": 347_000, "semantic": 50_000, "style pairs": 500_000,
    }  # fmt: skip


def test_smoke_is_64_scenes_of_nothing_but_the_package():
    config = read_config("smoke").synthesis
    assert config.scenes == 64
    assert all(s.uri.startswith("soundworld:") for s in (*config.foreground, *config.background))


def test_the_clean_profile_takes_open_licences_only():
    config = read_config("clean-licence").synthesis
    for source in (*config.foreground, *config.background):
        named = source.options["filter"]["licence"]
        assert all(licence_facts([licence]).commercial_ok for licence in named)


def test_an_unknown_profile_is_told_with_what_there_is():
    with pytest.raises(ConfigError, match=r"Unknown profile 'smok'\. Did you mean 'smoke'"):
        read_config("smok")


def test_options_of_providers_may_name_variables(tmp_path, monkeypatch):
    config = read_config("paper-real")
    workshop = Workshop(tmp_path, config, build_plugin_manager(entry_points=False))
    monkeypatch.delenv("AUDIO_OMNI_SAM", raising=False)
    with pytest.raises(ConfigError, match=r"Options of separator 'sam_audio': .*AUDIO_OMNI_SAM"):
        workshop.provider("separator", config.real.separator)
    monkeypatch.setenv("AUDIO_OMNI_SAM", "sam/bin/python")
    assert workshop.provider("separator", config.real.separator).options.python == "sam/bin/python"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("synthesis.stretch=[0, 1]", "stretch .* reaches 0"),
        ("synthesis.snr_db=[3, 0]", "snr_db .* is not a rising range"),
        ("synthesis.tasks=[style]", "style transfer has no synthesis branch"),
        ("synthesis.warper=null", "a warper is needed"),
        ("synthesis.events={0: 1}", "expected counts from 1"),
        ("synthesis.scenes=0", "synthesis.scenes"),
        ("bits=8", "bits"),
        ("dataset=A b", "dataset"),
    ],
)
def test_a_wrong_field_is_told(change, said):
    with pytest.raises(ConfigError, match=said):
        read_config("mini", [change])


@pytest.mark.parametrize("commit", [None, Commit("0123abcd" * 5, dirty=True)])
def test_a_data_set_tells_the_commit_of_the_code_if_it_has_one(tmp_path, monkeypatch, commit):
    monkeypatch.setattr(beginning, "commit_of", lambda: commit)
    beginning.begin(tmp_path, read_config("smoke"), {})
    facts = yaml.safe_load((tmp_path / "dataset.yaml").read_text())
    assert facts.get("git") == (
        None if commit is None else {"commit": "0123abcd" * 5, "dirty": True}
    )
    assert read_dataset(tmp_path) == read_config("smoke")
