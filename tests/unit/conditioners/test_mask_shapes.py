"""How what training hides lies in an utterance: realised shares, and what each shape is."""

from collections import Counter

import pytest
import torch
from audio_omni.conditioners.mel.conditioner import MelConditioner
from audio_omni.conditioners.mel.config import MelConfig
from audio_omni.conditioners.mel.mask_shapes import draw_hidden, draw_shape
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import ReferenceAudio
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

SHARES = {"run": 0.7, "end": 0.1, "all": 0.1, "several": 0.1}
PARTS = (0.2, 0.75)
RATE = 16000


def generator(seed):
    return torch.Generator().manual_seed(seed)


def runs_of(hidden):
    """Return (start, end) of every run."""
    edges = torch.diff(hidden.int(), prepend=torch.zeros(1), append=torch.zeros(1))
    starts, ends = (torch.nonzero(edges == sign).flatten().tolist() for sign in (1, -1))
    return list(zip(starts, ends, strict=True))


def kind_of(hidden):
    """Say what a mask is by looking at it; a run that reaches the end may be either kind."""
    runs = runs_of(hidden)
    if bool(hidden.all()):
        return "all"
    if len(runs) > 1:
        return "several"
    return "run at the end" if runs[0][1] == len(hidden) else "run"


def test_shapes_come_as_often_as_asked():
    drawn = Counter(draw_shape(SHARES, generator(seed)) for seed in range(8000))
    for shape, share in SHARES.items():
        assert drawn[shape] / 8000 == pytest.approx(share, abs=0.015), shape


def test_realised_masks_have_these_shares_too():
    """Looked at as masks of whole utterances, drawn by the conditioner as in training."""
    config = MelConfig(sample_rate_hz=RATE, mels=4, training_shapes=SHARES)
    mel = MelConditioner(config, 2).train()
    clip = Waveform(0.1 * torch.randn(1, 51_200, generator=generator(0)), RATE)
    made = mel.prepare(ReferenceAudio(clip, role="speech"))
    frames, count = made["clip_frames"], 4000
    found = Counter()
    hidden_share = []
    for seed in range(count):
        (hidden,) = mel._hidden([made], [generator(seed)])
        kind = kind_of(hidden[:frames])
        found[kind] += 1
        if kind != "all":
            hidden_share.append(float(hidden[:frames].float().mean()))
    assert found["all"] / count == pytest.approx(0.1, abs=0.02)
    assert found["several"] / count == pytest.approx(0.1, abs=0.02)
    # a run of 20 to 75 % of 200 frames ends with them about once in a hundred times
    assert found["run at the end"] / count == pytest.approx(0.11, abs=0.02)
    assert found["run"] / count == pytest.approx(0.69, abs=0.03)
    assert frames == 200
    assert min(hidden_share) >= 0.2
    assert max(hidden_share) <= 0.75
    assert sum(hidden_share) / len(hidden_share) == pytest.approx(0.475, abs=0.01)


@settings(deadline=None)
@given(
    shape=st.sampled_from(["run", "end", "all", "several"]),
    frames=st.integers(1, 400),
    seed=st.integers(0, 2**31),
)
def test_every_shape_hides_as_much_as_asked(shape, frames, seed):
    hidden = draw_hidden(shape, frames, PARTS, generator(seed))
    assert torch.equal(hidden, draw_hidden(shape, frames, PARTS, generator(seed)))
    assert hidden.shape == (frames,)
    runs, count = runs_of(hidden), int(hidden.sum())
    if shape == "all":
        assert count == frames
        return
    assert PARTS[0] * frames <= count <= max(PARTS[1] * frames, PARTS[0] * frames + 1)
    if shape == "end":
        assert runs == [(frames - count, frames)]
    elif shape == "run":
        assert len(runs) == 1
    else:
        assert 1 <= len(runs) <= 4
        assert len(runs) >= 2 or count < 2 or count == frames


def test_several_runs_are_two_to_four_and_lie_anywhere():
    masks = [draw_hidden("several", 100, PARTS, generator(seed)) for seed in range(3000)]
    numbers = Counter(len(runs_of(mask)) for mask in masks)
    assert {n: round(numbers[n] / 3000, 1) for n in numbers} == {2: 0.3, 3: 0.3, 4: 0.3}
    share = torch.stack(masks).float().mean(dim=0)
    assert share[20:80].std() < 0.02
    assert float(share.min()) > 0.05  # the ends are hidden less, and not never


def test_without_shares_it_is_one_run_as_before():
    config = MelConfig(sample_rate_hz=RATE, mels=4)
    mel = MelConditioner(config, 2).train()
    clip = Waveform(torch.zeros(1, 51_200), RATE)
    made = mel.prepare(ReferenceAudio(clip, role="speech"))
    for seed in range(50):
        (hidden,) = mel._hidden([made], [generator(seed)])
        assert torch.equal(hidden[:200], draw_hidden("run", 200, PARTS, generator(seed)))


@pytest.mark.parametrize("shares", [{"run": 0.0}, {"end": -0.1, "run": 1.0}, {"middle": 1.0}])
def test_shares_that_cannot_be_drawn_are_refused(shares):
    with pytest.raises(ValidationError):
        MelConfig(training_shapes=shares)
