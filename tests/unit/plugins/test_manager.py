import pytest
from audio_omni.core.errors import PluginError, UnknownNameError
from audio_omni.plugins.builtin import BUILTIN, ESSENTIAL, builtin_name
from audio_omni.plugins.manager import build_plugin_manager

GOOD = """
@hookimpl
def register_solvers():
    return [ao.SolverSpec(name="{name}", summary="A solver.", factory="a.b:C")]
"""


def test_an_installed_plugin_is_stamped_with_its_distribution(install):
    install("acme-voices", GOOD.format(name="leap"), version="1.2", entry="voices")
    host = build_plugin_manager()
    assert str(host.solvers.origin("leap")) == "plugin 'voices' (acme-voices 1.2)"
    assert host.versions()["voices"] == "acme-voices 1.2"


def test_nothing_is_shared_between_hosts(install):
    install("acme-voices", GOOD.format(name="leap"))
    assert "leap" in build_plugin_manager().solvers
    assert "leap" not in build_plugin_manager(entry_points=False).solvers


def test_a_failing_import_is_kept_with_its_traceback_and_the_rest_works(install, failure_of):
    install("acme-broken", "import jiwer_is_absent")
    install("acme-voices", GOOD.format(name="leap"))
    failure = failure_of("acme-broken")
    assert failure.reason == "No module named 'jiwer_is_absent'"
    assert "import jiwer_is_absent" in failure.traceback
    host = build_plugin_manager()
    assert "leap" in host.solvers
    with pytest.raises(UnknownNameError) as caught:
        host.tasks.get("hum_a_tune")
    assert (
        "Plugin 'acme-broken 0.1' failed to load (No module named 'jiwer_is_absent'); "
        "see: audio-omni plugins doctor." in str(caught.value)
    )


@pytest.mark.parametrize("crash", ["raise SystemExit(3)", "raise RuntimeError", "1 +"])
def test_no_way_to_fail_at_import_stops_the_host(install, failure_of, crash):
    install("acme-broken", crash)
    assert failure_of("acme-broken").reason


def test_strict_raises_the_original_failure(install, monkeypatch):
    install("acme-broken", "import jiwer_is_absent")
    monkeypatch.setenv("AUDIO_OMNI_PLUGINS", "acme-broken")
    with pytest.raises(
        PluginError, match=r"Failed to load .*\(acme-broken 0.1\): No module"
    ) as got:
        build_plugin_manager(strict=True)
    assert isinstance(got.value.__cause__, ModuleNotFoundError)


def test_a_clashing_plugin_is_dropped_entirely(install, failure_of):
    install("acme-one", GOOD.format(name="leap"))
    install(
        "acme-two",
        GOOD.format(name="leap")
        + GOOD.format(name="x")
        .replace("register_solvers", "register_sources")
        .replace("SolverSpec", "SourceSpec"),
    )
    failure = failure_of("acme-two")
    assert "acme-one" in failure.reason
    assert "acme-two" in failure.reason
    host = build_plugin_manager()
    assert host.solvers.origin("leap").distribution == "acme-one"
    assert "x" not in host.sources
    assert "acme-two" not in host.plugins


def test_a_noun_of_the_core_cannot_be_taken(install, failure_of):
    code = GOOD.format(name="train").replace("solvers", "commands").replace("Solver", "Command")
    install("acme-voices", code)
    assert "'train' of plugin 'acme-voices'" in failure_of("acme-voices").reason
    assert "belongs to audio-omni itself" in failure_of("acme-voices").reason


def test_a_misspelt_hook_names_the_distribution_and_the_right_hook(install, failure_of):
    install("acme-voices", "@hookimpl\ndef register_task():\n    return []")
    reason = failure_of("acme-voices").reason
    assert "acme-voices 0.1" in reason
    assert "unknown hook 'register_task'. Did you mean 'register_tasks'" in reason


def test_an_unknown_hook_argument_is_refused(install, failure_of):
    install("acme-voices", "@hookimpl\ndef on_run_end(status):\n    pass")
    assert "status" in failure_of("acme-voices").reason


def test_a_module_without_hooks_is_refused(install, failure_of):
    install("acme-voices", "def register_tasks():\n    return []")
    assert "implements no hook; mark functions with @hookimpl" in failure_of("acme-voices").reason


def test_a_class_instead_of_an_instance_is_refused(install, failure_of):
    code = "class Plugin:\n    @hookimpl\n    def register_tasks(self):\n        return []"
    install("acme-voices", code, attribute="Plugin")
    assert "the class Plugin. Have you forgotten the ()?" in failure_of("acme-voices").reason


def test_an_instance_is_a_plugin(install):
    code = """
    class Plugin:
        @hookimpl
        def register_solvers(self):
            return [ao.SolverSpec(name="leap", summary="A solver.", factory="a.b:C")]
    plugin = Plugin()
    """
    install("acme-voices", code, attribute="plugin")
    assert "leap" in build_plugin_manager().solvers


@pytest.mark.parametrize("result", ["None", "{}", "'hum'"])
def test_a_hook_that_returns_no_list_is_refused(install, failure_of, result):
    install("acme-voices", f"@hookimpl\ndef register_tasks():\n    return {result}")
    assert "expected a list" in failure_of("acme-voices").reason


