import numpy as np
import pytest
import torch
from audio_omni.core.conditioning import Conditioning
from audio_omni.core.data.records import Batch, EncodedExample
from audio_omni.core.recipe import resolve_recipe
from audio_omni.core.training.trainer import Trainer
from torch import nn


class TinyDit(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Conv1d(4, 8, 3, padding=1)
        self.outer = nn.Conv1d(8, 4, 3, padding=1)

    def forward(self, x, t, conditioning, frame_mask=None):
        hidden = torch.tanh(self.inner(x) + t[:, None, None])
        if conditioning.context is not None:
            hidden = hidden + conditioning.context.sum(dim=1)[:, :, None]
        return self.outer(hidden)


class TinyModel(nn.Module):
    """The surface that the loop uses, over networks of a few hundred weights."""

    def __init__(self, seed=0):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.dit = TinyDit()
            self.text = nn.Embedding(10, 8)

    device = torch.device("cpu")

    def components(self):
        return {"dit": self.dit, "conditioner-text": self.text}

    def conditioning(self, examples, generators):
        assert len(generators) == len(examples)
        tokens = self.text(torch.tensor([e.features["text"] for e in examples]))[:, None]
        return Conditioning(context=tokens, context_mask=torch.ones(tokens.shape[:2]).bool())


class Rows:
    """Numbered batches of examples, each a function of its number."""

    def __init__(self, start=0, stop=10_000, break_at=None):
        self.start, self.stop, self.break_at = start, stop, break_at
        self.seen = []

    def __iter__(self):
        for number in range(self.start, self.stop):
            self.seen.append(number)
            examples = [self.row(number, i) for i in range(6)]
            yield Batch(number, examples, {"drawn": [6 * (number + 1)]}, range(6))

    def row(self, number, i):
        rng = np.random.default_rng([number, i])
        latent = torch.tensor(2 + rng.normal(size=(4, 5 + i)), dtype=torch.float32)
        if (number, i) == (self.break_at, 2):
            latent[0, 0] = float("nan")
        task = "add" if i % 2 else "text_to_audio"
        return EncodedExample(task, f"row-{number}-{i}", 100, latent, {"text": i})


@pytest.fixture
def make_recipe():
    def make(**train):
        every = train.pop("every", None)
        return resolve_recipe(
            {
                "name": "tiny",
                "model": {"preset": "micro"},
                "mixture": {"sources": [{"uri": "soundworld:sounds", "task": "text_to_audio"}]},
                "train": {"steps": 8, "warmup_steps": 2, "log_every": 1, **train},
                "evaluation": {"every": every},
            }
        )

    return make


@pytest.fixture
def make_trainer(tmp_path, make_recipe):
    def make(run="run", rows=None, model=None, notify=lambda event: None, **options):
        keywords = {
            name: options.pop(name)
            for name in ("evaluate", "clock", "objective", "realised_shares")
            if name in options
        }
        return Trainer(
            make_recipe(**options),
            model or TinyModel(),
            rows if rows is not None else Rows(),
            list,
            notify=notify,
            run_dir=tmp_path / run,
            **keywords,
        )

    make.rows, make.model = Rows, TinyModel
    return make
