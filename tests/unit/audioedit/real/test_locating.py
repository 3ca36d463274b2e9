"""Where a sound is, for the separator: the row tells first, then the locator, then the label."""

import pytest


def where(scenes):
    return {"name": "where", "options": {"folder": str(scenes.folder)}}


@pytest.fixture
def told(scenes, run):
    """Run, and return what the separator was told of each clip, and the run."""

    def _told(**real):
        ran = run(scenes.config(**real))
        separator = ran.workshop.provider("separator", ran.workshop.config.real.separator)
        return {
            id_.split("|")[0].removeprefix("scenes:"): s for id_, s in separator.told.items()
        }, ran

    return _told


def test_the_row_the_locator_and_the_label_tell_in_this_order(scenes, told):
    hint = {"onset_hint_s": 0.5}
    scenes.add("row", row={"spans": [[0.4, 1.2]]}, heard_at=[[0.0, 0.1]], said=hint)
    scenes.add("heard", heard_at=[[0.4, 0.8], [0.9, 1.2]], said=hint)
    scenes.add("hinted", said=hint)
    scenes.add("unknown")
    found, ran = told(locator=where(scenes))
    assert found == {
        "row": ((0.4, 1.2),),
        "heard": ((0.4, 0.8), (0.9, 1.2)),
        "hinted": ((0.5, 1.5),),
        "unknown": None,
    }
    for record in ran.records():
        item = record.provenance.ingredients[0].item
        heard = [[0.4, 0.8], [0.9, 1.2]] if item == "heard" else None
        assert record.scene.get("located") == heard
        (tool,) = [t for t in record.provenance.tools if t.stage == "locate"]
        assert (tool.name, tool.weights_sha256) == ("where", "e" * 64)


def test_without_a_locator_nothing_of_it_is_in_key_or_record(scenes, told):
    scenes.add("heard", heard_at=[[0.4, 1.2]])
    found, ran = told()
    assert found == {"heard": None}
    assert "locator" not in ran.steps[3].stage.settings(ran.workshop)
    for record in ran.records():
        assert "located" not in record.scene
        assert "locate" not in {tool.stage for tool in record.provenance.tools}


def test_another_locator_is_another_key(scenes, run):
    scenes.add("one")
    plain = run(scenes.config(), name="plain").workshop.keys
    located = run(scenes.config(locator=where(scenes)), name="located").workshop.keys
    assert plain["expand"] == located["expand"]
    assert plain["separate"] != located["separate"]
