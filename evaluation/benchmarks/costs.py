"""What making each clip took: seconds, and how often the network saw it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...core.result import Result

COSTS = "costs.jsonl"


def keep_cost(folder: Path, row: str, seconds: float, result: Result) -> None:
    """Write down what a clip took.

    Args:
        folder: of the clips.
        row: id of the row.
        seconds: wall clock of its batch, shared out evenly.
        result: says how often the network was called, where an editor counted.
    """
    editing = result.provenance.get("editing") or {}
    line = {"id": row, "seconds": seconds, "network_calls": editing.get("network_calls")}
    with (folder / COSTS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def read_costs(folder: Path) -> dict[str, Any]:
    """Return seconds and network calls per clip, as means; nothing where none were kept."""
    path = folder / COSTS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    last = {line["id"]: line for line in map(_read, lines) if line}  # made again counts once
    if not last:
        return {}
    calls = [line["network_calls"] for line in last.values() if line["network_calls"] is not None]
    return {
        "clips": len(last),
        "seconds_per_clip": sum(line["seconds"] for line in last.values()) / len(last),
        "network_calls": sum(calls) / len(calls) if calls else None,
    }


def _read(text: str) -> dict[str, Any] | None:
    """Return a line's values; `None` of one that a killed run has left half-written."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
