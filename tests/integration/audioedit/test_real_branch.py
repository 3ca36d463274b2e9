"""The real branch by the library's own call: shards, the same for any number of processes."""

from collections import Counter

import pytest
from audio_omni.core.data.uri import open_source
from audio_omni.core.task import build_task
from audio_omni.plugins.audioedit.beginning import begin
from audio_omni.plugins.audioedit.making import make, pack_all
from audio_omni.plugins.audioedit.rebuilding import prove
from audio_omni.plugins.audioedit.stages.runner import do_work, run_steps
from audio_omni.plugins.audioedit.stages.workshop import Workshop
from audio_omni.plugins.audioedit.workspace import open_workshop
from real_parts.scenes import Scenes, open_catalog
from small_pairs import hashes

STYLE = {
    "editor": {"name": "toy"},
    "likeness": (0.2, 0.95),
    "checks": {"pitch_semitones": 7.0, "bandwidth_loss": 1.0},
}


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    scenes = Scenes(tmp_path_factory.mktemp("real") / "scenes")
    for k in range(5):
        scenes.add(f"clip-{k}", ("dog barking", "car horn honking"))
    scenes.add("held-out", row={"split": "test"})
    made = scenes.config(mixture_mode="recomposed", style=STYLE)
    return made.model_copy(update={"items_per_part": 2})


@pytest.fixture(scope="module")
def made(config, tmp_path_factory):
    return make(tmp_path_factory.mktemp("made") / "set", config, open_catalog)


def test_it_ends_with_shards_of_all_tasks(made):
    tasks = Counter(record.task for record in made.records)
    assert tasks["add"] == tasks["remove"] == tasks["extract"] == 11
    assert tasks["style"] >= 5
    assert {record.split for record in made.records} == {"train", "test"}
    assert {proof.fault for proof in prove(made.root)} == {None}
    for line in made.funnel:
        assert line.came_in == line.kept + line.rejected.total() + line.failed


def test_parts_in_another_order_and_other_workshops_give_the_same_bytes(made, config, tmp_path):
    """As processes would: what `LocalProcesses` does is tested where it is, at length."""
    workshop, job, steps = open_workshop(tmp_path / "set", config, open_catalog)
    begin(workshop.root, config, workshop.keys)

    def one_by_one(job, works, tally):
        for work in reversed(works):
            other = Workshop(job.root, job.config, workshop.catalog, job.keys)
            do_work(other, work, lambda: False, lambda stage, line: tally.add(line))

    run_steps(job, workshop, steps, one_by_one)
    pack_all(workshop, steps)
    assert hashes(tmp_path / "set") == hashes(made.root)


@pytest.mark.parametrize("task", ["add", "remove", "extract"])
def test_tasks_train_on_its_pairs(made, task):
    catalog = open_catalog()
    source = open_source(f"audioedit:{made.root}?task={task}&branch=real", {}, catalog)
    assert len(source) == 10  # without what is held out
    row = source.row(0)
    example = build_task(catalog, task, {}).to_example(row)
    assert example.task == task
