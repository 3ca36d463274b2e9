import pytest
import torch
from audio_omni.core.config import parse_config
from audio_omni.core.errors import CheckpointError, ConfigError, RequestError
from audio_omni.plugins.codecs.config import OobleckConfig
from audio_omni.plugins.codecs.oobleck import OobleckCodec
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

TINY = {"width": 4, "multipliers": (1, 2), "strides": (2, 4), "latent_dim": 3}


def build(**options):
    """A frozen codec whose weights are a function of its options."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return OobleckCodec(OobleckConfig(**TINY | options)).eval().requires_grad_(False)


def noise(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def codec():
    return build()


@pytest.fixture
def weight_file(codec, tmp_path):
    save_file(codec.state_dict(), tmp_path / "codec.safetensors")
    return tmp_path / "codec.safetensors"


STRIDES = st.lists(st.integers(1, 5), min_size=1, max_size=3)


@settings(max_examples=30, deadline=None)
@given(
    strides=STRIDES,
    multipliers=st.lists(st.integers(1, 3), min_size=3, max_size=3),
    channels=st.integers(1, 3),
    samples=st.integers(1, 400),
)
def test_lengths(strides, multipliers, channels, samples):
    codec = build(strides=strides, multipliers=multipliers[: len(strides)], channels=channels)
    latent = codec.encode(noise(2, channels, samples))
    frames = -(-samples // codec.hop)
    assert latent.shape == (2, 3, frames)
    if codec.decoder.length(frames) > 0:  # a stride of 1 costs a step
        assert codec.decode(latent).shape == (2, channels, frames * codec.hop)


@settings(max_examples=40, deadline=None)
@given(strides=STRIDES, frames=st.integers(4, 40), chunk_frames=st.integers(1, 45))
def test_decoding_in_chunks_is_decoding_at_once(strides, frames, chunk_frames):
    codec = build(strides=strides, multipliers=[2] * len(strides))
    latent = noise(2, 3, frames)
    whole = codec.decode(latent)
    torch.testing.assert_close(codec.decode_chunked(latent, chunk_frames), whole)


@settings(max_examples=25, deadline=None)
@given(strides=STRIDES, start=st.floats(0, 1), length=st.integers(1, 9))
def test_a_part_needs_just_the_latents_that_it_depends_on(strides, start, length):
    decoder = build(strides=strides, multipliers=[1] * len(strides)).double().decoder
    latent = noise(1, 3, 40).double().requires_grad_()
    total = decoder.length(40)
    first = int(start * (total - length))
    decoder(latent)[..., first : first + length].square().sum().backward()
    touched = latent.grad.abs().sum(dim=(0, 1)).nonzero()[:, 0]
    needed = decoder.needs((first, first + length))
    assert (int(touched.min()), int(touched.max()) + 1) == (max(needed[0], 0), min(needed[1], 40))


def test_chunks_depend_on_their_neighbours(codec):
    latent = noise(1, 3, 12)
    alone = torch.cat([codec.decode(part) for part in latent.split(4, dim=-1)], dim=-1)
    assert (alone - codec.decode(latent)).abs().max() > 1e-3


def test_what_a_chunk_computes_does_not_grow_with_the_length(codec):
    def longest(frames):
        seen = []
        handles = [
            m.register_forward_hook(lambda _m, _inputs, out: seen.append(out.shape[-1]))
            for m in codec.decoder.modules()
        ]
        codec.decode_chunked(noise(1, 3, frames), 4)
        for handle in handles:
            handle.remove()
        return max(seen)

    assert longest(300) == longest(150) < 150 * codec.hop


def test_options_choose_the_chunks(codec, monkeypatch):
    chunked = build(decode_chunk_frames=5)
    parts = []
    monkeypatch.setattr(
        chunked.decoder, "part", lambda x, part: parts.append(part) or codec.decoder.part(x, part)
    )
    latent = noise(1, 3, 12)
    torch.testing.assert_close(chunked.decode(latent), codec.decode(latent))
    assert parts == [(0, 40), (40, 80), (80, 96)]


def test_latent_is_the_mean_whatever_the_global_seed(codec):
    waveform = noise(2, 2, 64)
    torch.manual_seed(0)
    first = codec.encode(waveform)
    torch.manual_seed(1)
    assert torch.equal(codec.encode(waveform), first)
    assert torch.equal(codec.posterior(waveform)[0], first)


def test_zeros_fill_the_last_hop_of_a_latent_and_a_posterior_drops_it(codec):
    waveform = noise(1, 2, 61)
    filled = torch.cat((waveform, torch.zeros(1, 2, 3)), dim=-1)
    assert torch.equal(codec.encode(waveform), codec.encode(filled))
    assert codec.encode(waveform).shape[-1] == 8
    assert codec.posterior(waveform)[0].shape[-1] == 7


def test_draws_have_the_posteriors_mean_and_deviation(codec):
    mean, std = codec.posterior(noise(1, 2, 64))
    assert (std > 0).all()
    generator = torch.Generator().manual_seed(3)
    draws = torch.stack([codec.sample(mean, std, generator) for _ in range(4000)])
    assert ((draws.mean(0) - mean) / std).abs().max() < 0.06
    torch.testing.assert_close(draws.std(0), std, atol=0, rtol=0.06)


def test_draws_are_the_generators(codec):
    posterior = codec.posterior(noise(1, 2, 64))
    one, same, other = (
        codec.sample(*posterior, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_item_alone_equals_item_in_a_batch(codec):
    latent = noise(3, 3, 9)
    audio = codec.decode(latent)
    for i in range(3):
        torch.testing.assert_close(codec.decode(latent[i : i + 1])[0], audio[i])


def test_numbers_are_those_of_float32_whatever_the_autocast(codec):
    latent, waveform = noise(1, 3, 9), noise(1, 2, 64)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        audio, again = codec.decode(latent), codec.encode(waveform)
    assert torch.equal(audio, codec.decode(latent))
    assert torch.equal(again, codec.encode(waveform))
    assert codec.decode(latent.half()).dtype == torch.float32


@pytest.mark.parametrize("strides", [(2, 4, 4, 8), (3, 5, 2)])
def test_fresh_weights_keep_a_signals_level(strides):
    codec = build(width=32, multipliers=(1, 2, 4, 8)[: len(strides)], strides=strides)
    assert 0.05 < codec.encode(0.1 * noise(1, 2, 20 * codec.hop)).std() < 0.4
    assert 0.3 < codec.decode(noise(1, 3, 20)).std() < 5


def test_gradients_reach_every_weight():
    codec = build().train().requires_grad_(True)
    codec.decode(
        codec.sample(*codec.posterior(noise(2, 2, 64)), torch.Generator())
    ).sum().backward()
    without = [n for n, p in codec.named_parameters() if p.grad is None or not p.grad.any()]
    assert without == []


def test_a_step_of_training_shows_even_between_evaluations(codec):
    trained = build().requires_grad_(True)
    latent = noise(1, 3, 9)
    with torch.no_grad():
        before = trained.decode(latent)
        for parameter in trained.parameters():
            parameter.data.mul_(1.1)  # leaves no trace in the tensor's version
        assert not torch.equal(trained.decode(latent), before)


def test_weights_come_from_a_file_and_nothing_is_drawn(codec, weight_file):
    state = torch.get_rng_state()
    loaded = OobleckCodec(OobleckConfig(**TINY, weights=str(weight_file)))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(loaded.decode(noise(1, 3, 9)), codec.decode(noise(1, 3, 9)))


def test_weights_of_half_precision_become_float32(codec, tmp_path):
    halves = {name: tensor.half() for name, tensor in codec.state_dict().items()}
    save_file(halves, tmp_path / "half.safetensors")
    loaded = OobleckCodec(OobleckConfig(**TINY, weights=str(tmp_path / "half.safetensors")))
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}


def test_weights_that_do_not_fit_are_listed(codec, tmp_path):
    tensors = dict(codec.state_dict())
    tensors["encoder.more"] = tensors.pop("encoder.layers.0.bias")
    tensors["decoder.layers.0.bias"] = torch.zeros(5)
    save_file(tensors, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError) as failure:
        OobleckCodec(OobleckConfig(**TINY, weights=str(tmp_path / "other.safetensors")))
    for part in (
        r"missing: encoder.layers.0.bias; unexpected: encoder.more; ",
        r"other shapes: decoder.layers.0.bias (5,) instead of (8,). Give the codec the options",
    ):
        assert part in str(failure.value)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("absent.safetensors", None, r"there is no file .*; expected a safetensors file"),
        ("model.ckpt", b"\x80\x04", r"is a pickle"),
        ("cut.safetensors", b"\x10\0\0\0\0\0\0\0{", r"cannot be read .*; expected a safetensors"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path, name, content, match):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=match):
        OobleckCodec(OobleckConfig(**TINY, weights=str(tmp_path / name)))


@pytest.mark.parametrize("shape", [(1, 1, 100), (2, 100), (1, 2, 0)])
def test_wrong_waveforms_are_named(codec, shape):
    with pytest.raises(RequestError, match=r"codec 'oobleck' expects \(B, 2, N\) with N ≥ 1"):
        codec.encode(torch.zeros(shape))


def test_a_posterior_needs_a_whole_hop(codec):
    with pytest.raises(RequestError, match=r"\(1, 2, 7\).* with N ≥ 8"):
        codec.posterior(torch.zeros(1, 2, 7))


@pytest.mark.parametrize("shape", [(1, 4, 10), (3, 10), (1, 3, 0)])
def test_wrong_latents_are_named(codec, shape):
    with pytest.raises(RequestError, match=r"codec 'oobleck' expects \(B, 3, T\)"):
        codec.decode(torch.zeros(shape))


def test_chunks_without_frames_are_refused(codec):
    with pytest.raises(RequestError, match=r"Got chunks of 0 frames; expected at least 1"):
        codec.decode_chunked(noise(1, 3, 9), 0)


def test_blocks_need_a_multiplier_and_a_stride_each():
    with pytest.raises(ConfigError, match=r"5 multipliers with 2 strides; give one of each"):
        parse_config(OobleckConfig, {"strides": (2, 4)}, where="Options of codec 'oobleck'")


@pytest.mark.parametrize(
    "values", [{"strides": (0, 2, 2, 2, 2)}, {"multipliers": (), "strides": ()}]
)
def test_sizes_below_one_are_refused(values):
    with pytest.raises(ConfigError, match=r"strides"):
        parse_config(OobleckConfig, values, where="Options of codec 'oobleck'")
