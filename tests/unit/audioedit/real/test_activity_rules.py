"""Each rule of the activity filter, at its border."""

import numpy as np
import pytest
from audio_omni.plugins.audioedit.real.activity import fault_of, measures, overlap, total
from audio_omni.plugins.audioedit.real.config import ActivityRules
from audio_omni.plugins.audioedit.real.tracks import Tracks

GOOD = {
    "target_dbfs": -20.0,
    "target_seconds": 2.0,
    "target_share": 0.2,
    "residual_dbfs": -30.0,
    "residual_share": 0.9,
    "over_residual_lu": 5.0,
}


@pytest.mark.parametrize(
    ("name", "just", "too_far", "reason"),
    [
        ("target_dbfs", -50.0, -50.1, "target_silent"),
        ("target_seconds", 0.5, 0.49, "target_too_short"),
        ("target_share", 0.05, 0.049, "target_too_short"),
        ("residual_dbfs", -55.0, -55.1, "residual_silent"),
        ("residual_share", 0.1, 0.09, "residual_silent"),
        ("over_residual_lu", -20.0, -20.1, "too_faint"),
        ("over_residual_lu", 25.0, 25.1, "too_dominant"),
        ("overlap", 0.2, 0.19, "wrong_place"),
    ],
)
def test_each_rule_has_its_border_and_its_reason(name, just, too_far, reason):
    assert fault_of({**GOOD, name: just}, ActivityRules()) is None
    assert fault_of({**GOOD, name: too_far}, ActivityRules()) == reason


def test_what_is_measured():
    rate = 16000
    rng = np.random.default_rng(0)
    target = np.zeros(4 * rate, np.float32)
    target[rate : 2 * rate] = 0.1 * rng.standard_normal(rate)
    residual = (0.01 * rng.standard_normal(4 * rate)).astype(np.float32)
    found = measures(
        Tracks(target + residual, target, residual), ((1.0, 2.0),), ((0.0, 4.0),), rate
    )
    assert found["target_dbfs"] == pytest.approx(-20, abs=0.5)
    assert found["residual_dbfs"] == pytest.approx(-40, abs=0.5)
    assert found["over_residual_lu"] == pytest.approx(20, abs=2)  # blocks reach over edges
    assert (found["target_seconds"], found["target_share"]) == (1.0, 0.25)
    assert found["residual_share"] == 1.0
    silent = measures(Tracks(residual, 0 * target, residual), (), ((0.0, 4.0),), rate)
    assert fault_of(silent, ActivityRules()) == "target_silent"


def test_overlap_is_intersection_over_union():
    assert overlap(((0, 1), (2, 3)), ((0.5, 2.5),)) == pytest.approx(1 / 3)
    assert overlap(((0, 1),), ((0, 1),)) == 1
    assert overlap(((0, 1),), ((2, 3),)) == 0
    assert overlap((), ()) == 0
    assert total(((0, 1), (2, 2.5))) == 1.5
