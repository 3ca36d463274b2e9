"""Golden cases of waveforms: log-spectral distances, and what tools do to a file they load."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch

from ...core.media.waveform import Waveform
from ...core.metric import Measured
from ..embedders.loading import load
from ..metrics.config import LsdConfig
from ..metrics.lsd import Lsd
from .cases import Case, Tolerance
from .comparison import Comparison

RATE_HZ = 16000
"""Of the clips whose length is stored."""

OURS: dict[str, Mapping[str, Any]] = {
    "recommended lsd.v1": {},
    "lsd.v1 natural log": {"unit": "natural"},
    "lsd.v1 decibel": {"unit": "decibel"},
}
FLOOR = re.compile(r"lsd\.v1 floor (-[\d.]+) dBFS")
TOOLS: dict[str, Mapping[str, Any]] = {
    "ssr_eval": {"definition": "ssr_eval"},
    "audiosr_demo_formula": {"definition": "audiosr"},
    "urgent2024": {"definition": "urgent2024"},
    "audioldm_eval_wrapper": {"definition": "audioldm_eval"},
}


def check_lsd(case: Case, comparison: Comparison) -> None:
    """Compare ours with its floors and units, and the definitions of other tools."""
    rate = int(case.input("sample_rate"))
    estimate, target = (torch.from_numpy(case.array(name)) for name in ("estimate", "target"))
    clip = Measured(
        generated=Waveform(torch.atleast_2d(estimate), rate),
        reference=Waveform(torch.atleast_2d(target), rate),
    )
    exact = case.tolerance("recommended", default=Tolerance(1e-9, 1e-12))
    peers = case.tolerance("peers", default=Tolerance(1e-4, 1e-6))
    floors = {
        found.group(): {"floor_dbfs": float(found.group(1))}
        for found in map(FLOOR.match, case.outputs)
        if found
    }
    for variants, near in ((OURS | floors, exact), (TOOLS, peers)):
        for name, options in variants.items():
            if case.output_key(name) is not None:
                # the cases were taken at each pair's own rate
                metric = Lsd(LsdConfig(sample_rate_hz=None, **options))
                comparison.near(name, metric.score(clip), near)


def check_loading(case: Case, comparison: Comparison) -> None:
    """Compare what a loaded waveform becomes by the tools' rules, and by ours how long it is."""
    samples = torch.atleast_2d(torch.from_numpy(case.array("waveform")))
    clip = Waveform(samples, int(case.input("sample_rate")))
    near = case.tolerance(default=Tolerance(atol=1e-5))
    for name in case.outputs:
        told = re.match(r"(audioldm_eval|av_bench)_(\d+)k", name)
        if told:
            loaded = load(clip, 1000 * int(told.group(2)), loading=told.group(1))
            comparison.near(name, loaded.samples[0], near)
    comparison.near("correct_unpadded_samples", load(clip, RATE_HZ).samples.shape[-1])
    comparison.omit("tango_fork", "the tool halves the clip")
