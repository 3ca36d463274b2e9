import itertools
import textwrap
from pathlib import Path

import pytest
from audio_omni.plugins.manager import build_plugin_manager

_number = itertools.count()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution with one plugin module, the way pip would leave it on disk."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("AUDIO_OMNI_PLUGINS", raising=False)

    def _install(distribution: str, code: str, *, version="0.1", entry=None, attribute="") -> str:
        module = f"{distribution.replace('-', '_')}_{next(_number)}"
        (tmp_path / f"{module}.py").write_text(
            "import audio_omni as ao\nfrom audio_omni import hookimpl\n" + textwrap.dedent(code)
        )
        info = Path(tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info")
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        )
        target = f"{module}:{attribute}" if attribute else module
        name = entry or distribution
        (info / "entry_points.txt").write_text(f"[audio_omni]\n{name} = {target}\n")
        return module

    return _install


@pytest.fixture
def failure_of():
    """Build a host and return the one failure of a distribution."""

    def _failure_of(distribution: str, **options):
        host = build_plugin_manager(**options)
        (failure,) = [f for f in host.failures if f.origin.distribution == distribution]
        return failure

    return _failure_of