def test_two_distributions_with_one_entry_point_name_are_told(install, failure_of):
    install("acme-one", GOOD.format(name="leap"), entry="voices")
    install("acme-two", GOOD.format(name="hop"), entry="voices")
    reason = failure_of("acme-two").reason
    assert "plugin name 'voices' is used by acme-one 0.1 and again by acme-two 0.1" in reason
    host = build_plugin_manager()
    assert "leap" in host.solvers
    assert "hop" not in host.solvers


def test_an_entry_point_cannot_take_the_name_of_a_builtin_plugin(install, failure_of):
    install("acme-one", GOOD.format(name="leap"), entry="tasks")
    assert "'tasks' is used by audio-omni" in failure_of("acme-one").reason


def test_a_blocked_plugin_is_not_even_imported(install):
    install("acme-broken", "import jiwer_is_absent", entry="broken")
    host = build_plugin_manager(blocked=["broken"])
    assert "acme-broken" not in [failure.origin.distribution for failure in host.failures]
    assert host.blocked == ("broken",)


@pytest.mark.parametrize("name", sorted(ESSENTIAL))
def test_essential_plugins_cannot_be_blocked(name, monkeypatch):
    with pytest.raises(PluginError, match=f"'{name}' cannot be disabled"):
        build_plugin_manager(blocked=[name])
    monkeypatch.setenv("AUDIO_OMNI_PLUGINS", f"-{name}")
    with pytest.raises(PluginError, match=f"'{name}' cannot be disabled"):
        build_plugin_manager()


def test_blocking_a_plugin_that_is_not_there_is_an_error():
    with pytest.raises(PluginError, match=r"'taskz': there is none\. Did you mean 'tasks'"):
        build_plugin_manager(blocked=["taskz"])


def test_the_environment_blocks_and_chooses(install, monkeypatch):
    install("acme-one", GOOD.format(name="leap"))
    install("acme-two", GOOD.format(name="hop"))
    monkeypatch.setenv("AUDIO_OMNI_PLUGINS", "-acme-one, -long-gone")
    host = build_plugin_manager()
    assert "leap" not in host.solvers
    assert "hop" in host.solvers
    monkeypatch.setenv("AUDIO_OMNI_PLUGINS", "acme-one")
    host = build_plugin_manager()
    assert "leap" in host.solvers
    assert "hop" not in host.solvers
    assert set(host.plugins) - {"acme-one"} <= ESSENTIAL


def test_modules_named_by_hand_load_last_and_without_installation(tmp_path, monkeypatch):
    (tmp_path / "loose_plugin.py").write_text(
        "import audio_omni as ao\nfrom audio_omni import hookimpl\n" + GOOD.format(name="leap")
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    host = build_plugin_manager(extra_modules=["loose_plugin"], entry_points=False)
    assert host.solvers.origin("leap").plugin == "loose_plugin"
    assert list(host.plugins)[-1] == "loose_plugin"


def test_a_local_module_that_fails_is_named_by_its_module(tmp_path, monkeypatch):
    (tmp_path / "loose_broken.py").write_text("import jiwer_is_absent\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    host = build_plugin_manager(extra_modules=["loose_broken"], entry_points=False)
    (failure,) = [f for f in host.failures if f.origin.plugin == "loose_broken"]
    assert str(failure).startswith("Plugin 'loose_broken' failed to load (No module named")
    assert str(failure.origin) == "plugin 'loose_broken' (local unversioned)"


def test_a_module_that_is_loaded_already_is_told():
    host = build_plugin_manager(extra_modules=[BUILTIN[1]], entry_points=False)
    (failure,) = [f for f in host.failures if f.origin.plugin == BUILTIN[1]]
    assert "is loaded already, as plugin 'tasks'" in failure.reason


def test_recipes_clash_and_must_exist(install, failure_of, tmp_path):
    (tmp_path / "quick.yaml").write_text("name: quick\n")
    code = "from pathlib import Path\n@hookimpl\ndef register_recipes():\n    return [Path({!r})]"
    install("acme-one", code.format(str(tmp_path / "quick.yaml")))
    install("acme-two", code.format(str(tmp_path / "quick.yaml")))
    install("acme-three", code.format(str(tmp_path / "absent.yaml")))
    assert build_plugin_manager().recipes["quick"] == tmp_path / "quick.yaml"
    assert "'quick' is registered by" in failure_of("acme-two").reason
    assert "which is no YAML file" in failure_of("acme-three").reason


def test_every_builtin_plugin_loads():
    host = build_plugin_manager(entry_points=False)
    assert [str(failure) for failure in host.failures] == []
    assert list(host.plugins) == [builtin_name(module) for module in BUILTIN]
    assert {builtin_name(module) for module in BUILTIN} >= ESSENTIAL


def test_an_unknown_name_tells_of_plugins_that_were_left_out(monkeypatch):
    monkeypatch.setenv("AUDIO_OMNI_PLUGINS", "-mel,-tasks")
    host = build_plugin_manager(entry_points=False)
    message = r"Left out by --no-plugin or AUDIO_OMNI_PLUGINS: tasks, mel\."
    with pytest.raises(UnknownNameError, match=message):
        host.conditioners.get("mel")
