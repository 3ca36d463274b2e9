"""Options of the metrics; torch-free, so that a plugin can name them."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field, model_validator

from ...core.config import Config

Region = Literal["whole", "inside", "outside"]
LSD_V1: Final = "lsd.v1"


class LsdConfig(Config):
    """Options of `lsd`; the defaults are ``lsd.v1``. The floor decides the number: print it."""

    definition: Literal["lsd.v1", "ssr_eval", "audioldm_eval", "audiosr", "urgent2024"] = Field(
        default=LSD_V1, description="Whose distance; others than lsd.v1 only for their tables."
    )
    floor_dbfs: float = Field(
        default=-100.0, lt=0, description="Power added to both, relative to a full-scale sine."
    )
    band_limit_hz: float | None = Field(
        default=None, gt=0, description="Highest frequency measured; left out: all."
    )
    unit: Literal["log10", "decibel", "natural"] = Field(
        default="log10", description="Unit of the power ratio's logarithm."
    )
    region: Region = Field(default="whole", description="Frames measured, by truth['span'].")
    sample_rate_hz: int | None = Field(
        default=44100, gt=0, description="Both clips are resampled to it; null keeps their rate."
    )

    @model_validator(mode="after")
    def _check_definition(self) -> LsdConfig:
        options = {"floor_dbfs", "band_limit_hz", "unit"} & self.model_fields_set
        if self.region != "whole":
            options.add("region")
        if self.definition != LSD_V1 and options:
            raise ValueError(
                f"the definition '{self.definition}' has its own {', '.join(sorted(options))}; "
                f"leave them out, or use {LSD_V1}"
            )
        return self


class LsdInsideConfig(LsdConfig):
    """Options of `lsd_inside`."""

    region: Region = Field(default="inside", description="Frames measured, by truth['span'].")


class LsdOutsideConfig(LsdConfig):
    """Options of `lsd_outside`."""

    region: Region = Field(default="outside", description="Frames measured, by truth['span'].")


class LsdFloor80Config(LsdConfig):
    """Options of `lsd_floor_80`."""

    floor_dbfs: float = Field(
        default=-80.0, lt=0, description="Power added to both, relative to a full-scale sine."
    )


class LsdFloor120Config(LsdConfig):
    """Options of `lsd_floor_120`."""

    floor_dbfs: float = Field(
        default=-120.0, lt=0, description="Power added to both, relative to a full-scale sine."
    )


class LsdBelow11kConfig(LsdConfig):
    """Options of `lsd_below_11k`."""

    band_limit_hz: float | None = Field(
        default=11_000.0, gt=0, description="Highest frequency measured; null: all."
    )


class LogMelDistanceConfig(Config):
    """Options of `log_mel_distance`."""

    floor_dbfs: float = Field(
        default=-100.0, lt=0, description="Power added to both, relative to a full-scale sine."
    )
    mels: int = Field(default=64, ge=8, le=256, description="Mel bands from 0 Hz to half the rate.")
    region: Region = Field(default="whole", description="Frames measured, by truth['span'].")
    sample_rate_hz: int | None = Field(
        default=16000, gt=0, description="Both clips are resampled to it; null keeps their rate."
    )


class LogMelDistanceInsideConfig(LogMelDistanceConfig):
    """Options of `log_mel_distance_inside`."""

    region: Region = Field(default="inside", description="Frames measured, by truth['span'].")


class LogMelDistanceOutsideConfig(LogMelDistanceConfig):
    """Options of `log_mel_distance_outside`."""

    region: Region = Field(default="outside", description="Frames measured, by truth['span'].")


class MelCepstralDistortionConfig(Config):
    """Options of `mel_cepstral_distortion`."""

    floor_dbfs: float = Field(
        default=-80.0, lt=0, description="Power added to both, relative to a full-scale sine."
    )
    mels: int = Field(
        default=40, ge=16, le=256, description="Mel bands from 0 Hz to half the rate."
    )
    coefficients: int = Field(
        default=13, ge=1, le=15, description="Cepstral coefficients compared, from the first on."
    )
    sample_rate_hz: int = Field(default=16000, gt=0, description="Both clips are resampled to it.")


class SiSdrConfig(Config):
    """Options of `si_sdr`."""

    remove_mean: bool = Field(default=True, description="Remove the mean of both clips first.")
    limit_db: float = Field(
        default=100.0, gt=0, description="Values are held within ±limit: equal clips would be ∞."
    )


class LoudnessChangeConfig(Config):
    """Options of `loudness_change`: none, for BS.1770 leaves no choice."""


class EventHeardConfig(Config):
    """Options of `event_heard`."""

    top: Literal["events", "one"] = Field(
        default="events",
        description="Labels that count as heard: as many as the scene has events, or the first.",
    )
    label_from: str | None = Field(
        default=None,
        description="Fact of a row that is asked for; left out: its label, or else its events.",
    )


class EventHeardTop1Config(EventHeardConfig):
    """Options of `event_heard_top1`."""

    top: Literal["events", "one"] = Field(
        default="one", description="Labels that count as heard: the first."
    )


class InstrumentHeardConfig(EventHeardTop1Config):
    """Options of `instrument_heard`."""

    label_from: str | None = Field(default="label", description="Fact of a row that is asked for.")


class MoodHeardConfig(EventHeardTop1Config):
    """Options of `mood_heard`."""

    label_from: str | None = Field(default="mood", description="Fact of a row that is asked for.")


class SpeakerHeardConfig(EventHeardTop1Config):
    """Options of `speaker_heard`."""

    label_from: str | None = Field(
        default="speaker", description="Fact of a row that is asked for."
    )


class WordHeardConfig(EventHeardTop1Config):
    """Options of `word_heard`."""

    label_from: str | None = Field(default="word", description="Fact of a row that is asked for.")


class OwnRecordingNearerConfig(Config):
    """Options of `own_recording_nearer`."""

    kind_from: str = Field(
        default="label", min_length=1, description="Fact of a row that says what kind it is of."
    )


class OwnVoiceNearerConfig(OwnRecordingNearerConfig):
    """Options of `own_voice_nearer`."""

    kind_from: str = Field(
        default="speaker", min_length=1, description="Fact of a row that says who speaks."
    )


class ExactMatchConfig(Config):
    """Options of `exact_match`."""

    articles: bool = Field(
        default=False, description="Whether a, an and the count as words of an answer."
    )


class OnsetErrorConfig(Config):
    """Options of `onset_error`."""

    cap_ms: float = Field(
        default=500.0,
        gt=0,
        description="Greatest error of one onset, and that of one that is missed or made up.",
    )
    onsets_of: Literal["events", "notes", "reference"] = Field(
        default="events",
        description="Fact of a row whose onsets are expected; reference: those heard in it.",
    )


class OnsetErrorAtRandomConfig(OnsetErrorConfig):
    """Options of `onset_error_at_random`."""

    draws: int = Field(default=1000, ge=1, description="Random sets of onsets, for each clip.")
    seed: int = Field(default=0, ge=0, description="Of the draws, the same for every clip.")


class BeatErrorConfig(OnsetErrorConfig):
    """Options of `beat_error`."""

    onsets_of: Literal["events", "notes", "reference"] = Field(
        default="notes", description="Fact of a row whose onsets are expected."
    )


class BeatErrorAtRandomConfig(OnsetErrorAtRandomConfig):
    """Options of `beat_error_at_random`."""

    onsets_of: Literal["events", "notes", "reference"] = Field(
        default="notes", description="Fact of a row whose onsets are expected."
    )


class ReferenceOnsetErrorConfig(OnsetErrorConfig):
    """Options of `reference_onset_error`."""

    onsets_of: Literal["events", "notes", "reference"] = Field(
        default="reference", description="What says which onsets are expected."
    )


class ReferenceOnsetErrorAtRandomConfig(OnsetErrorAtRandomConfig):
    """Options of `reference_onset_error_at_random`."""

    onsets_of: Literal["events", "notes", "reference"] = Field(
        default="reference", description="What says which onsets are expected."
    )


class CharacterErrorRateConfig(Config):
    """Options of `character_error_rate`."""

    limit: float | None = Field(
        default=1.0, gt=0, description="Greatest rate of one clip; null for none."
    )


class CharacterErrorRateInsideConfig(CharacterErrorRateConfig):
    """Options of `character_error_rate_inside`."""

    margin_seconds: float = Field(
        default=0.02, ge=0, description="Sound around an edited span that is heard too."
    )


class DurationRatioConfig(Config):
    """Options of `duration_ratio`."""

    of: Literal["sound", "clip"] = Field(
        default="sound", description="What lasts: all from the first sound to the last, or a file."
    )
    below_loudest_db: float = Field(
        default=40.0, gt=0, description="How far under the loudest 10 ms sound ends."
    )
    seconds_from: str | None = Field(
        default=None,
        min_length=1,
        description="Field of a row with the seconds to compare with; left out: the reference's.",
    )


class OutsideEqualConfig(Config):
    """Options of `outside_equal`."""

    of: Literal["clips", "samples"] = Field(
        default="clips",
        description="Share of clips that are equal throughout, or of each clip's samples.",
    )
