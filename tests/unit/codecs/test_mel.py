import time

import pytest
import torch
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError, RequestError
from audio_omni.plugins.codecs.config import MelCodecConfig
from audio_omni.plugins.codecs.griffin_lim import griffin_lim, istft, stft
from audio_omni.plugins.codecs.mel import MelCodec
from hypothesis import given, settings
from hypothesis import strategies as st

RATE = 16000


def sound(seconds=1.0, seed=0):
    """A gliding tone with harmonics under a slow envelope, plus faint noise; (1, 1, N)."""
    t = torch.arange(int(seconds * RATE)) / RATE
    phase = 2 * torch.pi * (200 * t + 150 * t**2)
    tone = sum(torch.sin(k * phase) / k for k in (1, 2, 3))
    noise = torch.randn(len(t), generator=torch.Generator().manual_seed(seed))
    return (0.2 * tone * (1 + torch.sin(12 * t)) + 0.01 * noise)[None, None].float()


@pytest.fixture(scope="module")
def codec():
    return MelCodec(MelCodecConfig()).eval()


@settings(max_examples=25, deadline=None)
@given(
    samples=st.integers(1, 5000), hop=st.sampled_from([64, 100, 128]), channels=st.integers(1, 2)
)
def test_lengths(samples, hop, channels):
    config = MelCodecConfig(
        fft_size=256, hop=hop, mels=8, channels=channels, griffin_lim_steps=1, inversion_steps=1
    )
    codec = MelCodec(config)
    latent = codec.encode(torch.randn(2, channels, samples) * 0.1)
    frames = -(-samples // hop)
    assert latent.shape == (2, codec.latent_dim, frames)
    assert codec.latent_dim == 8 * channels
    audio = codec.decode(latent)
    assert audio.shape == (2, channels, frames * hop)
    assert torch.isfinite(audio).all()


def test_what_comes_back_sounds_the_same(codec):
    latent = codec.encode(sound())
    again = codec.encode(codec.decode(latent))
    error_db = (again - latent).square().mean().sqrt() * codec.config.deviation_db
    assert error_db < 2


def test_inversion_of_the_bands_beats_the_pseudo_inverse(codec):
    def error(steps):
        one = MelCodec(MelCodecConfig(inversion_steps=steps))
        latent = one.encode(sound())
        return (one.encode(one.decode(latent)) - latent).square().mean()

    assert error(codec.config.inversion_steps) < 0.8 * error(0)


def test_silence_is_finite_and_comes_back_silent(codec):
    latent = codec.encode(torch.zeros(1, 1, RATE))
    assert torch.isfinite(latent).all()
    assert codec.decode(latent).abs().max() < 1e-4


def test_latent_of_loud_and_faint_sound_stays_in_range(codec):
    assert codec.encode(sound() * 2).max() < 4
    assert codec.encode(sound() * 1e-6).min() > -4


def test_item_alone_equals_item_in_a_batch(codec):
    batch = torch.cat([sound(seed=i) * (i + 1) / 3 for i in range(3)])
    latent = codec.encode(batch)
    audio = codec.decode(latent)
    for i in range(3):
        torch.testing.assert_close(codec.encode(batch[i : i + 1])[0], latent[i], atol=1e-4, rtol=0)
        torch.testing.assert_close(codec.decode(latent[i : i + 1])[0], audio[i], atol=1e-4, rtol=0)


def test_decoding_repeats_itself_whatever_the_global_seed(codec):
    latent = codec.encode(sound())
    torch.manual_seed(0)
    first = codec.decode(latent)
    torch.manual_seed(1)
    assert torch.equal(codec.decode(latent), first)


def test_channels_are_coded_alone():
    codec = MelCodec(MelCodecConfig(channels=2))
    one, other = sound(), sound(seed=1) * 0.3
    both = codec.encode(torch.cat((one, other), dim=1))
    mono = MelCodec(MelCodecConfig())
    torch.testing.assert_close(both[:, :64], mono.encode(one))
    torch.testing.assert_close(both[:, 64:], mono.encode(other))


def test_a_full_scale_sine_reads_between_zero_and_six_decibels(codec):
    t = torch.arange(RATE) / RATE
    latent = codec.encode(torch.sin(2 * torch.pi * 1000 * t)[None, None])
    level = latent.max() * codec.config.deviation_db + codec.config.mean_db
    assert -2 < level < 7


def test_three_seconds_decode_quickly(codec):
    latent = codec.encode(sound(3.0))
    codec.decode(latent)
    start = time.perf_counter()
    codec.decode(latent)
    assert time.perf_counter() - start < 2.0  # 0.15 s on one idle core; room for a busy machine


def test_it_has_nothing_to_save_and_moves_with_its_buffers(codec):
    assert codec.state_dict() == {}
    assert list(codec.parameters()) == []
    assert {b.device.type for b in MelCodec(MelCodecConfig()).to("meta").buffers()} == {"meta"}


@pytest.mark.parametrize(("fft_size", "hop"), [(256, 64), (256, 128), (400, 100)])
def test_stft_inverts_exactly(fft_size, hop):
    window = torch.hann_window(fft_size, dtype=torch.float64)
    x = torch.randn(2, 20 * hop, dtype=torch.float64)
    back = istft(stft(x, window, hop), window, hop)
    inside = slice(hop, -hop)  # with half overlap the outermost samples have almost no weight
    torch.testing.assert_close(back[:, inside], x[:, inside])


def test_more_steps_fit_the_magnitudes_better():
    window = torch.hann_window(256)
    wanted = stft(sound()[0], window, 64).abs()

    def error(steps):
        audio = griffin_lim(wanted, window, 64, steps=steps, momentum=0.99)
        return (stft(audio, window, 64).abs() - wanted).norm() / wanted.norm()

    assert error(32) < 0.7 * error(1)


@pytest.mark.parametrize("shape", [(1, 2, 100), (1, 100), (1, 1, 0)])
def test_wrong_waveforms_are_named(codec, shape):
    with pytest.raises(RequestError, match=r"codec 'mel' expects \(B, 1, N\)"):
        codec.encode(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(1, 63, 10), (64, 10), (1, 64, 0)])
def test_wrong_latents_are_named(codec, shape):
    with pytest.raises(RequestError, match=r"codec 'mel' expects \(B, 64, T\)"):
        codec.decode(torch.zeros(shape))


@pytest.mark.parametrize("values", [{"fft_size": 256, "hop": 200}, {"fft_size": 256, "hop": 63}])
def test_windows_that_cannot_be_inverted_are_refused(values):
    with pytest.raises(ConfigError, match=r"cannot be inverted; choose an even difference"):
        parse_config(MelCodecConfig, values, where="Options of codec 'mel'")
