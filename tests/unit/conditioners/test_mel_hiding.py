"""What both mel conditioners hide: blanked parts, what is unknown, training masks."""

import functools
import pickle

import pytest
import torch
from audio_omni.conditioners.mel.conditioner import MelConditioner
from audio_omni.conditioners.mel.config import MelConfig, MelWindowConfig
from audio_omni.conditioners.mel.mask_shapes import draw_run
from audio_omni.conditioners.mel.window import BLANK, MelWindow
from audio_omni.core.data.packing import pack, unpack
from audio_omni.core.errors import ContractError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import ReferenceAudio
from hypothesis import assume, given, settings
from hypothesis import strategies as st

RATE, HOP, WIDTH = 16000, 256, 8
SIZES = {"sample_rate_hz": RATE, "mels": 16}
KINDS = ("mel", "mel_window")


def build(kind, **options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if kind == "mel":
            return MelConditioner(MelConfig(**SIZES, **options), WIDTH).eval()
        sizes = {**SIZES, "frames": 64, "tokens": 6}  # 1.02 s
        return MelWindow(MelWindowConfig(**sizes, **options), WIDTH).eval()


@functools.cache
def evaluating(kind):
    return build(kind)


def noise(samples, rate=RATE, seed=0):
    draws = torch.randn(1, samples, generator=torch.Generator().manual_seed(seed))
    return Waveform(0.1 * draws, rate)


def speech(samples=8000, **given_):
    return ReferenceAudio(noise(samples), role="speech", **given_)


def generators(*seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def tokens(conditioner, *payloads, **given_):
    return conditioner([conditioner.prepare(p) for p in payloads], **given_).tokens


def unknown_frames(mel, payload):
    """Return which tokens of a payload are the one that stands for what is unknown."""
    return tokens(mel, payload)[0].eq(mel.unknown).all(dim=-1)


def is_one_run(mask):
    return int(torch.nn.functional.pad(mask.int(), (1, 1)).diff().abs().sum()) in {0, 2}


@given(
    frames=st.integers(1, 2000),
    parts=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
    seed=st.integers(0, 2**31),
)
def test_a_run_is_one_piece_of_a_length_within_the_parts(frames, parts, seed):
    run = draw_run(frames, tuple(parts), *generators(seed))
    assert run.shape == (frames,)
    assert is_one_run(run)
    length, least = int(run.sum()), parts[0] * frames
    assert least <= length <= max(parts[1] * frames, least + 1)
    assert torch.equal(run, draw_run(frames, tuple(parts), *generators(seed)))


def test_every_length_and_place_is_drawn():
    runs = torch.stack([draw_run(20, (0.2, 0.75), g) for g in generators(*range(2000))])
    assert sorted(set(runs.sum(1).tolist())) == list(range(4, 16))
    shares = runs.float().mean(0)
    assert shares.min() > 0.05
    assert (shares - shares.flip(0)).abs().max() < 0.06  # neither end is favoured


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=12)
@given(
    rate=st.sampled_from([8000, 16000, 22050, 44100]),
    start=st.floats(0, 0.45),
    length=st.floats(0.01, 0.5),
    seed=st.integers(1, 99),
)
def test_nothing_of_a_blanked_part_is_heard(kind, rate, start, length, seed):
    one = noise(rate // 2, rate)
    end = min(start + length, one.seconds)
    assume(start < end)
    other = Waveform(one.samples.clone(), rate)
    first, last = -int(-start * rate // 1), int(end * rate)
    assume(last > first)
    other.samples[:, first:last] = noise(last - first, seed=seed).samples * 50
    conditioner = evaluating(kind)
    heard = [
        tokens(conditioner, ReferenceAudio(clip, "speech", blanked=((start, end),)))
        for clip in (one, other)
    ]
    assert torch.equal(*heard)
    if last - first > 64:  # the changes of a longer part are heard where it is not blanked
        open_ = [tokens(conditioner, ReferenceAudio(clip, "speech")) for clip in (one, other)]
        assert not torch.equal(*open_)


def test_a_blanked_part_hides_the_frames_that_read_of_it_and_no_others():
    mel = build("mel")
    hidden = unknown_frames(mel, speech(16384, blanked=((0.512, 0.768),)))  # samples 8192 … 12288
    # Frames have 512 samples on either side of their centre, 256 apart: two more at each end.
    assert hidden.nonzero().flatten().tolist() == list(range(30, 51))


def test_parts_may_touch_the_ends_and_be_several():
    hidden = unknown_frames(build("mel"), speech(16384, blanked=((0.0, 0.1), (0.9, 1.024))))
    assert hidden[[0, -1]].all()
    assert not hidden[20:50].any()


def test_what_comes_after_the_clip_is_unknown():
    mel = build("mel")
    for role in ("voice", "speech", "source"):
        payload = ReferenceAudio(noise(8000), role, seconds=1.5)
        condition = mel([mel.prepare(payload)])
        assert condition.tokens.shape == (1, 94, WIDTH)
        assert condition.mask.all()
        assert torch.equal(unknown_frames(mel, payload), torch.arange(94) >= 32)
        whole = tokens(mel, ReferenceAudio(noise(8000), role))
        assert torch.equal(condition.tokens[:, :32], whole)


def test_unknown_differs_from_silence_and_from_no_clip():
    mel = build("mel")
    silent = tokens(mel, ReferenceAudio(Waveform(torch.zeros(1, 8000), RATE)))
    assert not silent.eq(mel.unknown).all(-1).any()
    assert not torch.equal(mel.null, mel.unknown)
    assert mel.unknown.any()


def test_a_window_blanks_what_an_utterance_lacks_and_leaves_silence_behind_a_voice():
    window = build("mel_window")
    made = window.prepare(speech(seconds=0.8))
    assert made["hidden"].nonzero().flatten().tolist() == list(range(32, 50))
    assert made["clip_frames"] == 32
    blanked = {**made, "log_mel": made["log_mel"].clone(), "hidden": torch.zeros(64).bool()}
    blanked["log_mel"][:, 32:50] = BLANK
    assert torch.equal(window([made]).tokens, window([blanked]).tokens)
    voices = [ReferenceAudio(noise(8000), "voice", seconds=s) for s in (None, 0.8)]
    assert torch.equal(*(tokens(window, voice) for voice in voices))


@pytest.mark.parametrize("kind", KINDS)
def test_training_draws_for_utterances_in_place_of_the_requests_part(kind):
    conditioner = build(kind).train()
    asked, whole = speech(blanked=((0.1, 0.2),)), speech()
    drawn = [tokens(conditioner, p, generators=generators(3)) for p in (asked, whole)]
    assert torch.equal(*drawn)
    assert not torch.equal(drawn[0], tokens(conditioner, whole, generators=generators(4)))
    conditioner.eval()
    assert not torch.equal(tokens(conditioner, asked), tokens(conditioner, whole))
    # In evaluation nothing is drawn, with generators or without.
    assert torch.equal(
        tokens(conditioner, whole), tokens(conditioner, whole, generators=generators(3))
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["source", "voice"])
def test_training_draws_for_utterances_only(kind, role):
    conditioner, payload = build(kind), ReferenceAudio(noise(8000), role)
    before = tokens(conditioner, payload)
    [generator] = generators(3)
    assert torch.equal(tokens(conditioner.train(), payload, generators=[generator]), before)
    assert torch.equal(generator.get_state(), generators(3)[0].get_state())
    assert torch.equal(tokens(conditioner, payload), before)


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**31),
    samples=st.integers(1000, 20000),
    parts=st.sampled_from([(0.2, 0.75), (0.5, 0.5), (1.0, 1.0)]),
)
def test_what_training_hides_of_an_utterance(seed, samples, parts):
    mel = build("mel", training_mask=parts).train()
    payload = speech(samples, seconds=samples / RATE + 0.2)
    made = mel.prepare(payload)
    hidden = mel([made], generators(seed)).tokens[0].eq(mel.unknown).all(-1)
    own = made["clip_frames"]
    assert hidden[own:].all()
    assert is_one_run(hidden[:own])
    count = int(hidden[:own].sum())
    assert parts[0] * own <= count <= max(parts[1] * own, parts[0] * own + 1)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**31), samples=st.integers(1000, 16000), more=st.floats(0, 0.02))
