"""Which frozen network a metric listens with; torch-free, so that options can name one."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .config import Config


class EmbedderUse(Config):
    """A registered embedder with its options, as in a recipe."""

    name: str = Field(min_length=1, description="A registered embedder.")
    options: dict[str, Any] = Field(
        default_factory=dict, description="The embedder's own options, for example its weights."
    )
