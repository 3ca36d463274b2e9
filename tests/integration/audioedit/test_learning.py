"""From a tiny set of pairs to a model that was trained on them, by the built-in recipe."""

import numpy as np
import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.data.cut import crop_row
from audio_omni.core.data.uri import open_source
from audio_omni.core.geometry import Geometry
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.core.training.held_out import held_out_rows
from audio_omni.core.training.session import train
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.manager import build_plugin_manager
from small_pairs import CATALOG, config

TASKS = {"add", "remove", "extract", "instruction_editing"}
SHORT = Geometry(sample_rate_hz=16000, channels=1, hop=512, clip_seconds=0.5)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return make(tmp_path_factory.mktemp("pairs") / "set", config(), CATALOG)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, pairs):
    host = build_plugin_manager(entry_points=False, strict=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDIO_OMNI_PAIRS", str(pairs.root))
        values = find_recipe("audioedit_mini", host.recipes)
        overrides = ["model.preset=micro", "model.clip_seconds=0.5", "train.steps=3"]
        overrides += ["train.log_every=1", "tracking.observers=[jsonl]", "evaluation.every=3"]
        overrides += ["evaluation.samples_per_task=1", "sampling.steps=1", "loader.workers=0"]
        recipe = resolve_recipe(values, overrides)
        run = tmp_path_factory.mktemp("run")
        yield recipe, run, host, train(recipe, host, run)


def test_the_recipe_trains_on_every_task_and_measures_held_out_pairs(trained):
    recipe, run, host, outcome = trained
    assert outcome.status == "finished"
    model = AudioOmni.from_pretrained(run)
    held_out = held_out_rows(recipe, host, 1, model.model.geometry)
    assert {rows.task for rows in held_out} == TASKS
    assert all(rows.rows[0].fields["split"] == "validation" for rows in held_out)
    logged = (run / "history.jsonl").read_text()
    assert "add/log_mel_distance_inside" in logged


@pytest.mark.parametrize("task", ["add", "remove", "extract"])
def test_a_cut_shows_the_edit_and_cuts_both_sides_alike(pairs, task):
    source = open_source(f"audioedit:{pairs.root}", {"task": [task]}, CATALOG())
    for number in range(len(source)):
        row = source.row(number)
        cut = crop_row(row, SHORT, "edit", np.random.default_rng(number))
        before, after = cut.media["source_audio"]().samples, cut.audio().samples
        assert before.shape == after.shape == (1, 8000)
        assert not torch.equal(before, after)
        assert after.abs().max() > 0
        whole = row.audio().samples
        assert torch.equal(after, whole[:, (at := _place(whole, after)) : at + 8000])
        assert torch.equal(before, row.media["source_audio"]().samples[:, at : at + 8000])
        (span,) = cut.truth["span"]
        if task != "extract":
            changed = torch.nonzero((before != after).any(dim=0)).flatten() / 16000
            assert span[0] - 1e-3 <= changed.min()
            assert changed.max() <= span[1] + 1e-3


def _place(whole, part):
    windows = whole[0].unfold(0, part.shape[-1], 1)
    return int(torch.nonzero((windows == part[0]).all(dim=1))[0])


def test_pairs_whose_wording_says_when_can_be_left_out(pairs):
    every, untimed = (
        open_source(f"audioedit:{pairs.root}", {"timed": timed}, CATALOG())
        for timed in (True, False)
    )
    left_out = {every.row(i).id for i in range(len(every))} - {
        untimed.row(i).id for i in range(len(untimed))
    }
    said = {record.id: record.instruction.template for record in pairs.records}
    timed = {"add-11", "add-12", "remove-12", "remove-13"}
    in_training = {r.id for r in pairs.records if r.split == "train"}
    assert left_out == {id_ for id_ in in_training if said[id_] in timed}
    assert left_out
