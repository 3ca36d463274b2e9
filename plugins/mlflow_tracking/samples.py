"""Samples of a step: files in the run's folder, and what is recorded of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from ...core.events import Sample, SamplesReady
from .naming import allowed_name, file_name
from .operations import now_ms
from .pictures import sample_stem, write_sample
from .spool import Operation


def sample_operations(event: SamplesReady, run_dir: Path) -> list[Operation]:
    """Write clips and pictures; return what records them, and a table of which is what."""
    operations: list[Operation] = []
    rows: list[dict[str, Any]] = []
    numbers: Counter[str] = Counter()
    base = f"samples/step_{event.step:08d}"
    for sample in event.samples:
        numbers[sample.task] += 1
        place = f"{base}/{file_name(sample.task)}"
        clips, picture = write_sample(sample, run_dir / place, numbers[sample.task])
        for path in [*clips.values(), picture]:
            operations.append({"op": "artifact", "path": str(path), "folder": place})
        operations.append(_image(sample, picture, event.step))
        said = {"task": sample.task, "name": sample.name, "seed": sample.seed}
        files = {role: f"{place}/{path.name}" for role, path in clips.items()}
        rows.append({**said, "caption": sample.caption, "files": files})
    if rows:
        table = {"op": "dict", "values": {"samples": rows}, "file": f"{base}/samples.json"}
        operations.append(table)
    return operations


def _image(sample: Sample, picture: Path, step: int) -> Operation:
    """Return what shows a picture with a slider over the steps."""
    key = allowed_name(f"spectrogram/{sample.task}/{sample_stem(sample)}").replace(":", "_")
    return {"op": "image", "path": str(picture), "key": key, "step": step, "at_ms": now_ms()}
