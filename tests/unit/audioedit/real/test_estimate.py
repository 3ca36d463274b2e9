"""What a run over recordings would take is told before it starts, money included."""

import pytest
from audio_omni.core.errors import PluginError
from audio_omni.plugins.audioedit.estimating import estimate
from real_parts.scenes import open_catalog


def test_clips_are_counted_and_labels_of_the_row_cost_nothing(scenes):
    scenes.add("one").add("two")
    config = scenes.config(labeler={"name": "dataset_labeler"})
    told = estimate(config, open_catalog())
    assert told.ingredients == {"clips of scenes": 2}
    assert (told.labelling.clips, told.labelling.usd) == (2, 0.0)
    assert {"what": "clips of scenes", "value": 2} in list(told.rows())


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
