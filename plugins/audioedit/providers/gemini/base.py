"""What the providers that ask Gemini have in common."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from ..prompted import Prompted
from .asking import Asking
from .config import GeminiConfig
from .service import api_key, check_library


class GeminiProvider(Prompted):
    """Asks Gemini; its answers are kept below the data set's folder."""

    licence = (
        "Code: Apache-2.0. Model: a paid service. Outputs: under Google's terms, which limit what "
        "models may be trained on them; read them before publishing: "
        "https://ai.google.dev/gemini-api/terms"
    )
    needs = ("network", "google-genai", "GEMINI_API_KEY")
    deterministic = False
    options: GeminiConfig
    asks_for: ClassVar[str]
    """Stage that its calls are counted for."""

    def check(self) -> None:
        """Raise unless the library, the key and, if money is limited, prices are there.

        Raises:
            PluginError: without the library; says what to install.
            ConfigError: without the key or prices; names them.
        """
        check_library()
        api_key()
        self.asking.spending  # noqa: B018 - raises without prices

    @cached_property
    def asking(self) -> Asking:
        """Return what asks, made the first time."""
        return Asking(self.options, self.place, self.prompts["repair"], self.asks_for)
