"""What the numbers of a plan rest on, in words."""

from __future__ import annotations

from ..models.encoding import TOGETHER
from .options import PlanOptions
from .subject import Subject
from .workload import Workload


def assumptions_of(subject: Subject, options: PlanOptions, workload: Workload) -> list[str]:
    """Return the assumptions of a plan, each one sentence or two."""
    mixture = subject.recipe.mixture
    said = [
        "Every clip has full length; a pass is padded to its longest prompt.",
        f"A prompt's text has {options.prompt_tokens} tokens (--prompt-tokens).",
        f"{options.reserve:.0%} of a GPU's memory is left for the driver, communication and "
        "fragmentation (--reserve).",
        "The operations and activations of conditioners' own trained layers are left out.",
    ]
    if options.examples_per_second is None:
        said.append(
            f"A GPU does {options.peak_tflops:g} · 10^12 operations per second at most "
            f"(--peak-tflops) and reaches {options.utilisation:.0%} of it (--utilisation)."
        )
    if options.features == "computed":
        said.append(
            f"A GPU encodes its part of a batch {TOGETHER} clips at a time; what language model "
            "and video networks need beside their weights is not counted."
        )
    if options.sharding == "full" or options.checkpointing:
        said.append(
            "Sharding and checkpointing are counted as PyTorch does them (FSDP2 by block, one "
            "block computed anew at a time)."
        )
    if any(count is None for count in subject.rows):
        weights = "by weights alone" if mixture.temperature else "by weights"
        said.append(f"Not all sources are here, so shares are {weights}.")
    if any(use.fade for use in mixture.sources):
        said.append("Shares are those without `fade`.")
    if workload.unknown:
        said.append(
            f"Conditioners that do not say what they cost count as one token and nothing else: "
            f"{', '.join(workload.unknown)}."
        )
    if subject.codec is None:
        said.append("The codec's encoder cannot be counted without running it, and is left out.")
    return said
