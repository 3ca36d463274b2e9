import math

import pytest
import torch
from audio_omni.evaluation.embedders.kaiser_resampling import BLOCK, resample_kaiser_best


@pytest.mark.parametrize(("rate", "wanted"), [(22050, 16000), (44100, 16000), (8000, 16000)])
def test_a_tone_below_both_limits_stays_itself(rate, wanted):
    def tone(hz):
        return torch.sin(2 * math.pi * 440.0 * torch.arange(hz // 2, dtype=torch.float64) / hz)

    found = resample_kaiser_best(tone(rate), rate, wanted)
    assert found.shape == (wanted // 2,)
    inside = slice(wanted // 20, -wanted // 20)
    torch.testing.assert_close(found[inside], tone(wanted)[inside], atol=2e-3, rtol=0)


def test_what_lies_above_the_lower_limit_is_gone():
    high = torch.sin(2 * math.pi * 10_000.0 * torch.arange(22050, dtype=torch.float64) / 22050)
    found = resample_kaiser_best(high, 22050, 16000)
    assert float(found[1000:-1000].abs().max()) < 1e-3


def test_blocks_leave_no_seam():
    assert resample_kaiser_best(torch.zeros(0), 22050, 16000).shape == (0,)
    flat = resample_kaiser_best(torch.ones(3 * BLOCK), 22050, 16000)[200:-200]
    torch.testing.assert_close(flat, torch.ones_like(flat), atol=1e-3, rtol=0)
