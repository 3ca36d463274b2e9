"""Runs the real branch over scenes of which every stem is known."""

from functools import partial

import pytest
from audio_omni.plugins.audioedit.real.steps import real_steps
from audio_omni.plugins.audioedit.stages.pipeline import stage_keys
from audio_omni.plugins.audioedit.stages.runner import in_this_process, run_steps
from audio_omni.plugins.audioedit.stages.workshop import Job, Workshop
from real_parts.scenes import Scenes, open_catalog


@pytest.fixture(scope="session")
def catalog():
    return open_catalog()


@pytest.fixture
def scenes(tmp_path):
    return Scenes(tmp_path / "scenes")


class Ran:
    """What came of a run: workshop, steps, and every stage's lines by item."""

    def __init__(self, workshop, steps):
        self.workshop, self.steps = workshop, steps

    def lines(self, stage):
        from audio_omni.plugins.audioedit.stages.parts import parts_in

        parts = parts_in(self.workshop.folder(stage))
        return {line.id: line for part in parts for line in part.lines()}

    def verdicts(self, stage):
        """Id (without the data set's name) → reason, or ``"kept"``."""
        return {
            id_.removeprefix("scenes:"): line.reason or line.outcome
            for id_, line in self.lines(stage).items()
        }

    def records(self):
        from audio_omni.plugins.audioedit.packing.collect import finished

        return finished(self.workshop, self.steps)


@pytest.fixture
def run(tmp_path, catalog):
    def _run(config, *, name="made", limit=None):
        root = tmp_path / name
        steps = real_steps(config)
        workshop = Workshop(root, config, catalog)
        workshop.keys = stage_keys(steps, workshop)
        workshop.check_providers()
        job = Job(root, config, open_catalog, workshop.keys)
        execute = partial(in_this_process, workshop=workshop)
        run_steps(job, workshop, steps, execute, limit=limit)
        return Ran(workshop, steps)

    return _run
