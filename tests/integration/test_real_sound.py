"""The same road on real, licensed clips: a few steps through `manifest:` and `mixed:`."""

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.core.training.held_out import held_out_rows
from audio_omni.core.training.session import train

TASKS = {"text_to_audio", "text_to_music", "add", "remove", "extract"}


@pytest.fixture(scope="module")
def real(tmp_path_factory, host, shared_dir):
    data = shared_dir / "data"
    if not (data / "esc10").is_dir():
        pytest.skip(
            "needs the real clips (esc10, foley, ambience, music_synth) in the shared folder"
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDIO_OMNI_DATA", str(data))
        values = find_recipe("real_sound", host.recipes)
        overrides = ["model.preset=micro", "train.steps=3", "train.log_every=1"]
        overrides += ["tracking.observers=[jsonl]", "evaluation.every=null", "loader.workers=0"]
        count = len(values["mixture"]["sources"])
        overrides += [f"mixture.sources.{i}.max_rows=5" for i in range(count)]
        recipe = resolve_recipe(values, overrides)
        run = tmp_path_factory.mktemp("real")
        yield recipe, run, train(recipe, host, run)


def test_real_clips_train_and_every_task_is_drawn(real):
    recipe, _, outcome = real
    assert outcome.status == "finished"
    assert {use.task for use in recipe.mixture.sources} == TASKS


def test_a_model_of_real_clips_generates_and_edits_held_out_ones(real, host):
    recipe, run, _ = real
    model = AudioOmni.from_pretrained(run)
    for held_out in held_out_rows(recipe, host, 1, model.model.geometry):
        result = model.pipeline.run(held_out.task, held_out.rows, seeds=[0])[0]
        assert torch.isfinite(result.samples).all(), held_out.task
        assert result.waveform.seconds <= 3.0
        assert held_out.rows[0].licence, held_out.task


def test_held_out_rows_are_of_every_task(real, host):
    recipe, run, _ = real
    geometry = AudioOmni.from_pretrained(run).model.geometry
    assert {rows.task for rows in held_out_rows(recipe, host, 1, geometry)} == TASKS