def test_what_training_hides_is_told_frame_by_frame(seed, samples, more):
    payloads = [speech(samples, seconds=samples / RATE + more), ReferenceAudio(noise(4000))]
    mel, window = (build(kind).train() for kind in KINDS)
    made = [mel.prepare(payload) for payload in payloads]
    condition = mel([*made, None], generators(seed, 0, 0))
    told, of_source, of_nothing = condition.hidden
    assert (of_source, of_nothing) == (None, None)
    assert (told.sample_rate_hz, told.hop) == (RATE, HOP)
    tokens_of_speech = condition.tokens[0][condition.mask[0]]
    assert torch.equal(told.frames, tokens_of_speech.eq(mel.unknown).all(-1))
    made = [window.prepare(payload) for payload in payloads]
    (same, *others) = window([*made, None], generators(seed, 0, 0)).hidden
    assert others == [None, None]
    assert torch.equal(same.frames[: len(told.frames)], told.frames)
    assert not same.frames[len(told.frames) :].any()


@pytest.mark.parametrize("kind", KINDS)
def test_only_training_tells_what_it_hides(kind):
    payload, off = speech(blanked=((0.1, 0.2),)), build(kind, training_mask=None).train()
    assert not off.hides
    assert off([off.prepare(payload)]).hidden is None
    on = build(kind)
    assert on.hides
    assert on([on.prepare(payload)]).hidden is None
    assert on.train()([on.prepare(payload)], generators(1)).hidden[0].frames.any()


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_does_not_depend_on_its_neighbours(kind):
    conditioner = build(kind).train()
    payloads = [speech(9000), ReferenceAudio(noise(5000)), speech(4000, seconds=0.5)]
    made = [conditioner.prepare(payload) for payload in payloads]
    together = conditioner([*made, None], generators=generators(5, 6, 7, 8))
    for i, one in enumerate([*made, None]):
        alone = conditioner([one], generators=generators(5 + i)).tokens[0]
        torch.testing.assert_close(together.tokens[i][together.mask[i]], alone)


