"""Kind ``sampler``: whole integrations from given noise. Shapes: B batch, C channels, T frames."""

from __future__ import annotations

import torch

from ....core.conditioning import Conditioning
from ....core.flow.guidance import GuidedVelocity
from ....core.flow.rectified_flow import interpolate
from ....core.flow.solvers import time_grid
from .comparison import Comparison
from .dit import PREFIX, build_dit
from .files import Golden
from .subject import Subject
from .weights import load_stored

GRID_TOLERANCE = 1e-6


def check_sampler(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare the latents of every case, and the times of its steps."""
    dit = build_dit(golden.setting("diffusion_config"))
    load_stored(dit, golden, PREFIX)
    inputs = golden.inputs("common")
    conditioning = Conditioning(
        context=inputs["cross_attn_cond"],
        context_mask=inputs["cross_attn_mask"].bool(),
        prefix=inputs["global_cond"],
    )
    euler = subject.catalog.solvers.load("euler")()
    for name, case in golden.setting("cases").items():
        # The release's web page sends 500 or 1000 for "all noise".
        t_max = min(float(case.get("sigma_max", 1.0)), 1.0)
        start = inputs["noise"]
        if case.get("init"):
            start = interpolate(inputs["init_data"], start, torch.full((len(start),), t_max))
        velocity = GuidedVelocity(dit, conditioning, case["cfg_scale"])
        latents = euler.integrate(velocity, start, case["steps"], t_max=t_max)
        comparison.case(
            name,
            {"latents": latents, "time_grid": time_grid(case["steps"], t_max)},
            tolerances={"time_grid": GRID_TOLERANCE},
        )
