"""What was hidden of a conditioner's frames, on the frames of a latent (acceptance test 16)."""

from math import lcm

import pytest
import torch
from audio_omni import HiddenFrames
from audio_omni.core.data.records import EncodedExample
from audio_omni.core.geometry import Geometry
from audio_omni.core.training.counted_frames import counted_frames, masked_frames, widened
from hypothesis import assume, given, settings
from hypothesis import strategies as st

PAPER = Geometry(sample_rate_hz=44100, channels=2, hop=2048, clip_seconds=10.0)
MEL = {"sample_rate_hz": 44100, "hop": 256}


def bools(text):
    """Return ``"..xx"`` as a tensor, true where there is an x."""
    return torch.tensor([letter == "x" for letter in text])


def text(mask):
    return "".join("x" if one else "." for one in mask.tolist())


def masked(frames, samples, **rates):
    return text(masked_frames(HiddenFrames(bools(frames), **(rates or MEL)), samples, PAPER))


def by_the_rule(hidden, samples, geometry):
    """The rule said again, one frame at a time, in ticks that both rates are whole numbers of."""
    tick = lcm(hidden.sample_rate_hz, geometry.sample_rate_hz)
    long = hidden.hop * (tick // hidden.sample_rate_hz)
    step, clip = (n * (tick // geometry.sample_rate_hz) for n in (geometry.hop, samples))
    frames = [(number * long, one) for number, one in enumerate(hidden.frames.tolist())]
    found = []
    for begins in range(0, clip, step):
        ends = min(begins + step, clip)
        covered = [one for at, one in frames if at < ends and at + long > begins]
        covered = covered or [frames[-1][1]]
        found.append(2 * sum(covered) >= len(covered))
    return found


RATES = st.sampled_from([8000, 16000, 22050, 44100, 48000])
HOPS = st.sampled_from([128, 160, 256, 320, 512, 1024, 2048, 4096])


@settings(deadline=None)
@given(
    latent=st.tuples(RATES, HOPS),
    own=st.tuples(RATES, HOPS),
    samples=st.integers(1, 12000),
    more=st.integers(-1, 40),
    seed=st.integers(0, 2**31),
    share=st.sampled_from([0.1, 0.5, 0.9]),
)
def test_half_of_what_a_latent_frame_covers_makes_it_masked(
    latent, own, samples, more, seed, share
):
    geometry = Geometry(sample_rate_hz=latent[0], channels=1, hop=latent[1], clip_seconds=10.0)
    # As many frames as cover the clip; one less by rounding, or more that lie behind it.
    frames = -(-samples * own[0] // (latent[0] * own[1])) + more
    assume(0 < frames < 3000)
    draws = torch.rand(frames, generator=torch.Generator().manual_seed(seed))
    hidden = HiddenFrames(draws < share, *own)
    found = masked_frames(hidden, samples, geometry)
    assert found.dtype == torch.bool
    assert len(found) == geometry.frames(samples)
    assert found.tolist() == by_the_rule(hidden, samples, geometry)


@given(start=st.integers(0, 79), length=st.integers(1, 80))
def test_at_the_papers_sizes_a_latent_frame_covers_eight(start, length):
    end = min(start + length, 80)
    frames = torch.zeros(80, dtype=torch.bool)
    frames[start:end] = True
    found = masked_frames(HiddenFrames(frames, **MEL), 80 * 256, PAPER)
    counts = frames.reshape(10, 8).sum(dim=1)
    assert torch.equal(found, counts >= 4)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ("...xxxxx........", "x."),
        ("....xxxx........", "x."),
        (".....xxxxxx.....", ".."),  # six in a row, but half of neither
        (".....xxxxxxx....", ".x"),
        ("x.x.x.x.x.x.x...", "x."),  # four of eight, then three of eight
        ("xxxxxxxxxxxxxxxx", "xx"),
        ("................", ".."),
    ],
)
def test_four_of_eight_are_half(frames, expected):
    assert masked(frames, 16 * 256) == expected


def test_a_last_frame_that_is_cut_is_judged_by_what_it_has():
    assert masked("........xx..", 12 * 256) == ".x"
    assert masked("........x...", 12 * 256) == ".."
    # What lies behind the clip, such as the rest of a window, counts for nothing.
    assert masked("........xx.." + 20 * "x", 12 * 256) == ".x"
    assert masked("........x..." + 20 * "x", 12 * 256) == ".."
    assert masked("........xx", 12 * 256) == ".x"  # fewer than the clip has
    assert masked("x", 1) == "x"


def test_coarser_frames_than_the_latents():
    """One frame of 4096 samples hides both latent frames in it."""
    assert masked(".x.", 6 * 2048, sample_rate_hz=44100, hop=4096) == "..xx.."


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ("...x...", "..xxx.."),
        ("x......", "xx....."),
        ("......x", ".....xx"),
        ("x..x..x", "xxxxxxx"),
        (".......", "......."),
        ("xxxxxxx", "xxxxxxx"),
        ("x", "x"),
    ],
)
def test_one_more_on_each_side(frames, expected):
    before = bools(frames)
    assert text(widened(before)) == expected
    assert text(before) == frames


def example(frames, samples=None):
    own = frames * PAPER.hop if samples is None else samples
    return EncodedExample("speech_editing", "row", own, torch.zeros(2, frames), {})


def hiding(frames):
    """Hide latent frames ``"..x."`` whole: eight of the paper's mel frames each."""
    return HiddenFrames(bools(frames).repeat_interleave(8), **MEL)


def mask(*lengths):
    return torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]


def counted(told, batch):
    lengths = [e.latent.shape[1] for e in batch]
    found = counted_frames(told, batch, PAPER, mask(*lengths))
    assert found.dtype == torch.bool
    return [text(row) for row in found]


def test_only_examples_with_a_hidden_part_are_restricted():
    batch = [example(6), example(4), example(8)]
    told = [(hiding("...x.."), None, hiding("x......."))]
    assert counted(told, batch) == ["..xxx...", "xxxx....", "xx......"]


def test_padding_never_counts():
    """A part at the clip's end is widened to one side: what follows belongs to a neighbour."""
    assert counted([(hiding("...x"), None)], [example(4), example(7)]) == ["..xx...", "xxxxxxx"]
    # Nor where frames are told of that lie behind the clip.
    assert counted([(hiding("...xxxx"), None)], [example(4), example(7)])[0] == "..xx..."


def test_a_latent_that_is_shorter_than_its_clip_counts_what_it_has():
    short = example(4, samples=7 * PAPER.hop)
    assert counted([(hiding("xx..x.."), None)], [short, example(6)])[0] == "xxxx.."
    assert counted([(hiding("......x"), None)], [short, example(6)])[0] == "xxxx.."
    assert counted([(hiding("x......"),)], [short]) == ["xx.."]


def test_too_little_for_any_latent_frame_leaves_the_example_whole():
    few = HiddenFrames(bools("xxx............."), **MEL)
    assert counted([(few,), (None,)], [example(2)]) == ["xx"]


def test_several_conditioners_add_up():
    told = [(hiding("x......"), None), (hiding("......x"), hiding("...x..."))]
    assert counted(told, [example(7), example(7)]) == ["xx...xx", "..xxx.."]


def test_nothing_told_counts_everything():
    assert counted([(None, None)], [example(2), example(3)]) == ["xx.", "xxx"]
    assert counted([], [example(2)]) == ["xx"]
