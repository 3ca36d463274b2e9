"""Every benchmark keeps the contract; the paper's fill columns that the paper has."""

import pytest
from audio_omni.evaluation.benchmarks.paper import paper_tables
from audio_omni.evaluation.benchmarks.plugin import register_benchmarks
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.testing import BenchmarkContract

PLUGIN = "audio_omni.evaluation.benchmarks.plugin"
NAMES = [spec.name for spec in register_benchmarks()]

for _name in NAMES:
    _class = f"Test{_name.title().replace('_', '')}"
    globals()[_class] = type(_class, (BenchmarkContract,), {"plugin": PLUGIN, "name": _name})


VOICES = "audio_omni.plugins.audioedit.plugin"


class TestVoiceConversion(BenchmarkContract):
    plugin = VOICES
    name = "voice_conversion"


class TestSpeechEditing(BenchmarkContract):
    plugin = VOICES
    name = "speech_editing"


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False)


def filled(host, table):
    found = [host.benchmarks.load(name)().columns(table) for name in NAMES]
    return [column for columns in found for column in columns]


@pytest.mark.parametrize("table", ["2", "3", "A2", "A3", "A5"])
def test_every_column_of_a_table_is_filled_once(host, table):
    columns = filled(host, table)
    assert len(columns) == len(set(columns))
    means = {column for column in paper_tables()[table].columns if column.startswith("average")}
    spoken = {column for column in columns if column.endswith("CLAP")}  # for Table 4
    assert set(columns) - spoken >= set(paper_tables()[table].columns) - means


def test_every_edit_has_a_benchmark_and_remove_has_no_words(host):
    edits = {name for name in NAMES if name.startswith("audioedit_")}
    spoken = {
        name
        for name in edits
        if any(use.name == "clap_score" for use in host.benchmarks.load(name)().metrics)
    }
    assert edits - spoken == {"audioedit_remove"}