@pytest.mark.parametrize("kind", KINDS)
def test_masks_can_be_turned_off(kind):
    conditioner = build(kind, training_mask=None)
    before = tokens(conditioner, speech(blanked=((0.1, 0.2),)))
    assert torch.equal(tokens(conditioner.train(), speech(blanked=((0.1, 0.2),))), before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given_", [None, []])
def test_draws_need_generators(kind, given_):
    conditioner = build(kind).train()
    with pytest.raises(ContractError, match=r"1 items got no|0 generators; .*`training_mask`"):
        tokens(conditioner, speech(), generators=given_)


def test_gradient_reaches_the_token_of_what_is_unknown():
    mel = build("mel").train()
    tokens(mel, speech(), generators=generators(1)).sum().backward()
    assert mel.unknown.grad.gt(0).all()
    mel.zero_grad()
    tokens(mel, ReferenceAudio(noise(8000))).sum().backward()
    assert mel.unknown.grad is None or not mel.unknown.grad.any()


@pytest.mark.parametrize("kind", KINDS)
def test_prepared_speech_can_be_kept(kind):
    made = build(kind).prepare(speech(blanked=((0.1, 0.2),), seconds=0.7))
    for again in (pickle.loads(pickle.dumps(made)), unpack(*pack(made, "speech"))):
        assert again.keys() == made.keys()
        assert torch.equal(again["hidden"], made["hidden"])
        assert again["hidden"].dtype == torch.bool
        assert again["utterance"] is True


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [(-0.1, 0.2), (0.2, 0.2), (0.3, 0.2), (0.4, 0.6)])
def test_a_part_outside_of_the_clip(kind, part):
    with pytest.raises(
        RequestError, match=r"blanked part from .* within the clip, which lasts 0\.5"
    ):
        build(kind).prepare(speech(blanked=(part,)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_clip_longer_than_the_result(kind):
    with pytest.raises(RequestError, match=r"speech lasts 0\.500 s, the result 0\.300 s"):
        build(kind).prepare(speech(seconds=0.3))


def test_a_result_longer_than_the_window():
    with pytest.raises(RequestError, match=r"speech lasts 2\.000 s .* at most 1\.02 s"):
        build("mel_window").prepare(speech(seconds=2.0))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_hidden_is_said(kind):
    notes = build(kind).conversions(speech(blanked=((0.1, 0.25),), seconds=0.75))
    assert notes[-2:] == ("hid 0.100 … 0.250 s from the model", "left 0.500 … 0.750 s unknown")
    assert not any("hid" in note for note in build(kind).conversions(speech()))
