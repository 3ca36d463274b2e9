"""Specs of the metrics of published networks, and of published rules for reading answers."""

from __future__ import annotations

from pydantic import BaseModel

from ...core.specs import Direction, MetricSpec
from . import network_config as config

_HERE = __name__.rpartition(".")[0]
_LOWER, _HIGHER = Direction.LOWER, Direction.HIGHER


def network_metrics() -> list[MetricSpec]:
    """Return metrics of sets, of pairs and of answers."""
    return [*_of_sets(), *_of_rows(), *_of_videos(), *_of_answers()]


def _of_sets() -> list[MetricSpec]:
    variants: list[tuple[str, str, type[BaseModel], Direction, str]] = [
        ("fad", "frechet:Fad", config.FadConfig, _LOWER, "Fréchet Audio Distance, on VGGish."),
        (
            "frechet_distance",
            "frechet:FrechetDistance",
            config.FrechetDistanceConfig,
            _LOWER,
            "Fréchet distance of two sets, on PANNs CNN14.",
        ),
        (
            "fad_infinity",
            "vectors:FadInfinity",
            config.FadInfinityConfig,
            _LOWER,
            "Fréchet Audio Distance with endlessly many clips, an intercept.",
        ),
        ("kad", "vectors:Kad", config.KadConfig, _LOWER, "Unbiased kernel distance of two sets."),
        (
            "inception_score",
            "vectors:InceptionScore",
            config.InceptionScoreConfig,
            _HIGHER,
            "How sure a tagger is of each clip, and how much clips differ.",
        ),
    ]
    return [
        MetricSpec(
            name=name,
            summary=summary,
            factory=f"{_HERE}.{factory}",
            config=options,
            direction=direction,
            unit="1",
            scope="set",
            needs_reference=name != "inception_score",
        )
        for name, factory, options, direction, summary in variants
    ]


def _of_rows() -> list[MetricSpec]:
    return [
        MetricSpec(
            name="kl_divergence",
            summary="Divergence of what a tagger hears in a clip from what it hears in the target.",
            factory=f"{_HERE}.heard_pairs:KlDivergence",
            config=config.KlDivergenceConfig,
            direction=_LOWER,
            unit="nat",
        ),
        MetricSpec(
            name="clap_score",
            summary="Cosine of a clip and the words that were asked for.",
            factory=f"{_HERE}.heard_pairs:ClapScore",
            config=config.ClapScoreConfig,
            direction=_HIGHER,
            unit="1",
            needs_reference=False,
        ),
        MetricSpec(
            name="same_speaker",
            summary="Cosine of the voices of a clip and of another recording of the speaker.",
            factory=f"{_HERE}.heard_pairs:SameSpeaker",
            config=config.SameSpeakerConfig,
            direction=_HIGHER,
            unit="1",
        ),
        *_of_words(),
        MetricSpec(
            name="edited_words_error_rate",
            summary="Share of the words of an edit that a published recogniser hears wrongly.",
            factory=f"{_HERE}.edited_words:EditedWordsErrorRate",
            config=config.EditedWordsErrorRateConfig,
            direction=_LOWER,
            unit="1",
            needs_reference=False,
        ),
    ]


def _of_words() -> list[MetricSpec]:
    variants: list[tuple[str, str, str, type[BaseModel], type[BaseModel]]] = [
        (
            "word_error_rate",
            "WordErrorRate",
            "words",
            config.WordErrorRateConfig,
            config.ReferenceWordErrorRateConfig,
        ),
        (
            "whisper_character_error_rate",
            "WhisperCharacterErrorRate",
            "characters",
            config.WhisperCharacterErrorRateConfig,
            config.ReferenceWhisperCharacterErrorRateConfig,
        ),
    ]
    said = "Share of the {} that a published recogniser hears wrongly in the {}."
    own = [
        MetricSpec(
            name=name,
            summary=said.format(unit, "clips"),
            factory=f"{_HERE}.word_error_rate:{attribute}",
            config=options,
            direction=_LOWER,
            unit="1",
            needs_reference=False,
            read_beside=f"reference_{name}",
        )
        for name, attribute, unit, options, _ in variants
    ]
    recordings = [
        MetricSpec(
            name=f"reference_{name}",
            summary=said.format(unit, "recordings"),
            factory=f"{_HERE}.word_error_rate:Reference{attribute}",
            config=options,
            direction=_LOWER,
            unit="1",
        )
        for name, attribute, unit, _, options in variants
    ]
    return own + recordings


def _of_videos() -> list[MetricSpec]:
    return [
        MetricSpec(
            name="desync",
            summary="How far sound is from its video (DeSync, by Synchformer), 0 to 2 s.",
            factory=f"{_HERE}.desync:Desync",
            config=config.DesyncConfig,
            direction=_LOWER,
            unit="s",
            needs_reference=False,
        ),
        MetricSpec(
            name="reference_desync",
            summary="How far the recordings' own sound is from its video, by the same network.",
            factory=f"{_HERE}.desync:ReferenceDesync",
            config=config.ReferenceDesyncConfig,
            direction=_LOWER,
            unit="s",
        ),
    ]


def _of_answers() -> list[MetricSpec]:
    variants: list[tuple[str, str, type[BaseModel], str]] = [
        ("mmau_accuracy", "MmauAccuracy", config.MmauAccuracyConfig, "MMAU"),
        ("mmsu_accuracy", "MmsuAccuracy", config.MmsuAccuracyConfig, "MMSU"),
    ]
    return [
        MetricSpec(
            name=name,
            summary=f"Share of right answers as {who} reads them, over all questions.",
            factory=f"{_HERE}.choices:{attribute}",
            config=options,
            direction=_HIGHER,
            unit="1",
            needs_reference=False,
            output="text",
        )
        for name, attribute, options, who in variants
    ]
