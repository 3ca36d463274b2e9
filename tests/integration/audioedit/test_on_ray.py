"""Parts done over a Ray cluster leave the bytes that one process leaves."""

import sys
from pathlib import Path

import pytest
from audio_omni.core.errors import PluginError
from audio_omni.plugins.audioedit.making import make
from small_pairs import CATALOG, config, hashes


def test_ray_is_asked_for_only_where_it_is_used(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(PluginError, match=r"pip install 'audio-omni\[ray\]'; or use --executor"):
        make(tmp_path / "set", config(), CATALOG, executor="ray")


@pytest.mark.slow
def test_a_cluster_leaves_the_bytes_of_one_process(tmp_path, monkeypatch):
    monkeypatch.delenv(
        "RAY_ADDRESS", raising=False
    )  # a cluster of its own, for as long as it takes
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # read on import: loopback
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    pytest.importorskip("ray.data", reason="needs Ray Data: pip install 'audio-omni[ray]'")
    stand_ins = str(Path(__file__).resolve().parents[2] / "stand_ins")
    monkeypatch.syspath_prepend(stand_ins)
    alone = make(tmp_path / "alone", config(), CATALOG)
    over = make(tmp_path / "over", config(), CATALOG, workers=2, executor="ray")
    assert not sys.modules["ray"].is_initialized()
    assert hashes(over.root) == hashes(alone.root)
    assert [x.to_dict()["kept"] for x in over.funnel] == [x.to_dict()["kept"] for x in alone.funnel]
