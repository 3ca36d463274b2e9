"""What became of every recording, and what the pairs are made of: numbers, and a short text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..blobs import write_whole
from .config import ConversionConfig, VoiceConfig
from .conversion import Planned, can_prompt
from .reasons import REASONS
from .records import VoiceRecord
from .screening import Heard, split_of
from .utterances import Read, Rejection

REPORT, REJECTED, TEXT = "report.json", "rejected.jsonl", "report.txt"
SNR_EDGES = (20, 25, 30, 35, 40, 50, 60)


@dataclass(frozen=True)
class Accounts:
    """All that a report is made of.

    Attributes:
        task: what the pairs test.
        config: what decided them.
        read: the manifest.
        heard: recordings that are fit.
        rejected: everything else, those of the manifest and of planning included.
        planned: pairs, and how many of each kind.
        records: what was written.
    """

    task: str
    config: VoiceConfig
    read: Read
    heard: Sequence[Heard]
    rejected: Sequence[Rejection]
    planned: Planned
    records: Sequence[VoiceRecord]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        kinds = self.planned.made
        return {
            "task": self.task,
            "recordings": {
                "lines": self.read.lines,
                "fit": len(self.heard),
                "rejected": dict(sorted(Counter(r.reason for r in self.rejected).items())),
                "used": len({i.item for r in self.records for i in r.ingredients()}),
                **self._prompts(),
            },
            "pairs": {
                "made": len(self.records),
                "asked": self.config.pairs,
                "short": max(0, (self.config.pairs or 0) - len(self.records)),
                "kinds": dict(kinds),
                "unbalanced_by": max(kinds.values(), default=0) - min(kinds.values(), default=0),
                **self._references(),
            },
            "speakers": self._speakers(),
            "speakers_by_split": self._splits(),
            "sexes": _counts(one.told.sex or "not told" for one in self.heard),
            "languages": _counts(one.told.language or "not told" for one in self.heard),
            "hours": round(sum(one.seconds for one in self.heard) / 3600, 4),
            "seconds": _spread([one.seconds for one in self.heard]),
            "snr_db": {
                **_spread([one.snr_db for one in self.heard]),
                "histogram": histogram([one.snr_db for one in self.heard]),
            },
            "licences": _counts(record.licence.effective for record in self.records),
            "seed": self.config.seed,
        }

    def text(self) -> str:
        """Return the same in a few lines."""
        told = self.to_dict()
        recordings, pairs = told["recordings"], told["pairs"]
        lines = [
            f"{recordings['lines']} lines, {recordings['fit']} recordings fit "
            f"({told['hours']:.2f} h, {len(told['speakers'])} speakers)",
            "speakers told of, by split: "
            + ", ".join(f"{split} {n}" for split, n in told["speakers_by_split"].items()),
            *(
                f"  rejected {count:5d}  {reason}: {REASONS.get(reason, reason)}"
                for reason, count in recordings["rejected"].items()
            ),
            f"{pairs['made']} pairs: "
            + ", ".join(f"{kind} {count}" for kind, count in pairs["kinds"].items()),
        ]
        if pairs["short"]:
            lines.append(f"  {pairs['short']} fewer than the {pairs['asked']} asked for")
        if pairs["unbalanced_by"]:
            lines.append(f"  the kinds are unbalanced by {pairs['unbalanced_by']} pairs")
        lines += [f"  compared with {k}: {n}" for k, n in pairs.get("references", {}).items()]
        bars = told["snr_db"]["histogram"]
        lines.append("signal to noise: " + ", ".join(f"{k} dB {n}" for k, n in bars.items()))
        return "\n".join(lines)

    def _prompts(self) -> dict[str, int]:
        if not isinstance(self.config, ConversionConfig):
            return {}
        config = self.config
        return {"long_enough_for_a_voice": sum(can_prompt(one, config) for one in self.heard)}

    def _references(self) -> dict[str, Any]:
        kinds = [r.facts["reference_kind"] for r in self.records if "reference_kind" in r.facts]
        return {"references": _counts(kinds)} if kinds else {}

    def _splits(self) -> dict[str, int]:
        """Return how many speakers each split has, of all who may be heard as far as is told."""
        told = {one.speaker: split_of(one, self.config) for one in self.read.utterances}
        return _counts(told.values())

    def _speakers(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        used = Counter(group for record in self.records for group in record.groups)
        for one in self.heard:
            own = found.setdefault(
                one.told.speaker,
                {"split": split_of(one.told, self.config), "recordings": 0,
                 "pairs": used[one.told.speaker]},
            )  # fmt: skip
            own["recordings"] += 1
        return dict(sorted(found.items()))


def write_report(folder: Path, accounts: Accounts) -> None:
    """Write `REPORT`, `TEXT` and, line by line, what was rejected.

    Raises:
        StopRun: if the disk is full.
    """
    text = json.dumps(accounts.to_dict(), ensure_ascii=False, indent=2)
    write_whole(folder / REPORT, f"{text}\n".encode())
    write_whole(folder / TEXT, f"{accounts.text()}\n".encode())
    lines = [
        json.dumps(
            {"id": r.id, "reason": r.reason, **({"detail": r.detail} if r.detail else {})},
            ensure_ascii=False,
        )
        for r in sorted(accounts.rejected, key=lambda r: (r.id, r.reason, r.detail))
    ]
    write_whole(folder / REJECTED, "".join(f"{line}\n" for line in lines).encode())


def histogram(values: Sequence[float]) -> dict[str, int]:
    """Return how many values lie under, between and over `SNR_EDGES`; empty ranges are left out."""
    between = [f"{low} … {high}" for low, high in pairwise(SNR_EDGES)]
    named = [f"under {SNR_EDGES[0]}", *between, f"{SNR_EDGES[-1]} and more"]
    places = Counter(sum(value >= edge for edge in SNR_EDGES) for value in values)
    return {name: places[i] for i, name in enumerate(named) if places[i]}


def _counts(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _spread(values: Sequence[float]) -> Mapping[str, float | None]:
    ordered = sorted(values)
    if not ordered:
        return {"least": None, "median": None, "most": None}
    middle = ordered[len(ordered) // 2]
    return {"least": ordered[0], "median": middle, "most": ordered[-1]}
