import pickle

import pytest
import torch
from audio_omni.conditioners.mel.conditioner import MelConditioner
from audio_omni.conditioners.mel.config import MelConfig
from audio_omni.conditioners.mel.plugin import register_conditioners
from audio_omni.core.conditioning import check_condition
from audio_omni.core.errors import MediaError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import REFERENCE_AUDIO, ReferenceAudio
from audio_omni.core.specs import Injection

RATE, HOP, WIDTH = 16000, 256, 24


@pytest.fixture
def mel():
    return MelConditioner(MelConfig(sample_rate_hz=RATE, hop=HOP, mels=32), WIDTH)


def clip(samples=RATE, rate=RATE, channels=1, seed=0):
    noise = torch.randn(channels, samples, generator=torch.Generator().manual_seed(seed))
    return ReferenceAudio(Waveform(0.1 * noise, rate))


def frames(mel, payload):
    return mel.prepare(payload)["log_mel"]


def test_spec():
    spec = register_conditioners()[0]
    assert (spec.reads, spec.injection, spec.frozen) == (
        REFERENCE_AUDIO,
        Injection.CONCAT,
        False,
    )
    assert spec.factory == f"{MelConditioner.__module__}:MelConditioner"
    assert spec.config is MelConditioner.config_model


@pytest.mark.parametrize(("samples", "count"), [(48000, 188), (48128, 188), (48129, 189)])
def test_as_many_frames_as_cover_the_samples(mel, samples, count):
    assert frames(mel, clip(samples)).shape == (32, count)


def test_defaults_are_the_papers():
    mel = MelConditioner(MelConfig(), WIDTH)
    assert frames(mel, clip(441000, 44100)).shape == (100, 1723)


def test_features_have_about_unit_scale(mel):
    feature = frames(mel, clip())
    assert feature.abs().max() < 2.5
    silence = frames(mel, ReferenceAudio(Waveform(torch.zeros(1, RATE), RATE)))
    torch.testing.assert_close(silence, torch.full_like(silence, (-11.5129 + 4) / 4))


def test_other_rates_and_channels_are_brought_to_its_own(mel):
    stereo = clip(22050, 22050, channels=2)
    mean = ReferenceAudio(Waveform(stereo.waveform.samples.mean(0, keepdim=True), 22050))
    torch.testing.assert_close(frames(mel, stereo), frames(mel, mean), atol=1e-4, rtol=0)
    assert frames(mel, stereo).shape == (32, 63)


def test_level_survives_the_projection(mel):
    loud = clip()
    quiet = ReferenceAudio(Waveform(0.1 * loud.waveform.samples, RATE))
    difference = mel([mel.prepare(loud)]).tokens - mel([mel.prepare(quiet)]).tokens
    assert difference.abs().mean() > 0.05


def test_batch_with_an_empty_slot(mel):
    features = [mel.prepare(clip()), None, mel.prepare(clip(4000))]
    condition = mel(features)
    check_condition("mel", "test", condition, 3, WIDTH)
    assert condition.mask.sum(1).tolist() == [63, 1, 16]
    assert condition.mask[2, :16].all()
    torch.testing.assert_close(condition.tokens[1, 0], mel.null)
    alone = mel([features[2]])
    torch.testing.assert_close(condition.tokens[2, :16], alone.tokens[0])
    assert not condition.tokens[2, 16:].any()


def test_null_token_learns_when_the_slot_is_empty_only(mel):
    mel([mel.prepare(clip())]).tokens.sum().backward()
    assert mel.null.grad is None or not mel.null.grad.any()
    mel.zero_grad()
    mel([None, None]).tokens.sum().backward()
    torch.testing.assert_close(mel.null.grad, torch.full((WIDTH,), 2.0))


def test_front_end_is_neither_saved_nor_moved(mel):
    assert set(mel.state_dict()) == {"null", "unknown", "project.weight", "project.bias"}
    mel.to("meta")
    assert frames(mel, clip()).device.type == "cpu"


def test_pickles_for_workers(mel):
    copy = pickle.loads(pickle.dumps(mel))
    torch.testing.assert_close(frames(copy, clip()), frames(mel, clip()))


def test_too_short_a_clip(mel):
    with pytest.raises(MediaError, match=r"Got 512 samples.*more than 512"):
        mel.prepare(clip(512))
