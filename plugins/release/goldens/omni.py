"""Kinds ``omni`` and ``thinker``: what a language model makes of a prompt.

Shapes: B batch, n positions, T most tokens, W width of the language model, D of the condition.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ....core.conditioning import Condition
from .comparison import Comparison
from .files import Golden
from .parts import module_beside
from .subject import Subject
from .weights import load_strictly

NAME = "mllm_window"
PREFIX = "conditioner.conditioners.omni_prompt."
THINKER_PREFIX = f"{PREFIX}model.thinker."
PROJECTION = "proj_features."
PENULTIMATE = -2
KERNEL_VALUES = 32
"""What torch's kernel reads at a time where the goldens were made: two vectors of 256 bits."""

TABLE = "positional_embedding"
"""A constant of the thinker's ear that transformers stores now, and did not when it published."""


class Window:
    """What follows the language model, with the weights of a golden file."""

    def __init__(self, golden: Golden, subject: Subject, hidden: int, width: int, tokens: int):
        """Take the projection's weights from ``golden``; ``tokens`` is T."""
        self.tokens = tokens
        self.rules: ModuleType = module_beside(subject.catalog.conditioners, NAME, "window_tokens")
        self.project = nn.Linear(hidden, width).eval()
        load_strictly(
            self.project,
            golden.weights(PREFIX + PROJECTION),
            f"{golden.name}.safetensors, w/{PREFIX}{PROJECTION}*",
        )

    def read(self, states: Tensor, mask: Tensor | None) -> Condition:
        """Return the condition (B, longest, D) of hidden states (B, n, W)."""
        real = self.rules.real_states(states, mask)
        features = [
            self.rules.window_features(
                item,
                self.tokens,
                inverse_root=kernel_root(row * self.tokens, len(real) * self.tokens),
            )
            for row, item in enumerate(real)
        ]
        return self.rules.project_window(self.project, features)

    def recall(self, features: list[Tensor]) -> Condition:
        """Return the condition of features that were saved before."""
        cut = [self.rules.precomputed_features(item, self.tokens) for item in features]
        return self.rules.project_window(self.project, cut)

    def padded(self, condition: Condition) -> Condition:
        """Return all T tokens, as the release's attention is given them."""
        return self.rules.padded_window(self.project, condition, self.tokens)


def kernel_root(first: int, count: int) -> Callable[[Tensor], Tensor]:
    """Return 1 / √ as torch's bfloat16 kernel gives it, from one place in memory on.

    The kernel rounds the result once, but in what remains behind the last whole vectors the root
    as well. The release normalises a padded batch, so in a small golden the place of a token
    decides. At the release's size nothing remains, so one rounding is right, which is our rule.

    Args:
        first: place of a prompt's first token in the padded batch.
        count: tokens of the padded batch, B · T.
    """
    whole = count - count % KERNEL_VALUES

    def inverse_root(mean_squares: Tensor) -> Tensor:
        once = torch.rsqrt(mean_squares)
        twice = 1 / mean_squares.sqrt().bfloat16().float()
        places = first + torch.arange(len(mean_squares))[:, None]
        return torch.where(places < whole, once, twice)

    return inverse_root


def check_omni(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare tokens and masks of states too long, too short and just right."""
    sizes = (golden.setting("hidden"), golden.setting("out_dim"), golden.setting("pad_length"))
    window = Window(golden, subject, *sizes)
    states = golden.input("common", "hidden_states")
    mask = golden.input("common", "attention_mask")
    real = [row[chosen] for row, chosen in zip(states, mask.bool(), strict=True)]
    conditions = {
        "fp32_states": window.read(states, mask),
        "bf16_states": window.read(states.bfloat16(), mask),
        "mask_short": window.read(states, mask[:, :-2]),
        "mask_long": window.read(states, functional.pad(mask, (0, 3), value=1)),
        "no_mask": window.read(states[:, : window.tokens - 1], None),
        "precomputed": window.recall(list(states)),
        "precomputed_real": window.recall([item[None] for item in real]),
    }
    for name, condition in conditions.items():
        if golden.output_names(name):
            padded = window.padded(condition)
            comparison.case(name, {"embed": padded.tokens, "mask": padded.mask})


def check_thinker(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare the last but one hidden state where the attention mask is 1."""
    thinker = _thinker(golden, subject)
    for name in golden.input_cases():
        inputs = golden.inputs(name)
        states = thinker.hidden_states(inputs, PENULTIMATE)
        valid = inputs["attention_mask"].bool()
        comparison.case(name, {"hidden_m2": states}, valid=valid)


def _thinker(golden: Golden, subject: Subject) -> Any:
    """Return a thinker of the file's config, its weights renamed from the published names."""
    lookup = subject.catalog.conditioners
    loading = module_beside(lookup, NAME, "loading")
    with torch.random.fork_rng(devices=[]):
        # Only the conditioner may import transformers, so its own classes are asked for.
        config = loading.config_class()(**golden.setting("thinker_config"))
        model = loading.model_class()(config).float()
    weights = golden.weights(THINKER_PREFIX)
    expected = model.state_dict()
    names = module_beside(lookup, NAME, "weights").todays_names(list(weights), list(expected))
    found = {names[name]: tensor for name, tensor in weights.items()}
    tables = {name: tensor for name, tensor in expected.items() if TABLE in name}
    load_strictly(model, {**tables, **found}, f"{golden.name}.safetensors, w/{THINKER_PREFIX}*")
    module = module_beside(lookup, NAME, "thinker")
    return module.Thinker(module.freeze(model), None)
