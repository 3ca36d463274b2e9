"""What the two providers that ask Gemini have in common."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property

from ..contract import Place, Provider
from ..prompts import Prompt, joint_hash, read_prompt
from .asking import Asking
from .config import GeminiConfig
from .service import api_key, check_library


class GeminiProvider(Provider):
    """Asks Gemini; its answers are kept below the data set's folder."""

    licence = (
        "Code: Apache-2.0. Model: a paid service. Outputs: under Google's terms, which limit what "
        "models may be trained on them; read them before publishing: "
        "https://ai.google.dev/gemini-api/terms"
    )
    needs = ("network", "google-genai", "GEMINI_API_KEY")
    deterministic = False
    options: GeminiConfig

    def __init__(self, options: GeminiConfig) -> None:
        """Keep the options; nothing is sent, and no key is needed yet."""
        super().__init__(options)
        self.prompts: dict[str, Prompt] = {
            "repair": read_prompt("repair_v1", slots=("answer", "problem"))
        }
        self._place: Place | None = None

    def bind(self, place: Place) -> None:
        """Take where answers are kept, and what may be spent."""
        self._place = place

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
        if self._place is None:
            raise RuntimeError("bind() tells where answers are kept; it was not called.")
        return Asking(self.options, self._place, self.prompts["repair"])

    def fingerprint(self) -> str:
        """Return a text that changes with prompts and options, but not with how fast it asks."""
        shaping = self.options.model_dump(mode="json", exclude=set(self.options.how))
        facts = [type(self).__name__, self.version, shaping, joint_hash(self.prompts)]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
