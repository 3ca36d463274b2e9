"""The paper's figures, as they are printed, and a row of one's own beside them."""

import json

import pytest
from audio_omni.core.errors import UnknownNameError
from audio_omni.core.metric_result import MetricResult
from audio_omni.evaluation.benchmarks.paper import (
    PAPERS,
    as_printed,
    paper_table,
    paper_tables,
    table_lines,
)


def column_of(row):
    """Return the column of a figure in the machine-readable copy of the paper's tables."""
    match row["table"]:
        case "2" | "4":
            return row["metric"]
        case "A2":
            return f"{row['language']} {row['metric']}"
        case _:
            return f"{row['task']} {row['metric']}"


def test_every_figure_is_the_papers(shared_dir):
    printed = json.loads((shared_dir / "spec" / "paper-tables.json").read_text())
    tables = paper_tables()
    expected = {}
    for row in printed["rows"]:
        if row["table"] in tables:
            expected[row["table"], row["method"], column_of(row)] = row["value"]
    found = {
        (number, method, column): value
        for number, table in tables.items()
        for method, values in table.rows.items()
        for column, value in values.items()
    }
    assert found == expected


def result(name, value, unit="1"):
    return MetricResult(
        name=name,
        value=value,
        n=8,
        interval=None,
        unit=unit,
        direction="lower",
        fingerprint={"metric": name},
    )


def test_our_row_stands_last_with_empty_cells_and_reasons():
    table = paper_table("3")
    lines = table_lines(
        table,
        {"ours": {"T2A FAD": result("fad", 2.5), "TTS WER": result("word_error_rate", 0.0312)}},
        {"V2A FAD": "VGGSound is not here."},
    )
    rows = [line for line in lines if line.startswith("|")]
    assert rows[0].startswith("| Method | T2A FAD ↓ |")
    assert rows[-1] == "| ours | 2.50 |  |  |  | 3.12 |"
    assert "- ours, T2A FAD: n = 8" in lines
    assert "- ours: VGGSound is not here." in lines
    assert any("52.25 is its FD" in line for line in lines)


def test_shares_are_printed_as_the_paper_prints_them():
    assert as_printed("TTS WER", result("word_error_rate", 0.0177)) == pytest.approx(1.77)
    assert as_printed("MMAU", result("mmau_accuracy", 0.633)) == pytest.approx(63.3)
    assert as_printed("T2A FAD", result("fad", 1.86)) == 1.86


def test_the_papers_own_row_has_every_column():
    for table in paper_tables().values():
        for method, values in table.rows.items():
            assert set(values) <= set(table.columns), (table.number, method)
        assert table.notes
        assert PAPERS in table.rows


def test_a_table_is_found_in_any_case_and_an_unknown_one_is_refused():
    assert paper_table("a5").number == "A5"
    with pytest.raises(UnknownNameError, match=r"no table of evaluation '9'.*A5"):
        paper_table("9")
