import os
import signal

import numpy as np
import pytest
import torch
from audio_omni.core.data.config import LoaderConfig, MixtureConfig
from audio_omni.core.data.loader import BatchLoader
from audio_omni.core.data.mixture import Mixture
from audio_omni.core.data.records import EncodedExample
from audio_omni.core.events import StepEnd
from audio_omni.core.training.checkpoint import load_checkpoint
from torch.utils.data import Dataset

TASKS = ("text_to_audio", "add")


class Picked(Dataset):
    def __getitem__(self, pick):
        rng = np.random.default_rng([pick.source, pick.row])
        latent = torch.tensor(rng.normal(size=(4, 4 + pick.row)), dtype=torch.float32)
        key = f"{pick.source}-{pick.row}-{pick.draw}"
        return EncodedExample(TASKS[pick.source], key, 10, latent, {"text": pick.row % 10})


def loader(workers, state=None, start=0):
    uses = [{"uri": "x:", "task": task, "weight": 1 + i} for i, task in enumerate(TASKS)]
    mixture = Mixture(MixtureConfig(sources=uses), ROWS, 0)
    if state is not None:
        mixture.load_state_dict(state)
    config = LoaderConfig(batch_size=5, workers=workers)
    return BatchLoader(Picked(), mixture, config, start_step=start)


ROWS = [range(7), range(9)]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_stopped_run_goes_on_with_the_same_next_batch(make_trainer, workers):
    seen = []

    def encode(examples):
        seen.append([e.key for e in examples])
        return examples

    def stop_at_3(event):
        if isinstance(event, StepEnd) and event.step == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    whole = make_trainer("whole", rows=loader(0))
    whole.encode = encode
    whole.run()
    expected, seen[:] = list(seen), []
    first = make_trainer("parts", rows=loader(workers), notify=stop_at_3)
    first.encode = encode
    outcome = first.run()
    assert outcome.status == "stopped"
    saved = load_checkpoint(first.run_dir)
    assert saved.step == outcome.step < 8
    rows = loader(workers, saved.state["mixture"], saved.state["next_batch"])
    second = make_trainer("parts", rows=rows, model=make_trainer.model(seed=5))
    second.encode = encode
    second.run(saved)
    assert seen == expected
    for name, parameter in whole.parameters.items():
        assert torch.equal(parameter, second.parameters[name]), name
