import pytest
from audio_omni import MetricSpec, SolverSpec, Task, TaskSpec
from audio_omni.core.errors import PluginError, UnknownNameError
from audio_omni.core.specs import CommandSpec, Direction, Origin
from audio_omni.core.task import Request
from audio_omni.plugins.registry import Registry

ACME = Origin("voices", "acme-voices", "0.1")
RIVAL = Origin("speech", "rival-speech", "2.0")
TASK_BASE = "audio_omni.core.task:Task"


def task(name="hum", factory="audio_omni.core.task:Task", aliases=()):
    return TaskSpec(
        name=name, summary="Hum.", factory=factory, request=Request, fills=(), aliases=aliases
    )


@pytest.fixture
def tasks():
    return Registry("task", TaskSpec, TASK_BASE)


def test_a_spec_is_found_by_name_and_alias(tasks):
    spec = task(aliases=("H2A",))
    tasks.add([spec], ACME)
    assert tasks.get("hum") is tasks.get("H2A") is spec
    assert "H2A" in tasks
    assert "nothing" not in tasks
    assert tasks.origin("H2A") == ACME
    assert list(tasks) == [spec]
    assert len(tasks) == 1


def test_order_is_that_of_registration(tasks):
    tasks.add([task("second"), task("first")], ACME)
    tasks.add([task("a_third")], RIVAL)
    assert [spec.name for spec in tasks] == ["second", "first", "a_third"]


@pytest.mark.parametrize("other", [task("hum"), task("sing", aliases=("hum",)), task("H2A")])
def test_a_clash_of_names_or_aliases_names_both_plugins(tasks, other):
    if other.name == "H2A":  # an alias may be upper case, a name may not: clash by alias instead
        other = task("sing", aliases=("H2A",))
    tasks.add([task(aliases=("H2A",))], ACME)
    both = r"plugin 'voices' \(acme-voices 0.1\).*plugin 'speech' \(rival-speech 2.0\)"
    with pytest.raises(PluginError, match=both):
        tasks.add([task("harmless"), other], RIVAL)
    assert "harmless" not in tasks, "a clashing plugin must be left out as a whole"


def test_a_plugin_that_clashes_with_itself_is_refused(tasks):
    with pytest.raises(PluginError, match=r"'hum' is registered by .*acme-voices.*acme-voices"):
        tasks.add([task(), task()], ACME)


def test_an_unknown_name_lists_close_matches_and_failed_plugins(tasks):
    tasks.add([task("text_to_speech")], ACME)
    note = "Plugin 'rival 2.0' failed to load (No module named 'jiwer'); see: x."
    tasks.freeze([note])
    with pytest.raises(UnknownNameError) as caught:
        tasks.get("text_to_speach")
    assert str(caught.value) == (
        f"Unknown task 'text_to_speach'. Did you mean 'text_to_speech'? {note}"
    )


def test_an_unknown_name_without_a_close_match_lists_what_is_known(tasks):
    tasks.add([task(f"task{i}") for i in range(14)], ACME)
    with pytest.raises(UnknownNameError, match=r"'xyz'\. Known: task0, .*task11 and 2 more\."):
        tasks.get("xyz")


def test_frozen_registries_take_nothing(tasks):
    tasks.freeze()
    with pytest.raises(PluginError, match=r"frozen once plugins are loaded.*'register_tasks'"):
        tasks.add([task()], ACME)


def test_a_spec_of_another_kind_is_refused(tasks):
    metric = MetricSpec(name="m", summary="m", factory="m:m", direction=Direction.LOWER, unit="1")
    with pytest.raises(PluginError, match=r"acme-voices 0.1\) returned MetricSpec.*list of TaskS"):
        tasks.add([metric], ACME)


@pytest.mark.parametrize("name", ["Hum", "2hum", "hum!", "", "hum__tune"])
def test_a_malformed_name_is_refused(tasks, name):
    with pytest.raises(PluginError, match="expected lower-case words"):
        tasks.add([task(name)], ACME)


@pytest.mark.parametrize("factory", ["acme.hum", "acme.hum:", ":Hum"])
def test_a_malformed_factory_is_refused(tasks, factory):
    with pytest.raises(PluginError, match=r"expected 'package\.module:Class'"):
        tasks.add([task(factory=factory)], ACME)


def test_load_imports_the_class_once(tasks):
    tasks.add([task()], ACME)
    assert tasks.load("hum") is Task
    assert tasks.load("hum") is Task


@pytest.mark.parametrize(
    ("factory", "reason"),
    [
        ("acme_is_absent.hum:Hum", "ModuleNotFoundError: No module named 'acme_is_absent'"),
        ("audio_omni.core.task:Hum", "AttributeError"),
    ],
)
def test_load_names_the_distribution_when_the_import_fails(tasks, factory, reason):
    tasks.add([task(factory=factory)], ACME)
    with pytest.raises(PluginError, match=f"acme-voices.*{reason}.*what acme-voices needs") as got:
        tasks.load("hum")
    assert got.value.__cause__ is not None


@pytest.mark.parametrize("factory", ["audio_omni.core.specs:Spec", "json:dumps"])
def test_load_refuses_another_base_class(tasks, factory):
    tasks.add([task(factory=factory)], ACME)
    with pytest.raises(PluginError, match=r"acme-voices.*subclass of audio_omni\.core\.task\.Task"):
        tasks.load("hum")


def test_without_a_base_any_callable_will_do():
    commands = Registry("command", CommandSpec)
    commands.add([CommandSpec(name="sing", summary="Sing.", factory="json:dumps")], ACME)
    commands.add([CommandSpec(name="no", summary="No.", factory="json:__name__")], RIVAL)
    assert callable(commands.load("sing"))
    with pytest.raises(PluginError, match="expected a callable"):
        commands.load("no")


def test_kinds_do_not_share_names(tasks):
    solvers = Registry("solver", SolverSpec)
    tasks.add([task("mel")], ACME)
    solvers.add([SolverSpec(name="mel", summary="Mel.", factory="a:b")], RIVAL)
    assert tasks.origin("mel") != solvers.origin("mel")
