"""The hooks are the contract that strangers compile against: a change here breaks their plugins."""

import inspect
import re
from pathlib import Path

import pytest
from audio_omni.core import hookspecs
from audio_omni.plugins.host import CHECK_HOOK, OBSERVER_HOOKS, Host
from audio_omni.plugins.manager import build_plugin_manager

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "hooks.md"

HOOKS = {
    "register_tasks": (),
    "register_conditioners": (),
    "register_metrics": (),
    "register_embedders": (),
    "register_benchmarks": (),
    "register_codecs": (),
    "register_sources": (),
    "register_solvers": (),
    "register_edit_providers": (),
    "register_commands": (),
    "register_recipes": (),
    "check_recipe": ("recipe",),
    "on_run_start": ("event",),
    "on_step_end": ("event",),
    "on_samples_ready": ("event",),
    "on_checkpoint_saved": ("event",),
    "on_run_end": ("event",),
    "on_rank_start": ("event",),
    "on_rank_end": ("event",),
    "on_evaluated": ("event",),
}


def declared() -> dict[str, object]:
    return {
        name: function
        for owner in (hookspecs.RegistrationHooks, hookspecs.ObserverHooks)
        for name, function in vars(owner).items()
        if hasattr(function, "audio_omni_spec")
    }


def test_names_and_arguments_are_pinned():
    found = {
        name: tuple(inspect.signature(function).parameters)[1:]
        for name, function in declared().items()
    }
    assert found == HOOKS


def test_every_hook_has_a_docstring():
    for name, function in declared().items():
        assert inspect.getdoc(function), name


def test_the_host_knows_what_to_do_with_every_hook():
    registered = {hook for hook, _ in Host().registries()} | {"register_recipes", CHECK_HOOK}
    assert registered | set(OBSERVER_HOOKS.values()) == set(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_an_implementation_in_the_tree(hook, monkeypatch):
    monkeypatch.delenv("AUDIO_OMNI_PLUGINS", raising=False)
    host = build_plugin_manager(entry_points=False)
    users = [plugin.origin.plugin for plugin in host.plugins.values() if hook in plugin.hooks]
    assert users, f"No built-in plugin implements {hook}."


def sections() -> dict[str, str]:
    parts = re.split(r"^### `", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {part.partition("(")[0]: part for part in parts}


def test_the_reference_page_has_exactly_the_hooks():
    assert list(sections()) == list(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_the_reference_page_gives_signature_moment_and_example(hook):
    text = sections()[hook]
    signature = inspect.signature(declared()[hook])
    arguments = ", ".join(str(p) for n, p in signature.parameters.items() if n != "self")
    plain = f"{hook}({arguments}) -> {signature.return_annotation}`"
    plain = plain.replace("events.", "").replace("specs.", "").replace("'", "")
    assert text.startswith(plain)
    assert "**When:**" in text
    assert f"def {hook}(" in text
    compile(re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1), hook, "exec")
