"""The contract kit: subclass a contract, supply one tiny instance, and inherit its tests.

    from audio_omni.plugins.testing import ConditionerContract

    class TestLoudness(ConditionerContract):
        plugin = "acme_voices.plugin"
        name = "loudness"

        def payloads(self):
            return [-20.0, -3.0]

Needs pytest to run, and nothing else beside audio-omni. Works on plugins that are not installed.
"""

from .base import PluginContract
from .benchmark import BenchmarkContract
from .codec import CodecContract
from .compare import difference
from .conditioner import ConditionerContract
from .edit_provider import EditProviderContract
from .embedder import EmbedderContract
from .metric import MetricContract
from .solver import SolverContract
from .source import SourceContract
from .task import TaskContract

__all__ = [
    "BenchmarkContract",
    "CodecContract",
    "ConditionerContract",
    "EditProviderContract",
    "EmbedderContract",
    "MetricContract",
    "PluginContract",
    "SolverContract",
    "SourceContract",
    "TaskContract",
    "difference",
]
