"""Two labellers in one folder only if asked for; each pair tells whose label it has (risk 11)."""

import shutil
from collections import Counter

import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.real.labellers import joined, read_labellers
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from real_parts.scenes import open_catalog

FIELD = {"name": "dataset_labeler", "options": {}}


@pytest.fixture
def configs(scenes):
    """The set labelled by `stub`, by `dataset_labeler`, and either of them with mixing allowed."""
    for k in range(4):
        scenes.add(f"clip-{k}", row={"label": "dog barking"})
    fixed = {"semantic": {"thresholds": None, "keep_fraction": 1.0}}

    def build(**real):
        made = scenes.config(**fixed, **real)
        return made.model_copy(update={"items_per_part": 2})

    return {
        "stub": build(),
        "field": build(labeler=FIELD),
        "stub, mixed": build(allow_mixed=True),
        "field, mixed": build(labeler=FIELD, allow_mixed=True),
    }


def labelled_by(records):
    return Counter(
        tool.name for r in records for tool in r.provenance.tools if tool.stage == "label"
    )


def begun(root, config):
    """Label the first two clips alone, so that a whole part has labels and the other has none."""
    with pytest.raises(StopRun, match="Run without --limit"):
        make(root, config, open_catalog, limit=2)


def test_another_labeller_is_refused_with_both_names(configs, tmp_path):
    begun(tmp_path / "set", configs["stub"])
    before = sorted((tmp_path / "set" / "stages" / "label").iterdir())
    with pytest.raises(
        ConfigError,
        match=r"real\.labeler\.name: 'stub' → 'dataset_labeler'.*real\.allow_mixed=true",
    ):
        make(tmp_path / "set", configs["field"], open_catalog)
    assert sorted((tmp_path / "set" / "stages" / "label").iterdir()) == before


def test_allowed_to_mix_it_goes_on_and_every_pair_tells_whose_label_it_has(configs, tmp_path):
    root = tmp_path / "set"
    begun(root, configs["stub"])
    made = make(root, configs["field, mixed"], open_catalog)
    assert labelled_by(made.records) == {"stub": 6, "dataset_labeler": 6}
    assert len(list((root / "stages" / "label").iterdir())) == 1  # nothing was labelled again
    assert [name for name, _ in read_labellers(root / "dataset.yaml")] == [
        "stub", "dataset_labeler",
    ]  # fmt: skip
    versions = {
        (tool.name, tool.version.partition(",")[0])
        for r in made.records for tool in r.provenance.tools if tool.stage == "label"
    }  # fmt: skip
    assert ("stub", "stub-1") in versions
    again = make(root, configs["field, mixed"], open_catalog)
    assert [r.line() for r in again.records] == [r.line() for r in made.records]

    shutil.copytree(root, tmp_path / "copy")
    with pytest.raises(ConfigError, match=r"would have labels of stub \(.*\) and dataset_labeler"):
        make(tmp_path / "copy", configs["field"], open_catalog)


def test_allowing_it_changes_nothing_where_one_labels_all(configs, tmp_path):
    plain = make(tmp_path / "plain", configs["stub"], open_catalog)
    mixed = make(tmp_path / "mixed", configs["stub, mixed"], open_catalog)
    assert [r.line() for r in mixed.records] == [r.line() for r in plain.records]
    later = make(tmp_path / "plain", configs["stub, mixed"], open_catalog)
    assert [r.line() for r in later.records] == [r.line() for r in plain.records]


def test_who_labelled_is_joined(tmp_path):
    one, two = ["a", "1" * 16], ["b", "2" * 16]
    assert joined([], None, allow_mixed=False, where=tmp_path) == []
    assert joined([one], one, allow_mixed=False, where=tmp_path) == [one]
    assert joined([one], two, allow_mixed=True, where=tmp_path) == [one, two]
    with pytest.raises(ConfigError, match=r"labels of a \(11111111\) and b \(22222222\)"):
        joined([one], two, allow_mixed=False, where=tmp_path)
