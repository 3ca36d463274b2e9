import pickle
import subprocess
import sys

import pytest
import torch
from audio_omni.core.accumulator import Accumulator
from audio_omni.core.errors import ConfigError


class Counter(Accumulator):
    def __init__(self):
        super().__init__()
        self.add_state("seen")

    def see(self, *numbers):
        self.seen += [torch.tensor([number]) for number in numbers]


def counted(*numbers):
    made = Counter()
    made.see(*numbers)
    return made


def test_merged_states_are_joined_and_the_other_is_left_as_it_was():
    one, other = counted(1, 2), counted(3)
    one.merge_state(other)
    one.see(4)
    assert [int(seen) for seen in one.seen] == [1, 2, 3, 4]
    assert [int(seen) for seen in other.seen] == [3]


def test_what_was_seen_can_be_taken_back_or_forgotten():
    made = counted(1, 2, 3)
    made.forget(2)
    assert [int(seen) for seen in made.seen] == [1, 2]
    made.reset()
    assert made.seen == []


def test_a_state_travels_between_processes():
    again = pickle.loads(pickle.dumps(counted(1, 2)))
    again.merge_state(counted(3))
    assert [int(seen) for seen in again.seen] == [1, 2, 3]


def test_unlike_states_do_not_merge():
    other = counted(1)
    other.add_state("heard")
    with pytest.raises(ConfigError, match=r"states seen, heard to merge .* which has seen"):
        counted(2).merge_state(other)


def test_a_state_hides_no_attribute():
    with pytest.raises(ConfigError, match="attribute 'see' already"):
        Counter().add_state("see")


def test_a_score_of_vggish_imports_no_library_that_it_does_not_use():
    """So that a process stays below 1 GiB: see decision 12."""
    heavy = ("torchmetrics", "torchvision", "transformers", "matplotlib")
    code = (
        "import sys\n"
        "import audio_omni.evaluation.scoring.scoring\n"
        "import audio_omni.evaluation.metrics.frechet\n"
        "import audio_omni.evaluation.embedders.vggish_embedder\n"
        f"sys.exit(', '.join(m for m in {heavy!r} if m in sys.modules) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
