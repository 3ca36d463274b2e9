"""Parts done over a Ray cluster leave the bytes that one process leaves."""

import os
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from audio_omni.core.errors import PluginError
from audio_omni.plugins.audioedit.making import make
from audio_omni.plugins.audioedit.stages import on_ray
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from small_pairs import CATALOG, config, hashes


def test_ray_is_asked_for_only_where_it_is_used(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(PluginError, match=r"pip install 'audio-omni\[ray\]'; or use --executor"):
        make(tmp_path / "set", config(), CATALOG, executor="ray")


class FakeRay:
    """As much of Ray as is used: parts are done here, one after another, by one worker."""

    def __init__(self, ask_after):
        self.data, self.ask_after, self.done = self, ask_after, 0

    def cluster_resources(self):
        return {"CPU": 1}

    def from_items(self, rows, override_num_blocks):
        assert len(rows) == override_num_blocks
        self.rows = rows
        return self

    def map(self, kind, fn_constructor_args, **resources):
        self.worker = kind(*fn_constructor_args)
        return self

    def iter_rows(self):
        for row in self.rows:
            made = self.worker(row)
            self.done += 1
            if self.done == self.ask_after:
                os.kill(os.getpid(), signal.SIGTERM)
            yield made


def test_asked_to_end_the_part_in_hand_ends_and_the_run_goes_on_later(tmp_path, monkeypatch):
    whole = make(tmp_path / "whole", config(), CATALOG)
    fakes = [FakeRay(ask_after=2), FakeRay(ask_after=None)]
    monkeypatch.setattr(on_ray, "joined_cluster", lambda **_: nullcontext(fakes[0]))
    with pytest.raises(StopRun, match="Stopped as asked"):
        make(tmp_path / "set", config(), CATALOG, executor="ray")
    assert fakes[0].done == 2
    monkeypatch.setattr(on_ray, "joined_cluster", lambda **_: nullcontext(fakes[1]))
    make(tmp_path / "set", config(), CATALOG, executor="ray")
    assert hashes(tmp_path / "set") == hashes(whole.root)


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
