"""The paper's figures, as they are printed, and a row of one's own beside them."""

import json

import pytest
from audio_omni.core.errors import UnknownNameError
from audio_omni.core.metric_result import MetricResult
from audio_omni.evaluation.benchmarks.comparing import our_row
from audio_omni.evaluation.benchmarks.evaluation import Evaluation, keep
from audio_omni.evaluation.benchmarks.paper import (
    PAPERS,
    as_printed,
    paper_table,
    paper_tables,
    table_lines,
)
from audio_omni.plugins.manager import build_plugin_manager


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


NOTED = {
    "fad_t2m_audio_omni": ("3", "T2M 1.41"),
    "fad_v2m_audio_omni": ("A5", "V2M 1.58"),
    "fad_t2m_musicgen": ("3", "MusicGen (4.55)"),
    "fad_t2m_mumullama": ("A5", "T2M 5.89"),
    "fad_v2m_mumullama": ("A5", "V2M 52.25"),
    "mumullama_v2m_is_fd": ("3", "52.25 is its FD"),
    "mumullama_row_repeated": ("A5", "same four numbers"),
    "t2m_claim": ("3", "surpasses specialised models"),
    "zeta_lsd": ("4", "3.81"),
    "a3_claim": ("A3", "not the best of each task"),
    "table5_vs_table4": ("4", "FAD 2.48 and LSD 1.82"),
    "is_repeat": ("A2", "10.37"),
    "a5_tts": ("A5", "no such row"),
    "a6_claim": ("A6", "V2A is rated the lowest"),
    "mmau_claim": ("2", "Ming-Omni has the higher MMAU"),
    "understanding_identical": ("2", "to the digit"),
    "below_chance": ("2", "below chance"),
    "clap_average": ("4", "CLAP over three"),
}
"""What is inconsistent in the tables that we print → the table, and words of its note."""

ELSEWHERE = {
    "table5_claim", "table6_metric", "table6_wording", "table7_column", "table7_vs_a1", "a1_claim",
    "a1_vs_a5", "a1_repeat", "a4_vs_text", "metrics_section",
}  # fmt: skip
"""What is inconsistent in tables of ablations and data, and in the text, which we do not print."""


def test_every_inconsistent_figure_carries_its_note(shared_dir):
    printed = json.loads((shared_dir / "spec" / "paper-tables.json").read_text())
    assert {one["id"] for one in printed["inconsistencies"]} == {*NOTED, *ELSEWHERE}
    for number, words in NOTED.values():
        lines = table_lines(paper_table(number), {}, {})
        assert any(words in line for line in lines if line.startswith("- ")), (number, words)


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


def test_word_errors_are_printed_with_what_is_read_beside_them():
    details = {"median": 0.01, "over_all_words": 0.025, "share_above_half": 0.125,
               "of_the_recordings": 0.02, "mean": 0.0312}  # fmt: skip
    one = result("word_error_rate", 0.0312).model_copy(
        update={"details": details, "interval": (0.02, 0.04), "undefined": {"too long": 1}}
    )
    lines = table_lines(paper_table("3"), {"ours": {"TTS WER": one}}, {})
    assert (
        "- ours, TTS WER: n = 8 (1 without value), 95 % 2.00 … 4.00, median 1.00, over all words "
        "2.50, share above half 12.50, of the recordings 2.00"
    ) in lines


def test_the_recordings_own_rate_is_that_of_the_same_evaluation(tmp_path):
    catalog = build_plugin_manager(entry_points=False)
    both = [result("word_error_rate", 0.03), result("reference_word_error_rate", 0.02)]
    keep(Evaluation("seedtts_en", both, {}, {"versions": {}}), tmp_path / "seedtts_en")
    row, missing = our_row(paper_table("3"), catalog, tmp_path / "data", tmp_path)
    assert row["TTS WER"].details["of_the_recordings"] == 0.02
    assert row["TTS WER"].value == 0.03
    assert "TTS WER" not in missing
    assert "VGGSound test is not at" in missing["V2A FAD"]


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
