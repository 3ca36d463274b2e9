"""Which metrics are measured during training; torch-free, so that a recipe can name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from .config import Config


class MetricUseConfig(Config):
    """A metric with its options; a bare name stands for one without."""

    name: str = Field(min_length=1, description="A registered metric.")
    options: dict[str, Any] = Field(
        default_factory=dict, description="The metric's own options, its embedder's among them."
    )
    label: str | None = Field(
        default=None,
        min_length=1,
        description="What its values are called; left out: the metric's name. Two entries of one "
        "metric need labels that differ.",
    )

    @property
    def shown(self) -> str:
        """Return what its values are called."""
        return self.label or self.name

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if not isinstance(value, dict | MetricUseConfig):
            raise ValueError("expected a metric's name, or {name: NAME, options: {KEY: VALUE}}")
        return value

    @model_serializer(mode="wrap")
    def _as_written(self, whole: SerializerFunctionWrapHandler) -> Any:
        return whole(self) if self.options or self.label else self.name


def check_labels(uses: Sequence[MetricUseConfig]) -> None:
    """Refuse two entries whose values would bear one name.

    Raises:
        ValueError: names the first.
    """
    seen: set[str] = set()
    for use in uses:
        if use.shown in seen:
            raise ValueError(
                f"two entries are called '{use.shown}'; expected each once. Give one of them "
                "another label: {name: "
                f"{use.name}, label: NAME, options: …}}"
            )
        seen.add(use.shown)
