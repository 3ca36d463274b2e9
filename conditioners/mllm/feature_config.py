"""What is taken of the language model's hidden states."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ...core.config import Config

FeatureSource = Literal["last", "penultimate", "query", "metaquery"]
LAST, PENULTIMATE = -1, -2
QUERIES = 32


class FeatureConfig(Config):
    """Every token's hidden state, or what a fixed number of learned tokens make of them.

    Source: Audio-Omni, section 5.4 and Table 7.
    """

    features: FeatureSource | None = Field(
        default=None,
        description="What the transformer reads of a prompt. `last` and `penultimate`: that hidden "
        "state of every token. `query`: learned tokens that attend to the hidden states. "
        "`metaquery`: the hidden states of learned tokens behind the prompt; the language model "
        "then runs in every step. Left out: the hidden states that `layer` numbers.",
    )
    layer: int | None = Field(
        default=None,
        description="Hidden state to take: 0 is the embedding, -1 the last, -2 the penultimate, "
        "which is taken if nothing else is said.",
    )
    queries: int = Field(
        default=QUERIES, gt=0, description="Learned tokens of `query` and `metaquery`."
    )
    query_heads: int = Field(
        default=8,
        gt=0,
        description="Attention heads of `query`; must divide the language model's width.",
    )

    whiten: bool = Field(
        default=False,
        description="Decorrelate the hidden states and bring them to one scale, by what is "
        "measured on the first rows of a training. Those of a small language model lie along a "
        "few directions, and what tells prompts apart is learned late from the others.",
    )

    @property
    def hidden_state(self) -> int:
        """Return the number of the hidden state to take; negative ones count from the last."""
        if self.layer is not None:
            return self.layer
        return LAST if self.features == "last" else PENULTIMATE

    @property
    def is_every_token(self) -> bool:
        """Return whether the tokens are the prompt's own, not learned ones."""
        return self.features not in {"query", "metaquery"}

    @model_validator(mode="after")
    def _named_layer_is_the_numbered_one(self) -> FeatureConfig:
        named = {"last": LAST, "penultimate": PENULTIMATE}.get(self.features or "")
        if named is not None and self.layer not in {None, named}:
            raise ValueError(
                f"got features '{self.features}', which is layer {named}, and layer {self.layer}; "
                "expected one of the two"
            )
        return self

    @model_validator(mode="after")
    def _whitened_states_are_the_prompts(self) -> FeatureConfig:
        if self.whiten and not self.is_every_token:
            raise ValueError(
                f"got whiten, and features '{self.features}'; expected features that are every "
                "token's with it. Set whiten to false, or choose other features"
            )
        return self

    @model_validator(mode="after")
    def _queries_are_asked_for(self) -> FeatureConfig:
        if self.is_every_token and self.queries != QUERIES:
            raise ValueError(
                f"got {self.queries} queries, and features that are every token's; expected "
                "features 'query' or 'metaquery' with them"
            )
        return self
