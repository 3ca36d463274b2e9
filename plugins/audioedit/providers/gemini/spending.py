"""What was spent, by all processes together, and the stop before it is more than allowed.

A request first sets aside what it can cost at most. What it did cost takes that place when the
answer is there; what a process that died had set aside stays spent, because it may have been.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .....core.errors import ConfigError
from ...stages.stopping import StopRun
from ..contract import Place, Spent
from .config import GeminiConfig
from .shared_state import read_state, shared_state

STATE, LOG = "spending.json", "usage.jsonl"


@dataclass(frozen=True)
class Usage:
    """Tokens of one request."""

    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def tokens(self) -> int:
        """Return all of them."""
        return self.input_tokens + self.output_tokens


class Spending:
    """Counts tokens and money below a data set's folder."""

    def __init__(
        self, folder: Path, place: Place, config: GeminiConfig, stage: str = "other"
    ) -> None:
        """Keep where to count, what is allowed, the prices, and which stage spends.

        Raises:
            ConfigError: if money is limited and prices are not known.
        """
        self._path, self._log = folder / STATE, folder / LOG
        self._stage = stage
        self._budget_usd, self._budget_tokens = place.budget_usd, place.budget_tokens
        self._prices = (config.usd_per_million_input, config.usd_per_million_output)
        if self._budget_usd is not None and None in self._prices:
            raise ConfigError(
                "limits.budget_usd is set, and what Gemini costs is not: set "
                "usd_per_million_input and usd_per_million_output to the service's current prices "
                "(https://ai.google.dev/gemini-api/docs/pricing), or set limits.budget_tokens."
            )

    def usd(self, usage: Usage) -> float:
        """Return what tokens cost; 0 where prices are not known."""
        price_in, price_out = (price or 0.0 for price in self._prices)
        return (usage.input_tokens * price_in + usage.output_tokens * price_out) / 1e6

    def set_aside(self, most: Usage) -> str:
        """Set aside what a request costs at most, and return the number of that request.

        Raises:
            StopRun: if it could go beyond a budget; nothing was sent.
        """
        number = uuid.uuid4().hex
        with shared_state(self._path) as state:
            aside: dict[str, list[float]] = state.setdefault("aside", {})
            tokens = state.get("tokens", 0) + sum(t for t, _ in aside.values())
            usd = state.get("usd", 0.0) + sum(u for _, u in aside.values())
            self._check(tokens + most.tokens, tokens, self._budget_tokens, "budget_tokens")
            self._check(usd + self.usd(most), usd, self._budget_usd, "budget_usd")
            aside[number] = [most.tokens, self.usd(most)]
        return number

    def settle(self, number: str, usage: Usage, facts: dict[str, Any]) -> None:
        """Count what a request did cost, and log what the service said of it."""
        usd = self.usd(usage)
        with shared_state(self._path) as state:
            state.setdefault("aside", {}).pop(number, None)
            state["calls"] = state.get("calls", 0) + 1
            state["tokens"] = state.get("tokens", 0) + usage.tokens
            state["usd"] = state.get("usd", 0.0) + usd
            own = state.setdefault("stages", {}).setdefault(
                self._stage, {"calls": 0, "tokens": 0, "usd": 0.0}
            )
            for name, value in (("calls", 1), ("tokens", usage.tokens), ("usd", usd)):
                own[name] += value
            with self._log.open("a", encoding="utf-8") as log:
                told = {**facts, "stage": self._stage, "usd": usd}
                log.write(json.dumps(told, sort_keys=True) + "\n")

    def release(self, number: str) -> None:
        """Give back what a request had set aside that the service did not take."""
        with shared_state(self._path) as state:
            state.setdefault("aside", {}).pop(number, None)

    @staticmethod
    def _check(then: float, now: float, budget: float | None, name: str) -> None:
        if budget is not None and then > budget:
            raise StopRun(
                f"limits.{name} = {budget:g} would be passed: {now:g} are spent, and the next "
                f"request can bring that to {then:g}. Nothing is lost: raise it and run the same "
                "command again; answers that were paid for are not asked for again."
            )


def spent(root: Path) -> Spent:
    """Return what was spent on answers for a data set so far."""
    state = read_state(answers_folder(root) / STATE)
    aside = state.get("aside", {}).values()
    return Spent(
        calls=state.get("calls", 0),
        tokens=int(state.get("tokens", 0) + sum(tokens for tokens, _ in aside)),
        usd=state.get("usd", 0.0) + sum(usd for _, usd in aside),
        by_stage=state.get("stages", {}),
    )


def answers_folder(root: Path) -> Path:
    """Return where answers, and what they cost, are kept below a data set's folder."""
    return root / "answers"
