"""What every contract checks: the plugin loads, its spec is whole, and registration is light."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from pydantic import BaseModel, ValidationError

from ...core.specs import Spec
from ..builtin import BUILTIN
from ..host import Host
from ..manager import build_plugin_manager
from ..registry import Registry

HEAVY = ("torch", "torchaudio", "torchmetrics", "transformers", "mlflow", "matplotlib", "scipy")
"""Packages that the registration of a plugin must not import."""

_REGISTER = """
import importlib, sys
plugin = importlib.import_module(sys.argv[1])
for name in dir(plugin):
    if name.startswith("register_"):
        getattr(plugin, name)()
print(",".join(name for name in sys.argv[2:] if name in sys.modules))
"""


def expect(condition: bool, message: str) -> None:
    """Raise AssertionError with a message; asserts of a library get no help from pytest."""
    if not condition:
        raise AssertionError(message)


class PluginContract:
    """The base of all contracts.

    Class attributes to set in a subclass:
        plugin: import path of the module with the hook implementations.
        name: name that the spec registers.
        options: values of the config model, as in a recipe; choose the tiniest.
    """

    plugin: ClassVar[str]
    name: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}
    kind: ClassVar[str]
    config_attribute: ClassVar[str | None] = None

    @property
    def host(self) -> Host:
        """Return a host that loaded the plugin beside the built-in ones."""
        return _host(self.plugin)

    @property
    def registry(self) -> Registry[Any]:
        """Return the registry of the contract's kind."""
        return next(r for _, r in self.host.registries() if r.kind == self.kind)

    @property
    def spec(self) -> Any:
        """Return the spec under test."""
        return self.registry.get(self.name)

    @property
    def config(self) -> BaseModel:
        """Return the options as an instance of the spec's config model."""
        model: type[BaseModel] = self.spec.config
        return model.model_validate(dict(self.options))

    @property
    def implementation(self) -> Any:
        """Return the class that the spec's factory names."""
        return self.registry.load(self.name)

    def test_plugin_loads(self) -> None:
        """The plugin loads without a failure, and registers the name."""
        named = {self.plugin, self.plugin.split(".")[-2] if "." in self.plugin else self.plugin}
        for failure in self.host.failures:
            expect(failure.origin.plugin not in named, f"{failure}\n{failure.traceback}")
        expect(self.name in self.registry, f"{self.plugin} registers no {self.kind} '{self.name}'.")

    def test_spec_is_whole(self) -> None:
        """The spec has a summary of one line, and its factory can be imported."""
        spec: Spec = self.spec
        expect(bool(spec.summary.strip()), f"The spec of '{self.name}' needs a summary.")
        expect("\n" not in spec.summary, f"The summary of '{self.name}' must be one line.")
        expect(self.implementation is not None, f"'{spec.factory}' is None.")

    def test_class_and_spec_share_one_config_model(self) -> None:
        """The class takes the options that the spec declares."""
        if self.config_attribute is not None:
            own = getattr(self.implementation, self.config_attribute)
            expect(
                own is self.spec.config,
                f"{self.implementation.__name__}.{self.config_attribute} is {own.__name__}, and "
                f"the spec's config is {self.spec.config.__name__}; use one model for both.",
            )

    def test_config_round_trip(self) -> None:
        """Options survive JSON, and an unknown option is refused."""
        config = self.config
        again = type(config).model_validate_json(config.model_dump_json())
        expect(again == config, f"Options changed on their way through JSON: {config} → {again}")
        json.dumps(type(config).model_json_schema())
        try:
            type(config).model_validate({**config.model_dump(), "no_such_option": 1})
        except ValidationError:
            return
        raise AssertionError(
            f"{type(config).__name__} accepts unknown options; derive from Config."
        )

    def test_registration_imports_nothing_heavy(self) -> None:
        """Importing the plugin module and running its registration hooks stays light."""
        heavy = _heavy_imports(self.plugin)
        expect(
            not heavy,
            f"Registering {self.plugin} imports {heavy}; move what needs it to another module and "
            "name that in the spec's factory.",
        )


@cache
def _host(plugin: str) -> Host:
    extra = () if plugin in BUILTIN else (plugin,)
    return build_plugin_manager(extra_modules=extra, entry_points=False)


@cache
def _heavy_imports(plugin: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(  # noqa: S603 - our own interpreter and a fixed script
        [sys.executable, "-c", _REGISTER, plugin, *HEAVY],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    expect(done.returncode == 0, f"Importing {plugin} in a fresh process failed:\n{done.stderr}")
    return done.stdout.strip()
