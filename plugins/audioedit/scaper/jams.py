"""A scene as Scaper wrote it down: JAMS, namespace ``scaper``.

Source: Salamon et al. 2017, "Scaper: A Library for Soundscape Synthesis and Augmentation"; the
fields are those of version 1.6.5.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ....core.config import parse_config
from ....core.errors import DataError

NAMESPACE = "scaper"


class _Told(BaseModel):
    """Fields of a file of somebody else's: others are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ScaperSound(_Told):
    """One sound of a scene."""

    role: Literal["background", "foreground"] = Field(description="Which of the two it is.")
    label: str = Field(description="Name of its folder.")
    source_file: str = Field(min_length=1, description="As Scaper was given it.")
    source_time: float = Field(ge=0, description="Where it is cut from, in seconds.")
    event_time: float = Field(ge=0, description="Where it begins in the scene, in seconds.")
    event_duration: float = Field(gt=0, description="Seconds that are cut, before stretching.")
    snr: float = Field(description="Its loudness over ref_db, in LU.")
    pitch_shift: float | None = Field(default=None, description="In semitones.")
    time_stretch: float | None = Field(default=None, gt=0, description="Above 1 is longer.")


class ScaperSettings(_Told):
    """What Scaper keeps of its own settings, in the sandbox of the annotation."""

    duration: float = Field(gt=0, description="Of the scene, in seconds.")
    sr: int = Field(default=44100, gt=0, description="Samples per second.")
    ref_db: float = Field(description="Loudness of backgrounds, in LUFS.")
    n_channels: int = Field(default=1, description="Of the scene.")
    reverb: float | None = Field(default=None, description="Amount of it.")


class ScaperScene(_Told):
    """A scene: its settings, one background, and what sounds before it, in Scaper's order."""

    name: str = Field(description="Name of the file, without its ending.")
    settings: ScaperSettings = Field(description="Of the scene.")
    background: ScaperSound = Field(description="What goes on behind.")
    events: tuple[ScaperSound, ...] = Field(description="What sounds before it.")


def read_scene(path: Path) -> ScaperScene:
    """Return the scene of a JAMS file.

    Raises:
        DataError: if it cannot be read, holds no scene of Scaper's, or one that our plans cannot
            tell of: with reverb, of several channels, without an event, or without exactly one
            background.
    """
    annotation = _annotation(path)
    sandbox = annotation.get("sandbox")
    own = sandbox.get(NAMESPACE) if isinstance(sandbox, dict) else None
    where = f"{path.name}, sandbox of Scaper's annotation"
    settings = parse_config(ScaperSettings, own if own else {}, where=where, error=DataError)
    values = [one.get("value") for one in annotation.get("data", ()) if isinstance(one, dict)]
    sounds = [
        parse_config(ScaperSound, value or {}, where=f"{path.name}, sound {k}", error=DataError)
        for k, value in enumerate(values)
    ]
    backgrounds = [sound for sound in sounds if sound.role == "background"]
    events = tuple(sound for sound in sounds if sound.role == "foreground")
    for wrong, said in (
        (settings.reverb is not None, "its scene has reverb, after which parts do not add up"),
        (settings.n_channels != 1, f"its scene has {settings.n_channels} channels; expected 1"),
        (len(backgrounds) != 1, f"its scene has {len(backgrounds)} backgrounds; expected 1"),
        (not events, "nothing sounds before its background, so there is nothing to edit"),
    ):
        if wrong:
            raise DataError(f"{path.name} cannot be planned here: {said}.")
    return ScaperScene(name=path.stem, settings=settings, background=backgrounds[0], events=events)


def _annotation(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        annotations = found["annotations"]
        mine = [one for one in annotations if one.get("namespace") == NAMESPACE]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as failure:
        raise DataError(
            f"{path} cannot be read as JAMS ({type(failure).__name__}); expected what Scaper "
            "writes beside a scene: generate(..., jams_path=...)."
        ) from None
    if len(mine) != 1:
        raise DataError(
            f"{path} has {len(mine)} annotations of namespace '{NAMESPACE}'; expected one."
        )
    annotation: dict[str, Any] = mine[0]
    return annotation
