"""The source ``soundworld:``: rows planned from their number, rendered when opened."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from pydantic import BaseModel

from ...core.errors import DataError, suggestion
from ...core.source import DataSource, Row
from .config import SoundworldOptions
from .locators.table import LOCATORS, TRANSLATED
from .plan import ScenePlan, plan_key, plan_scene
from .render import Rendered, render
from .signals import Signal
from .vocabulary import KIND_OF
from .voice.speakers import SPEAKERS, Speaker
from .voice.synthesis import Utterance, speak
from .voice.timing import Timing

WORLD_VERSION = 4
"""Raised with every change that alters a sample or a word."""
LICENCE, ATTRIBUTION = "CC0-1.0", "audio-omni soundworld"


class SoundworldSource(DataSource):
    """Rows of one kind of the procedural world."""

    config: ClassVar[type[BaseModel]] = SoundworldOptions

    def __init__(self, locator: str, options: BaseModel) -> None:
        """Choose a kind of row.

        Raises:
            DataError: for a locator that is not in `LOCATORS`, or one that an option does not
                fit: it has no captions in the language, no order to leave out, or longer clips.
        """
        if locator not in LOCATORS:
            raise DataError(
                f"Unknown locator '{locator}' of soundworld.{suggestion(locator, LOCATORS)} "
                f"Expected one of {', '.join(LOCATORS)}; write soundworld:sounds, for example."
            )
        assert isinstance(options, SoundworldOptions)  # noqa: S101 - open_source validates them
        if options.language != "en" and locator not in TRANSLATED:
            raise DataError(
                f"soundworld:{locator} has no captions in '{options.language}', only in 'en'. "
                f"Leave out its option 'language', or choose one of {', '.join(TRANSLATED)}."
            )
        self.locator, self.options = locator, options
        self.kind = LOCATORS[locator]
        if not (options.instructions or self.kind.optional_order):
            able = ", ".join(name for name, kind in LOCATORS.items() if kind.optional_order)
            raise DataError(
                f"soundworld:{locator} got instructions = false, but its rows bring none that a "
                f"task could word itself. Leave the option out, or choose one of {able}."
            )
        if options.clip_seconds < self.kind.shortest_clip_seconds:
            raise DataError(
                f"soundworld:{locator} got clip_seconds = {options.clip_seconds:g}; expected at "
                f"least {self.kind.shortest_clip_seconds:g}, for what its rows hold to fit a clip."
            )

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.options.rows

    def plan(self, index: int) -> Any:
        """Return the plan of row ``index``: everything that is random about it.

        Raises:
            DataError: for a number outside the source.
        """
        if not 0 <= index < len(self):
            raise DataError(
                f"soundworld:{self.locator} has rows 0 … {len(self) - 1}; asked for {index}. "
                "Raise its option 'rows'."
            )
        return self.kind.plan(self.options, plan_key(self.options, self.locator, index))

    def render(self, index: int) -> Any:
        """Return everything that sounds in row ``index``, and its parts."""
        return self.kind.render(self.plan(index))

    def row(self, index: int) -> Row:
        """Return row ``index``; its sound is rendered when it is opened."""
        plan, language = self.plan(index), self.options.language
        spoken = "" if language == "en" else f"-{language}"
        fields = {**self.kind.fields(plan), "licence": LICENCE}
        if not self.options.instructions:
            del fields["instruction"]
        return Row(
            id=f"soundworld-{WORLD_VERSION}-{self.options.split}-{self.options.seed}-"
            f"{self.locator}{spoken}-{index}",
            fields=fields,
            audio=self.kind.target(plan),
            media=self.kind.media(plan),
            licence=LICENCE,
            attribution=ATTRIBUTION,
            truth=self.kind.truth(plan),
        )

    def digest(self) -> str:
        """Return a hash of the world's version, the locator and the options."""
        text = f"{WORLD_VERSION}:{self.locator}:{self.options.model_dump_json()}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def licences(self) -> tuple[str, ...]:
        """Return the one licence of the world."""
        return (LICENCE,)

    def held_out(self) -> SoundworldSource | None:
        """Return the rows of the test split; `None` for the test split itself."""
        if self.options.split == "test":
            return None
        update = {"split": "test", "rows": self.options.held_out_rows}
        return SoundworldSource(self.locator, self.options.model_copy(update=update))


def render_labelled(
    label: str, seed: int, options: SoundworldOptions | None = None
) -> tuple[Rendered, ScenePlan]:
    """Return one event of a kind over a background, for training and testing classifiers.

    Args:
        label: one of `vocabulary.EVENT_LABELS`.
        seed: number of the rendering, at least 0; other streams than any row's.
        options: rate, length and levels; left out, the defaults.

    Raises:
        DataError: for an unknown label.
    """
    if label not in KIND_OF:
        raise DataError(
            f"Unknown event '{label}'.{suggestion(label, KIND_OF)} "
            f"Expected one of {', '.join(KIND_OF)}."
        )
    options = options or SoundworldOptions()
    plan = plan_scene(options, plan_key(options, "labelled", seed), labels=(label,))
    return render(plan), plan


def render_speech(
    text: str, speaker: str | Speaker, seed: int, options: SoundworldOptions | None = None
) -> tuple[Signal, Timing]:
    """Return a text as a speaker says it, for training and testing recognisers.

    Args:
        text: letters a to z in lower case, spaces and apostrophes.
        speaker: one of `voice.speakers.SPEAKERS` by name, or any voice.
        seed: number of the rendering, at least 0; other streams than any row's. It changes noise
            and the wandering of the pitch, and never the timing.
        options: the rate; left out, the default. The clip is as long as what is said.

    Returns:
        The samples (N,) float32, and when each character and each word is heard.

    Raises:
        DataError: for a text that cannot be said, or an unknown speaker.
    """
    if isinstance(speaker, str) and speaker not in SPEAKERS:
        raise DataError(
            f"Unknown speaker '{speaker}'.{suggestion(speaker, SPEAKERS)} "
            f"Expected one of {', '.join(SPEAKERS)}."
        )
    voice = SPEAKERS[speaker] if isinstance(speaker, str) else speaker
    options = options or SoundworldOptions()
    key = plan_key(options, "spoken", seed)
    utterance = Utterance(text, voice, voice.pace, options.sample_rate_hz, key)
    return speak(utterance), utterance.timing
