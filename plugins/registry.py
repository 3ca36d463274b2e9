"""One registry for every kind of thing that plugins add: names, aliases, clashes, lazy loading."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Generic, TypeVar

from ..core.errors import PluginError, UnknownNameError, suggestion
from ..core.specs import Origin, Spec

SpecT = TypeVar("SpecT", bound=Spec)

_NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_LISTED = 12


class Registry(Generic[SpecT]):
    """Specs of one kind by name and alias; implements `core.catalog.Lookup`.

    Args:
        kind: what is registered, for messages: ``"task"``.
        spec_type: class of the specs.
        base: import path of the class that every factory must derive from; `None` accepts any
            callable.
        reserved: names that belong to the core, and that no plugin can take.
    """

    def __init__(
        self,
        kind: str,
        spec_type: type[SpecT],
        base: str | None = None,
        *,
        reserved: Collection[str] = (),
    ) -> None:
        """Start empty and open."""
        self.kind = kind
        self._reserved = frozenset(reserved)
        self._spec_type = spec_type
        self._base = base
        self._specs: dict[str, SpecT] = {}
        self._origins: dict[str, Origin] = {}
        self._names: dict[str, str] = {}  # name or alias → name
        self._loaded: dict[str, Any] = {}
        self._frozen = False
        self._notes: tuple[str, ...] = ()

    def check(self, specs: Sequence[Any], origin: Origin) -> None:
        """Raise PluginError unless all specs of one plugin can be added.

        Raises:
            PluginError: for an object of another class, a malformed name or factory, or a name
                or alias that is taken; names both plugins.
        """
        taken = dict.fromkeys(self._names)
        for spec in specs:
            self._check_shape(spec, origin)
            for name in _all_names(spec):
                if name in self._reserved:
                    raise PluginError(
                        f"{self.kind.capitalize()} name '{name}' of {origin} belongs to "
                        "audio-omni itself; choose another."
                    )
                if name in taken:
                    raise PluginError(self._clash(name, origin))
                taken[name] = None

    def add(self, specs: Sequence[SpecT], origin: Origin) -> None:
        """Register all specs of one plugin, or none of them.

        Raises:
            PluginError: as `check`, and once the registry is frozen.
        """
        if self._frozen:
            raise PluginError(
                f"Cannot add a {self.kind} from {origin}: registries are frozen once plugins are "
                f"loaded. Return it from the hook 'register_{self.kind}s'."
            )
        self.check(specs, origin)
        for spec in specs:
            self._specs[spec.name] = spec
            self._origins[spec.name] = origin
            self._names.update(dict.fromkeys(_all_names(spec), spec.name))

    def freeze(self, notes: Sequence[str] = ()) -> None:
        """Refuse further specs; ``notes`` (plugins that failed) end messages on unknown names."""
        self._frozen = True
        self._notes = tuple(notes)

    def get(self, name: str) -> SpecT:
        """Return the spec of a name or alias.

        Raises:
            UnknownNameError: with close matches, and with the plugins that failed to load.
        """
        return self._specs[self._canonical(name)]

    def origin(self, name: str) -> Origin:
        """Return which plugin registered a name or alias."""
        return self._origins[self._canonical(name)]

    def load(self, name: str) -> Any:
        """Import and return the class or function behind a name or alias.

        Raises:
            UnknownNameError: as `get`.
            PluginError: if it cannot be imported or is of another class; names the distribution.
        """
        name = self._canonical(name)
        if name not in self._loaded:
            self._loaded[name] = self._import(self._specs[name], self._origins[name])
        return self._loaded[name]

    def __iter__(self) -> Iterator[SpecT]:
        return iter(self._specs.values())

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._specs)

    def _canonical(self, name: str) -> str:
        if name in self._names:
            return self._names[name]
        hint = suggestion(name, self._names)
        if not hint and self._specs:
            known = list(self._specs)
            more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
            hint = f" Known: {', '.join(known[:_LISTED])}{more}."
        raise UnknownNameError(" ".join([f"Unknown {self.kind} '{name}'.{hint}", *self._notes]))

    def _check_shape(self, spec: Any, origin: Origin) -> None:
        hook = f"'register_{self.kind}s' of {origin}"
        expected = self._spec_type.__name__
        if not isinstance(spec, self._spec_type):
            raise PluginError(f"{hook} returned {spec!r}; expected a list of {expected}.")
        if not _NAME.fullmatch(spec.name):
            raise PluginError(
                f"{hook} names a {self.kind} '{spec.name}'; expected lower-case words joined by "
                "underscores, like 'text_to_audio'."
            )
        module, _, attribute = spec.factory.partition(":")
        if not module or not attribute:
            raise PluginError(
                f"{hook}: {self.kind} '{spec.name}' has the factory '{spec.factory}'; expected "
                "'package.module:Class'."
            )

    def _clash(self, name: str, origin: Origin) -> str:
        owner = self._names.get(name)
        other = self._origins[owner] if owner is not None else origin
        return (
            f"{self.kind.capitalize()} name '{name}' is registered by {other} and again by "
            f"{origin}. Rename one, or leave one out with --no-plugin."
        )

    def _import(self, spec: SpecT, origin: Origin) -> Any:
        who = f"{self.kind.capitalize()} '{spec.name}' of {origin}"
        try:
            loaded = import_attribute(spec.factory)
        except Exception as failure:
            raise PluginError(
                f"{who} cannot be imported from '{spec.factory}' "
                f"({type(failure).__name__}: {failure}). Install what {origin.distribution} needs."
            ) from failure
        if self._base is None:
            if not callable(loaded):
                raise PluginError(f"{who}: '{spec.factory}' is {loaded!r}; expected a callable.")
            return loaded
        base = import_attribute(self._base)
        if not (inspect.isclass(loaded) and issubclass(loaded, base)):
            raise PluginError(
                f"{who}: '{spec.factory}' is {loaded!r}; expected a subclass of "
                f"{base.__module__}.{base.__qualname__}."
            )
        return loaded


def import_attribute(path: str) -> Any:
    """Return what ``"package.module:attribute"`` names; any import error passes through."""
    module, _, attribute = path.partition(":")
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found


def _all_names(spec: Spec) -> tuple[str, ...]:
    return (spec.name, *getattr(spec, "aliases", ()))
