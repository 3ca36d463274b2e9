"""The contract of what does a part of making editing pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..audioedit.providers.contract import KINDS, Place, Provider
from .base import PluginContract, expect
from .edit_provider_kinds import CHECKS


class EditProviderContract(PluginContract):
    """Tests that every provider of editing pairs passes, whatever its kind.

    A subclass sets ``plugin``, ``name``, ``options`` and ``other_options``. One whose model, key
    or program is not at hand in tests overrides `build` with a tiny one of the same classes, or
    says in ``cannot_run`` why not.

    Class attributes:
        other_options: options with another outcome; needed if there are options at all.
        cannot_run: why the provider's own work cannot be tried here; empty if it can.
        runs_at_hz: rate of the clips that it is handed.
    """

    kind = "edit_provider"
    config_attribute = "config"
    other_options: ClassVar[Mapping[str, Any]] = {}
    cannot_run: ClassVar[str] = ""
    runs_at_hz: ClassVar[int] = 16000

    def make(self, options: Mapping[str, Any]) -> Provider:
        """Return the provider with some options; override it if it needs more than those."""
        model = self.spec.config
        provider: Provider = self.implementation(model.model_validate(dict(options)))
        return provider

    def build(self) -> Provider:
        """Return a provider that can work here: the one under test, with tiny parts if need be."""
        return self.make(self.options)

    def facts(self) -> Mapping[str, Any]:
        """Return fields of the row that a labeller is handed."""
        return {"label": "dog barking"}

    def test_keeps_the_contract_of_its_kind(self) -> None:
        """The class is of the kind that the spec says it provides."""
        found = self.implementation
        wanted = KINDS[self.spec.provides]
        expect(
            isinstance(found, type) and issubclass(found, wanted),
            f"'{self.name}' provides {self.spec.provides}; {found} is no {wanted.__name__}.",
        )
        expect(
            found.kind == self.spec.provides,
            f"{found.__name__}.kind is {found.kind!r}; its spec says {self.spec.provides!r}.",
        )

    def test_says_its_licence(self) -> None:
        """The licence is a text with a link, so that records can carry it."""
        text = str(getattr(self.implementation, "licence", ""))
        expect(
            len(text) > 10 and "https://" in text,
            f"{self.implementation.__name__}.licence is {text!r}; say the licence of code, "
            "weights and outputs, with a link.",
        )

    def test_says_what_it_needs(self) -> None:
        """``needs`` is a tuple of texts."""
        needs = self.implementation.needs
        whole = isinstance(needs, tuple) and all(isinstance(need, str) for need in needs)
        expect(whole, f"needs is {needs!r}; expected a tuple of texts.")

    def test_fingerprint_follows_the_options(self) -> None:
        """Equal options have one fingerprint; other options have another; it is short text."""
        first, again = self.make(self.options), self.make(self.options)
        mark = first.fingerprint()
        expect(isinstance(mark, str) and 0 < len(mark) <= 64, f"The fingerprint is {mark!r}.")
        expect(mark == again.fingerprint(), "Two of equal options differ in their fingerprints.")
        json.dumps(mark)
        if not self.spec.config.model_fields:
            return
        expect(
            bool(self.other_options), f"'{self.name}' has options: set other_options in its test."
        )
        other = self.make({**self.options, **self.other_options})
        expect(mark != other.fingerprint(), f"{dict(self.other_options)} changes no fingerprint.")

    def test_does_its_work(self, tmp_path: Path) -> None:
        """What it makes is shaped, finite, and as repeatable as it says."""
        if self.cannot_run:
            pytest.skip(self.cannot_run)
        provider = self.build()
        provider.bind(Place(tmp_path, self.host))
        provider.check()
        CHECKS[self.spec.provides](provider, self.runs_at_hz, self.facts())
