import logging

import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.core.events import RunEnd, StepEnd
from audio_omni.plugins.host import OBSERVER_HOOKS
from audio_omni.plugins.manager import build_plugin_manager

END = RunEnd(status="finished", step=3)
STEP = StepEnd(
    step=1,
    loss=1.0,
    task_loss={},
    learning_rate=0.1,
    gradient_norm=1.0,
    examples_per_s=1.0,
    seconds_left=0.0,
)
LISTENER = "SEEN = []\n@hookimpl\ndef on_run_end(event):\n    SEEN.append(event)\n"
BROKEN = "@hookimpl\ndef on_run_end(event):\n    raise ValueError('out of paper')\n"


@pytest.fixture
def host_with(install):
    """Only the installed test plugins: no tracker of ours may run here."""

    def _host_with(**codes):
        modules = {name: install(f"acme-{name}", code) for name, code in codes.items()}
        names = [f"acme-{name}" for name in codes]
        return modules, names

    return _host_with


def test_one_failing_observer_stops_no_other_and_is_logged_once(host_with, monkeypatch, caplog):
    modules, names = host_with(a_first=LISTENER, broken=BROKEN, z_last=LISTENER)
    monkeypatch.setenv("AUDIO_OMNI_PLUGINS", ",".join(names))
    host = build_plugin_manager()
    with caplog.at_level(logging.ERROR, logger="audio_omni.plugins"):
        host.notify(END)
        host.notify(END)
    import sys

    for name in ("a_first", "z_last"):
        assert sys.modules[modules[name]].SEEN == [END, END]
    (record,) = caplog.records
    assert "acme-broken" in record.getMessage()
    assert "on_run_end" in record.getMessage()
    assert "out of paper" in str(record.exc_info[1])


def test_an_event_reaches_only_its_own_hook(host_with, monkeypatch):
    modules, names = host_with(listener=LISTENER)
    monkeypatch.setenv("AUDIO_OMNI_PLUGINS", ",".join(names))
    host = build_plugin_manager()
    host.notify(STEP)
    import sys

    assert sys.modules[modules["listener"]].SEEN == []


def test_an_observer_may_ignore_the_record(host_with, monkeypatch):
    code = "SEEN = []\n@hookimpl\ndef on_run_end():\n    SEEN.append(1)\n"
    modules, names = host_with(listener=code)
    monkeypatch.setenv("AUDIO_OMNI_PLUGINS", ",".join(names))
    build_plugin_manager().notify(END)
    import sys

    assert sys.modules[modules["listener"]].SEEN == [1]


CHECK = """
from audio_omni.core.errors import ConfigError

@hookimpl
def check_recipe(recipe):
    if "colour" in recipe:
        raise ConfigError(f"colour is {recipe['colour']!r}; expected none.")
    if "broken" in recipe:
        raise ValueError("out of paper")
"""


def test_a_check_may_refuse_a_recipe_but_not_break_a_run(host_with, monkeypatch, caplog):
    _, names = host_with(check=CHECK)
    monkeypatch.setenv("AUDIO_OMNI_PLUGINS", ",".join(names))
    host = build_plugin_manager()
    host.check_recipe({})
    with pytest.raises(ConfigError, match="colour is 'red'; expected none"):
        host.check_recipe({"colour": "red"})
    host.check_recipe({"broken": True})
    assert "acme-check" in caplog.text
    assert "out of paper" in caplog.text


def test_something_that_is_no_event_is_refused():
    with pytest.raises(TypeError, match=r"Got dict; expected one of: RunStart"):
        build_plugin_manager(entry_points=False).notify({})


def test_every_event_record_has_a_hook():
    assert sorted(OBSERVER_HOOKS.values()) == [
        "on_checkpoint_saved",
        "on_evaluated",
        "on_rank_end",
        "on_rank_start",
        "on_run_end",
        "on_run_start",
        "on_samples_ready",
        "on_step_end",
    ]
