"""The scores of a study as tables for the terminal."""

from __future__ import annotations

import typer

from ...core.cli.tables import print_table
from .scoring import Agreement, StudyScores


def print_scores(scores: StudyScores) -> None:
    """Print means, differences and agreement by scale, then the raters."""
    for scale, rows in scores.scores.items():
        typer.secho(f"\n{scale}, mean of 1–100 (higher is better)", bold=True)
        print_table(
            ("system", "mean", "95 %", "items", "raters"),
            [
                {
                    "system": row.source,
                    "mean": f"{row.value:.1f}",
                    "95 %": _interval(row.interval, signed=False),
                    "items": row.n,
                    "raters": row.n_raters,
                }
                for row in rows
            ],
        )
        if scores.differences[scale]:
            typer.secho(f"\n{scale}, paired differences", bold=True)
            print_table(
                ("pair", "difference", "95 %", "clear"),
                [
                    {
                        "pair": f"{one.first} − {one.second}",
                        "difference": f"{one.value:+.1f}",
                        "95 %": _interval(one.interval, signed=True),
                        "clear": "yes" if one.clear else "no",
                    }
                    for one in scores.differences[scale]
                ],
            )
        typer.echo(f"\n{_agreement(scores.agreement[scale])}")
    _print_raters(scores)


def _print_raters(scores: StudyScores) -> None:
    typer.secho("\nRaters", bold=True)
    print_table(
        ("rater", "anchor above reference", "headphones check", "r with others", "counted"),
        [
            {
                "rater": one.rater,
                "anchor above reference": None
                if one.anchor_above is None
                else f"{one.anchor_above} of {scores.items}",
                "headphones check": {True: "passed", False: "not passed", None: None}[
                    one.headphones
                ],
                "r with others": _number(one.correlation),
                "counted": "no: outlier" if one.excluded else "yes",
            }
            for one in scores.raters
        ],
    )
    excluded = sum(one.excluded for one in scores.raters)
    typer.echo(f"\n{excluded} of {len(scores.raters)} raters excluded as outliers")


def _agreement(found: Agreement) -> str:
    alpha, icc = _number(found.alpha) or "undefined", _number(found.icc) or "undefined"
    return f"agreement of raters: Krippendorff's alpha {alpha}, ICC(2,k) {icc}"


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _interval(interval: tuple[float, float] | None, *, signed: bool) -> str | None:
    if interval is None:
        return None
    form = "+.1f" if signed else ".1f"
    return f"{interval[0]:{form}} … {interval[1]:{form}}"
