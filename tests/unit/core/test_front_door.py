import subprocess
import sys

import audio_omni
import pytest


def test_every_public_name_resolves():
    for name in audio_omni.__all__:
        assert getattr(audio_omni, name) is not None


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = audio_omni.Nothing


@pytest.mark.parametrize(
    "module",
    ["audio_omni", "audio_omni.core.specs", "audio_omni.core.hookspecs", "audio_omni.core.recipe"],
)
def test_contracts_load_without_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
