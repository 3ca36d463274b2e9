"""What a run over recordings would take is told before it starts, money included."""

import pytest
from audio_omni.core.errors import ConfigError, PluginError
from audio_omni.plugins.audioedit.estimating import estimate
from audio_omni.plugins.audioedit.workspace import read_config
from real_parts.scenes import open_catalog


def test_clips_are_counted_and_labels_of_the_row_cost_nothing(scenes):
    scenes.add("one").add("two")
    config = scenes.config(labeler={"name": "dataset_labeler"})
    told = estimate(config, open_catalog())
    assert told.ingredients == {"clips of scenes": 2}
    assert (told.labelling.clips, told.labelling.usd) == (2, 0.0)
    assert {"what": "clips of scenes", "value": 2} in list(told.rows())
    assert not {"scenes", "time of one core, about"} & {row["what"] for row in told.rows()}


def test_a_service_has_a_price(scenes):
    prices = {"usd_per_million_input": 2.0, "usd_per_million_output": 10.0}
    scenes.add("one").add("two")
    config = scenes.config(labeler={"name": "gemini_labeler", "options": prices})
    told = estimate(config, open_catalog()).labelling
    assert told.clips == 2
    assert told.usd > 0


def test_what_cannot_be_known_is_said(scenes):
    config = scenes.add("one").config(labeler={"name": "no_such_labeler"})
    assert "missing: Unknown" in estimate(config, open_catalog()).labelling.clips


def test_looking_at_a_set_needs_no_provider_to_work(scenes, tmp_path):
    """A set may be packed and looked at where its separator and its key are not."""
    from audio_omni.plugins.audioedit.workspace import open_workshop

    options = {"python": "no-such-python"}
    config = scenes.add("one").config(separator={"name": "sam_audio", "options": options})
    workshop, _, steps = open_workshop(tmp_path / "set", config, open_catalog)
    assert "separate" in {step.name for step in steps}
    with pytest.raises(PluginError, match="cannot start 'no-such-python'"):
        workshop.check_providers()


def test_all_providers_that_cannot_work_are_named_at_once(scenes, tmp_path, monkeypatch):
    from audio_omni.plugins.audioedit.workspace import open_workshop

    config = scenes.add("one").config(
        separator={"name": "sam_audio", "options": {"python": "no-such-python"}},
        labeler={"name": "gemini_labeler"},
    )
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    workshop, _, _ = open_workshop(tmp_path / "set", config, open_catalog)
    with pytest.raises(ConfigError, match=r"^2 providers cannot work here:(\n- .*){2}$") as told:
        workshop.check_providers()
    assert "no-such-python" in str(told.value)
    assert "GEMINI_API_KEY" in str(told.value)


@pytest.mark.parametrize(("scenes", "said"), [(64, "7 s"), (200_000, "6.11 h")])
def test_times_are_told_in_a_unit_that_fits(scenes, said):
    overrides = [f"synthesis.scenes={scenes}", "synthesis.share_scenes=true"]
    told = estimate(read_config("smoke", overrides), open_catalog())
    assert {"what": "time of one core, about", "value": said} in list(told.rows())
