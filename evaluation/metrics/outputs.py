"""What a metric takes of an embedding: one of its outputs, finite."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...core.embedder import Embedding
from ...core.embedding_metric import EmbeddingMetric
from ...core.errors import ConfigError, RequestError

Rows = NDArray[np.float64]


def rows_of(metric: EmbeddingMetric, embedding: Embedding | None, row: str) -> Rows:
    """Return the output that a metric's options name, (P, D) float64.

    Args:
        metric: with option ``output``.
        embedding: of a clip or text; `None` gives nothing.
        row: its id, for messages.

    Raises:
        ConfigError: if the embedder gives no such output.
        RequestError: if it is not finite.
    """
    name: str = metric.config.output  # type: ignore[attr-defined]
    value = (embedding or {}).get(name)
    if not isinstance(value, Tensor):
        raise ConfigError(
            f"Metric '{metric.name}' reads output '{name}' of embedder '{metric.embedder.name}', "
            f"which gives {', '.join(embedding or {})}. Set option 'output' to one of them."
        )
    rows: Rows = value.double().numpy()
    if not np.isfinite(rows).all():
        raise RequestError(
            f"Metric '{metric.name}' got an embedding of row '{row}' that is not finite. Its clip "
            "or the weights are broken; listen to it, or leave it out and say so."
        )
    return rows


def vector_of(metric: EmbeddingMetric, embedding: Embedding | None, row: str) -> Rows:
    """Return the one vector (D,) float64 that a metric compares of a clip.

    Raises:
        ConfigError: if the embedder gives no such output, or several vectors of a clip.
        RequestError: if it is not finite.
    """
    rows = rows_of(metric, embedding, row)
    if len(rows) != 1:
        raise ConfigError(
            f"Metric '{metric.name}' compares one vector of a clip, and embedder "
            f"'{metric.embedder.name}' gives {len(rows)} vectors in output "
            f"'{metric.config.output}'. Choose another embedder or output."  # type: ignore[attr-defined]
        )
    vector: Rows = rows[0]
    return vector
