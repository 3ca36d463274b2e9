"""What t5 and clap make of a prompt."""

import pytest
import torch
from audio_omni.conditioners.clap.conditioner import ClapConditioner
from audio_omni.conditioners.clap.config import ClapConfig
from audio_omni.conditioners.t5.conditioner import T5Conditioner
from audio_omni.conditioners.t5.config import T5Config
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError
from audio_omni.core.media.video import VideoClip
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import Prompt
from audio_omni.plugins.manager import build_plugin_manager

SMALL = {"width": 32, "layers": 1, "heads": 4}
CAPTIONS = ["a dog barks", "a bell rings twice over rain", "slow and sad music of a flute"]


def t5(**options):
    return T5Conditioner(T5Config(local=SMALL, **options), 16).eval()


def clap(**options):
    return ClapConditioner(ClapConfig(local=SMALL, **options), 16).eval()


def sound(seconds, rate=16000, seed=0):
    samples = torch.randn(2, round(rate * seconds), generator=torch.Generator().manual_seed(seed))
    return Waveform(0.1 * samples, rate)


def encode(conditioner, *prompts):
    return conditioner.encode_frozen([conditioner.prepare(prompt) for prompt in prompts])


def test_both_read_the_slot_of_the_language_model():
    host = build_plugin_manager(entry_points=False)
    for name in ("t5", "clap"):
        spec = host.conditioners.get(name)
        assert (spec.reads, str(spec.injection), spec.frozen) == ("prompt", "context", True)


def test_t5_has_a_state_for_each_token_and_the_end():
    conditioner = t5()
    features = encode(conditioner, *map(Prompt, CAPTIONS))
    assert [len(states) for states in features] == [4, 7, 8]
    assert conditioner(features).mask.sum(dim=1).tolist() == [4, 7, 8]


def test_padding_reaches_no_other_state():
    conditioner = t5()
    together = encode(conditioner, *map(Prompt, CAPTIONS))
    for own, caption in zip(together, CAPTIONS, strict=True):
        torch.testing.assert_close(own, encode(conditioner, Prompt(caption))[0], atol=1e-5, rtol=0)


def test_the_order_of_words_is_told():
    conditioner = t5()
    one, other = encode(conditioner, Prompt("a dog over rain"), Prompt("a rain over dog"))
    assert (one[1] - other[3]).abs().max() > 0.1  # the same word, at another place
    assert (one[1] - other[3]).norm() < (one[1] - other[1]).norm()  # and yet the same word


def test_media_that_are_not_read_are_told_of(tmp_path):
    video = VideoClip(tmp_path / "a.mp4", 1.0, 25.0, 25)
    prompt = Prompt("rain", audio=sound(1), video=video)
    assert t5().conversions(prompt) == (
        "the prompt's audio has no effect: t5 does not read audio",
        "the prompt's video has no effect: t5 does not read video",
    )
    assert clap().conversions(prompt)[-1].startswith("the prompt's video has no effect: clap")
    assert t5().conversions(Prompt("rain")) == ()


def test_clap_pools_a_text_or_keeps_its_tokens():
    pooled = encode(clap(), *map(Prompt, CAPTIONS))
    assert [tuple(item["text"].shape) for item in pooled] == [(1, 32)] * 3
    assert all(abs(float(item["text"].norm()) - 1) < 1e-5 for item in pooled)
    conditioner = clap(tokens="sequence")
    sequence = encode(conditioner, *map(Prompt, CAPTIONS))
    assert [len(item["text"]) for item in sequence] == [5, 8, 9]
    assert conditioner(sequence).tokens.shape == (3, 9, 16)


def test_clap_adds_a_token_for_audio():
    conditioner = clap()
    words, both = encode(conditioner, Prompt("rain"), Prompt("rain", audio=sound(1)))
    condition = conditioner([words, both, None])
    assert condition.mask.sum(dim=1).tolist() == [1, 2, 1]
    torch.testing.assert_close(condition.tokens[0, 0], condition.tokens[1, 0])
    assert (condition.tokens[1, 1] - condition.tokens[1, 0]).norm() > 0.1


@pytest.mark.parametrize(
    ("seconds", "notes"),
    [
        (3.0, ["heard 3 times in a row", "padded"]),
        (10.0, []),
        (10.5, ["cropped 10.500 s to 0.000 … 10.000 s"]),
        (7.0, ["padded"]),
    ],
)
def test_clips_are_brought_to_ten_seconds_and_it_is_told(seconds, notes):
    prompt = Prompt("rain", audio=sound(seconds))
    told = clap().conversions(prompt)
    assert "2 → 1" in told[0]
    assert "16000 → 48000 Hz" in told[1]
    assert len(told) == 2 + len(notes)
    assert all(note in line for note, line in zip(notes, told[2:], strict=True))
    assert clap().prepare(prompt)["audio"].shape == (1, 1001, 64)


def test_hearing_draws_nothing_and_takes_the_beginning():
    long = sound(12.0)
    start = Waveform(long.samples[:, : 16000 * 11], 16000)
    conditioner = clap()
    heard = [conditioner.prepare(Prompt("x", audio=clip))["audio"] for clip in (long, long, start)]
    assert torch.equal(heard[0], heard[1])
    torch.testing.assert_close(heard[0][:, :900], heard[2][:, :900], atol=1e-3, rtol=0)


def test_a_network_that_fuses_random_crops_is_refused(tmp_path):
    pretrained = clap().pretrained
    sizes = copy_of(pretrained.config)
    sizes.audio_config.enable_fusion = True
    sizes.audio_config.fusion_type = "aff_2d"
    with torch.random.fork_rng(devices=[]):
        type(pretrained.network)(sizes).save_pretrained(tmp_path)
    pretrained.tokenizer.save_pretrained(tmp_path)
    pretrained.extractor.save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match=r"fuses crops .* drawn at random.*htsat-unfused"):
        ClapConditioner(ClapConfig(model=str(tmp_path)), 16)


def copy_of(config):
    return type(config).from_dict(config.to_dict())


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (T5Config, {"local": {"width": 30}}, "width 30 is no multiple of heads 4"),
        (ClapConfig, {"local": {"width": 33, "heads": 3}}, "expected even ones"),
        (ClapConfig, {"local": {}, "tokens": "all"}, "tokens"),
        (T5Config, {"local": {}, "depth": 3}, "depth"),
    ],
)
def test_bad_options(model, options, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(model, options, where="Conditioner")
