"""The contract of a provider of editing pairs."""

from __future__ import annotations

from ..audioedit.providers.contract import KINDS, Provider
from .base import PluginContract, expect


class EditProviderContract(PluginContract):
    """Tests that every provider passes, whatever its kind.

    A subclass sets ``plugin``, ``name`` and ``options``. What a kind promises beyond this
    (`plugins.audioedit.providers.contract`) is a provider's own to test.
    """

    kind = "edit_provider"
    config_attribute = "config"

    def build(self) -> Provider:
        """Return the provider; building loads nothing heavy."""
        provider: Provider = self.implementation(self.config)
        return provider

    def test_keeps_the_contract_of_its_kind(self) -> None:
        """The class is of the kind that the spec declares."""
        wanted = KINDS[self.spec.provides]
        expect(
            issubclass(self.implementation, wanted),
            f"{self.implementation.__name__} is no {wanted.__name__}, and its spec says "
            f"provides='{self.spec.provides}'.",
        )

    def test_tells_its_licence_and_its_needs(self) -> None:
        """A licence with a link goes into every record that the provider had a part in."""
        provider = self.build()
        expect(bool(provider.licence.strip()), f"'{self.name}' tells no licence.")
        expect(isinstance(provider.needs, tuple), "needs is a tuple of texts.")
        expect(isinstance(provider.deterministic, bool), "deterministic is true or false.")

    def test_fingerprint_is_of_the_options(self) -> None:
        """Equal options have equal fingerprints, in every process: they are hashes, not ids."""
        first, second = self.build().fingerprint(), self.build().fingerprint()
        expect(first == second, f"Two of equal options have fingerprints {first} and {second}.")
        expect(bool(first) and first.isprintable(), f"A fingerprint is a short text: {first!r}.")
