"""What decides a number stands beside it: of every network, and of every score."""

import math

import pytest
import torch
from audio_omni import Measured, Waveform, build_metric
from audio_omni.core.embedder import Ear
from audio_omni.core.errors import ConfigError
from audio_omni.evaluation.embedders.clap import ClapEmbedder
from audio_omni.evaluation.embedders.cnn14 import Cnn14
from audio_omni.evaluation.embedders.cnn14_embedder import Cnn14At16k, Cnn14At32k
from audio_omni.evaluation.embedders.cnn14_front_end import FRONT_ENDS, stored_front_end
from audio_omni.evaluation.embedders.config import (
    ClapConfig,
    Cnn14Config,
    EventListenerConfig,
    SpeakerConfig,
    SynchformerConfig,
    VggishConfig,
    WhisperConfig,
)
from audio_omni.evaluation.embedders.event_listener import EventListener
from audio_omni.evaluation.embedders.speaker import WavlmSpeaker
from audio_omni.evaluation.embedders.synchformer.embedder import SynchformerEmbedder
from audio_omni.evaluation.embedders.vggish import Vggish
from audio_omni.evaluation.embedders.vggish_embedder import VggishEmbedder
from audio_omni.evaluation.embedders.whisper import WhisperTranscriber
from audio_omni.evaluation.event_classifier import EventClassifier
from audio_omni.evaluation.metrics.frechet import Fad
from audio_omni.plugins.manager import build_plugin_manager
from tiny_networks import folders
from tiny_synchformer.parts import tiny

REQUIRED = {"embedder", "version", "weights", "options", "sample_rate_hz", "resampler", "mono"}


def noise(seed, seconds=1.5, rate=16000):
    generator = torch.Generator().manual_seed(seed)
    return Waveform(0.1 * torch.randn(1, round(rate * seconds), generator=generator), rate)


def constant(shapes):
    return {name: torch.full(shape, 0.01) for name, shape in shapes.items()}


def clap(folder):
    folders.save_clap(folder)
    return ClapEmbedder(ClapConfig(weights=str(folder), device="cpu"))


def whisper(folder):
    folders.save_whisper(folder)
    return WhisperTranscriber(WhisperConfig(weights=str(folder), device="cpu"))


def wavlm(folder):
    folders.save_wavlm(folder)
    return WavlmSpeaker(SpeakerConfig(weights=str(folder), device="cpu"))


def listener(folder):
    clips = [noise(i, 0.5) for i in range(4)]
    EventClassifier.fit(clips, ["loud", "soft"] * 2, 0).save(folder / "own.safetensors")
    return EventListener(EventListenerConfig(weights=folder / "own.safetensors"))


def cnn14(rate, kind):
    weights = {**constant(Cnn14.shapes()), **stored_front_end(FRONT_ENDS[rate])}
    return kind(Cnn14Config(device="cpu"), network=Cnn14(rate, weights))


def vggish():
    return VggishEmbedder(VggishConfig(device="cpu"), network=Vggish(constant(Vggish.shapes())))


NETWORKS = {
    "clap": clap,
    "whisper": whisper,
    "wavlm_speaker": wavlm,
    "event_listener": listener,
    "cnn14_16k": lambda _: cnn14("16k", Cnn14At16k),
    "cnn14_32k": lambda _: cnn14("32k", Cnn14At32k),
    "vggish": lambda _: vggish(),
    "synchformer": lambda _: SynchformerEmbedder(SynchformerConfig(device="cpu"), network=tiny()),
}


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False)


def test_every_registered_network_is_looked_at(host):
    assert {spec.name for spec in host.embedders} == set(NETWORKS)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_tells_weights_rate_resampler_and_mono_rule(name, tmp_path):
    facts = NETWORKS[name](tmp_path).fingerprint()
    assert set(facts) >= REQUIRED
    assert facts["embedder"] == name
    assert facts["sample_rate_hz"] in {16000, 32000, 48000}
    assert all(facts[key] for key in REQUIRED - {"options"})


def test_a_score_by_random_weights_does_not_stand_beside_a_real_one():
    fad = Fad(ear=Ear(vggish()))
    for i in range(3):
        fad.update(Measured(noise(i), noise(10 + i), id=f"row {i}"))
    result = fad.compute()
    assert result.fingerprint["embedder"]["weights"].startswith("random")
    real = {**result.fingerprint["embedder"], "weights": "0a1b2c"}
    published = result.model_copy(update={"fingerprint": {**result.fingerprint, "embedder": real}})
    with pytest.raises(ConfigError, match=r"embedder.weights: 'random \w+' against '0a1b2c'$"):
        result.compare(published)


def test_the_distances_of_sets_are_taken_on_clap_too(host, tmp_path):
    folders.save_clap(tmp_path)
    on_clap = {"name": "clap", "options": {"weights": str(tmp_path), "device": "cpu"}}
    for name in ("fad", "frechet_distance", "kad"):
        metric = build_metric(name, host, {"embedder": on_clap})
        for i in range(4):
            metric.update(Measured(noise(i, 0.5, 48000), noise(20 + i, 0.5, 48000), id=str(i)))
        result = metric.compute()
        assert result.fingerprint["embedder"]["embedder"] == "clap"
        assert result.details["generated_vectors"] == 4
        assert math.isfinite(result.value)
