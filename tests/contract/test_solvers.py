"""Every registered solver keeps the contract."""

from audio_omni.plugins.testing import SolverContract


class TestEuler(SolverContract):
    plugin = "audio_omni.plugins.engine.plugin"
    name = "euler"


class TestMidpoint(SolverContract):
    plugin = "audio_omni.plugins.engine.plugin"
    name = "midpoint"
    order = 2


class TestHeun(SolverContract):
    plugin = "audio_omni.plugins.engine.plugin"
    name = "heun"
    order = 2


class TestAdamsBashforth2(SolverContract):
    plugin = "audio_omni.plugins.engine.plugin"
    name = "ab2"
    order = 2
