"""The card of a data set that is passed on: what is in it, and how every number was chosen.

The paper leaves open which thresholds, checkpoints, levels and wordings it used. Whatever is ours
is therefore told here, as it was configured and as records say that it was done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from ..config import AudioEditConfig
from ..licences import split_licences
from ..records import EditRecord
from .card_choices import chosen
from .credits import licence_counts

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
MORE = "1M<n<10M"


def card_text(
    config: AudioEditConfig,
    records: Sequence[EditRecord],
    funnel: Sequence[Mapping[str, Any]],
    *,
    leak: Mapping[str, Any] | None = None,
    told: Mapping[str, Any] | None = None,
) -> str:
    """Return the card as Markdown with the head that hubs of data sets read.

    Args:
        config: of the data set.
        records: pairs that are passed on.
        funnel: lines of stages, as the report has them.
        leak: what ``reports/leak.json`` holds, if recordings were compared.
        told: what ``reports/funnel.json`` holds, if the report was written.
    """
    parts = [
        _head(config, records),
        f"# {config.dataset} {config.version}",
        _lead(config, records),
        _loading(records),
        "## Pairs\n\n" + _pairs(records),
        "## Funnel\n\n" + _funnel(funnel),
        "## How they were made\n\n" + "\n".join(f"- {line}" for line in chosen(config)),
        "## Tools\n\n" + _tools(records),
        "## Licences\n\n" + _licences(records),
        "## Splits\n\n" + _splits(records, leak),
        *([f"## Controls\n\n{controls}"] if (controls := _controls(told, len(records))) else []),
    ]
    return "\n\n".join(parts) + "\n"


def _head(config: AudioEditConfig, records: Sequence[EditRecord]) -> str:
    """Return the YAML between three dashes; the files of splits stand in it."""
    licences = {name for r in records for name in split_licences(r.licence.effective)}
    size = next((name for most, name in SIZES if len(records) < most), MORE)
    facts = {
        "pretty_name": f"{config.dataset} {config.version}",
        "license": sorted(name.lower() for name in licences),
        "language": sorted({r.instruction.lang for r in records}),
        "task_categories": ["audio-to-audio"],
        "tags": ["audio", "audio-editing", "instruction-following"],
        "size_categories": [size],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": f"{split}-*.parquet"}
                    for split in sorted({r.split for r in records})
                ],
            }
        ],
    }
    return f"---\n{yaml.safe_dump(facts, sort_keys=False)}---"


def _lead(config: AudioEditConfig, records: Sequence[EditRecord]) -> str:
    hours = sum(record.duration_s for record in records) / 3600
    verified = sum(record.quality.verified for record in records)
    return (
        f"{len(records):,} pairs for editing sound by instruction ({hours:.2f} h of targets): a "
        "source, a target, the instruction that leads from one to the other, descriptions of both, "
        "where they differ, and where every recording is from.\n"
        f"{config.sample_rate_hz} Hz, {config.bits} bit FLAC, clips of {config.clip_seconds:g} s. "
        f"{verified:,} pairs were read back and proven to differ exactly as their record says."
    )


def _loading(records: Sequence[EditRecord]) -> str:
    split = sorted({record.split for record in records})[0]
    return (
        "```python\nfrom datasets import load_dataset\n\n"
        f'pairs = load_dataset("FOLDER", split="{split}")  # source and target are FLAC bytes\n```'
        "\n\nThe column `record` is JSON: the whole record of a pair (schema version 1)."
    )


def _pairs(records: Sequence[EditRecord]) -> str:
    splits = sorted({r.split for r in records})
    counts = Counter((r.branch, r.task, r.split) for r in records)
    kinds = sorted({(branch, task) for branch, task, _ in counts})
    rows = [[b, t, *(f"{counts[b, t, split]:,}" for split in splits)] for b, t in kinds]
    return _table(["branch", "edit", *splits], rows)


def _funnel(lines: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [line["stage"], f"{line['in']:,}", f"{line['kept']:,}",
         ", ".join(f"{reason} {n:,}" for reason, n in line["rejected"].items()) or "–",
         f"{line['failed']:,}"]
        for line in lines
    ]  # fmt: skip
    return _table(["stage", "in", "kept", "rejected", "failed"], rows)


def _tools(records: Sequence[EditRecord]) -> str:
    used = Counter(tool for record in records for tool in record.provenance.tools)
    rows = [
        [t.stage, t.name, t.version, (t.weights_sha256 or "–")[:12], f"{n:,}"]
        for t, n in sorted(used.items(), key=lambda one: (one[0].stage, one[0].name, -one[1]))
    ]
    return _table(["stage", "tool", "version", "weights (SHA-256)", "pairs"], rows)


def _licences(records: Sequence[EditRecord]) -> str:
    rows = [
        [name, "yes" if commercial else "no", notes or "–", f"{number:,}"]
        for name, commercial, notes, number in licence_counts(records)
    ]
    return (
        "A pair may be used for no more than all of its recordings allow. Whom to credit stands in "
        "the column `attribution`.\n\n"
        + _table(["licences", "commercial use", "mind", "pairs"], rows)
    )


def _splits(records: Sequence[EditRecord], leak: Mapping[str, Any] | None) -> str:
    groups = {group for record in records for group in record.groups}
    said = f"{len(groups):,} groups of recordings, none of them in two splits."
    if leak is None:
        return f"{said} Recordings were not compared by ear."
    return (
        f"{said} {leak['compared']:,} recordings were compared by fingerprint: "
        f"{len(leak['dropped']):,} were dropped from the training side, {leak['remaining']:,} "
        "are the same in two splits."
    )


def _controls(told: Mapping[str, Any] | None, pairs: int) -> str:
    """Return what any method must beat, where the report measured these very pairs."""
    if told is None or told.get("pairs") != pairs or not told.get("controls"):
        return ""
    rows = [
        [task, metric, output, f"{number:.3f}"]
        for task, metrics in told["controls"].items()
        for metric, outputs in metrics.items()
        for output, number in outputs.items()
    ]
    said = (
        "What giving the source back and silence score: any method must beat them. LSD is lsd.v1 "
        "with a floor of −100 dBFS; the paper's definition is not known."
    )
    return f"{said}\n\n{_table(['edit', 'metric', 'output', 'value'], rows)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
