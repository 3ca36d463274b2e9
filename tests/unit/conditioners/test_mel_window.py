import pickle

import pytest
import torch
from audio_omni.conditioners.mel.config import MelWindowConfig
from audio_omni.conditioners.mel.plugin import register_conditioners
from audio_omni.conditioners.mel.speech_mask import draw_masks
from audio_omni.conditioners.mel.window import MelWindow
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError, ContractError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import ReferenceAudio
from hypothesis import given, settings
from hypothesis import strategies as st

RATE, WIDTH = 16000, 24
SIZES = {"sample_rate_hz": RATE, "mels": 16, "frames": 32, "tokens": 6}  # 0.51 s


def build(**options):
    torch.manual_seed(0)
    return MelWindow(MelWindowConfig(**{**SIZES, **options}), WIDTH)


def clip(samples=8160, rate=RATE, channels=1, seed=0, role="source"):
    noise = torch.randn(channels, samples, generator=torch.Generator().manual_seed(seed))
    return ReferenceAudio(Waveform(0.1 * noise, rate), role)


def generators(*seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def test_spec():
    spec = register_conditioners()[1]
    assert spec.factory == f"{MelWindow.__module__}:MelWindow"
    assert spec.config is MelWindow.config_model


def test_release_sizes_are_the_default():
    with torch.device("meta"):
        mel = MelWindow(MelWindowConfig(), 768)
    assert mel.window_seconds == 10.0
    assert sum(p.numel() for p in mel.parameters()) == 665680
    prepared = mel.prepare(ReferenceAudio(Waveform(torch.zeros(1, 441000), 44100)))
    assert prepared["log_mel"].shape == (100, 1723)


@given(
    frames=st.integers(4, 2000),
    hop=st.integers(200, 600),
    rate=st.sampled_from([8000, 16000, 22050, 44100, 48000]),
)
def test_window_has_its_number_of_frames(frames, hop, rate):
    config = MelWindowConfig(frames=frames, hop=hop, sample_rate_hz=rate, mels=4, tokens=1)
    with torch.device("meta"):
        mel = MelWindow(config, 2)
    assert mel.window_samples // hop + 1 == frames
    assert mel.window_seconds == mel.window_samples / rate


@settings(deadline=None, max_examples=30)
@given(samples=st.integers(1, 32 * 256 + 400))
def test_any_length_gives_the_window_or_an_error(samples):
    mel = build()
    payload = clip(samples)
    if samples >= 32 * 256:
        with pytest.raises(RequestError, match=r"at most 0\.51 s"):
            mel.prepare(payload)
        return
    assert mel.prepare(payload)["log_mel"].shape == (16, 32)
    padded = samples < 31 * 256
    assert any("padded" in note for note in mel.conversions(payload)) == padded


def test_what_is_done_to_a_clip_is_said():
    payload = clip(8000, 32000, channels=2)
    assert build().conversions(payload) == (
        "mixed 2 → 1 channel (mean)",
        "resampled 32000 → 16000 Hz",
        "padded 0.250 → 0.510 s with silence",
    )
    assert build().conversions(clip(8160)) == ()


def test_absent_clip_is_learned_by_default():
    mel = build()
    condition = mel([None, mel.prepare(clip())])
    torch.testing.assert_close(condition.tokens[:1], mel.empty_audio_feat)
    condition.tokens[0].sum().backward()
    assert mel.empty_audio_feat.grad.eq(1).all()
    assert not mel.proj_features.weight.grad.any()


def test_absent_clip_can_be_silence():
    mel = build(absent="silence")
    silence = mel.prepare(ReferenceAudio(Waveform(torch.zeros(1, 8160), RATE)))
    condition = mel([None, silence])
    torch.testing.assert_close(condition.tokens[0], condition.tokens[1])
    assert mel.empty_audio_feat.shape == (1, 6, WIDTH)  # the published file holds it all the same


def test_speech_without_a_voice():
    absent = ReferenceAudio(None, role="voice")
    assert build().prepare(absent) is None
    assert build().conversions(absent) == ()
    prepared = build(absent="silence").prepare(absent)
    assert prepared["speech"] is True
    assert prepared["log_mel"].unique().tolist() == pytest.approx([-11.5129], abs=1e-4)


def test_only_voices_are_masked_and_only_if_asked_to():
    payloads = [clip(role="voice"), clip(role="source")]
    plain, masking = build(), build(speech_mask=(0.5, 0.5))
    features = [plain.prepare(payload) for payload in payloads]
    whole = plain(features).tokens
    masked = masking(features, generators=generators(1, 2)).tokens
    torch.testing.assert_close(masked[1], whole[1])
    assert (masked[0] - whole[0]).abs().max() > 0.01
    again = masking(features, generators=generators(1, 2)).tokens
    assert torch.equal(again, masked)
    other = masking(features, generators=generators(3, 4)).tokens
    assert not torch.equal(other[0], masked[0])


def test_blanked_frames_are_zero_in_the_log_domain():
    mel = build(speech_mask=(1.0, 1.0))
    feature = mel.prepare(clip(role="voice"))
    blank = {**feature, "log_mel": torch.zeros(16, 32), "speech": False}
    got = mel([feature, blank], generators=generators(0, 0)).tokens
    torch.testing.assert_close(got[0], got[1])


def test_an_item_does_not_depend_on_its_neighbours_draws():
    mel = build(speech_mask=(0.2, 0.75))
    features = [mel.prepare(clip(seed=i, role="voice")) for i in range(3)]
    together = mel(features, generators=generators(5, 6, 7)).tokens
    alone = mel(features[1:2], generators=generators(6)).tokens
    torch.testing.assert_close(together[1:2], alone)


@given(
    frames=st.integers(2, 300),
    low=st.floats(0, 1),
    high=st.floats(0, 1),
    voices=st.lists(st.booleans(), min_size=1, max_size=4),
    seed=st.integers(0, 2**31),
)
def test_masks_are_one_run_of_the_drawn_length(frames, low, high, voices, seed):
    low, high = sorted((low, high))
    masks = draw_masks(voices, frames, (low, high), generators(seed) * len(voices))
    for voice, ratio, masked in zip(voices, masks.ratios, masks.frames, strict=True):
        assert low - 1e-6 <= ratio <= high + 1e-6
        assert int(masked.sum()) == (int(ratio * frames) if voice else 0)
        edges = torch.nn.functional.pad(masked.int(), (1, 1)).diff()
        assert int(edges.abs().sum()) in {0, 2}


@pytest.mark.parametrize("given_", [None, []])
def test_masks_need_generators(given_):
    mel = build(speech_mask=(0.7, 1.0))
    with pytest.raises(ContractError, match=r"1 items got .*generators; expected one for each"):
        mel([None], generators=given_)


def test_pickles_for_workers():
    mel = build()
    copy = pickle.loads(pickle.dumps(mel))
    assert torch.equal(copy.prepare(clip())["log_mel"], mel.prepare(clip())["log_mel"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"speech_mask": (0.8, 0.2)}, "least and the greatest part"),
        ({"speech_mask": (0.8, 1.2)}, "within 0"),
        ({"training_mask": (0.2, 1.1)}, "within 0"),
        ({"frames": 2}, "shorter than half an FFT"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(MelWindowConfig, options, where="Conditioner 'mel_window'")
