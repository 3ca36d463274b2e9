import math

import pytest
import torch
from audio_omni.core.errors import RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.metrics.config import LsdConfig, LsdInsideConfig
from audio_omni.evaluation.metrics.lsd import Lsd
from audio_omni.evaluation.metrics.lsd_peers import PEERS

RATE = 16_000


def clip(samples: int = 8000, gain: float = 1.0) -> Measured:
    signal = torch.randn(1, samples, generator=torch.Generator().manual_seed(3)) * 0.1
    return Measured(generated=Waveform(signal * gain, RATE), reference=Waveform(signal, RATE))


def lsd(definition: str, **options) -> Lsd:
    return Lsd(LsdConfig(definition=definition, sample_rate_hz=None, **options))


@pytest.mark.parametrize("definition", sorted(set(PEERS) - {"audioldm_eval"}))
def test_a_clip_is_at_no_distance_from_itself(definition):
    assert lsd(definition).score(clip()) == pytest.approx(0.0, abs=1e-4)


def test_the_wrapper_that_drops_samples_is_not_zero_for_equal_clips():
    assert lsd("audioldm_eval").score(clip()) > 0.5


def test_a_gain_is_a_constant_ratio_unless_it_is_undone_first():
    halved = clip(gain=0.5)
    assert lsd("ssr_eval").score(halved) == pytest.approx(math.log10(4), rel=1e-6)
    assert lsd("urgent2024").score(halved) == pytest.approx(0.0, abs=1e-3)


def test_the_result_carries_unit_and_definition():
    metric = lsd("urgent2024")
    metric.update(clip())
    result = metric.compute()
    assert (result.unit, result.fingerprint["definition"]) == ("ln", "urgent2024")
    assert result.fingerprint["transform"] is None


@pytest.mark.parametrize(
    "options", [{"floor_dbfs": -80.0}, {"band_limit_hz": 8000.0}, {"unit": "natural"}]
)
def test_a_definition_brings_its_own_options(options):
    with pytest.raises(ValueError, match=f"has its own {next(iter(options))}"):
        LsdConfig(definition="ssr_eval", **options)


def test_a_definition_measures_whole_clips():
    with pytest.raises(ValueError, match="has its own region"):
        LsdInsideConfig(definition="audiosr")


def test_a_clip_shorter_than_the_dropped_samples_is_refused():
    with pytest.raises(RequestError, match="got 1000 samples; expected more than 1120"):
        lsd("audioldm_eval").score(clip(1000))
