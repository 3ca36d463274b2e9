"""Registers the metrics that need no embedder."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import Direction, MetricSpec
from . import config
from .network_specs import network_metrics

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_metrics() -> list[MetricSpec]:
    """Return distances from a reference, what is heard in a clip, and whether answers are right."""
    return [
        *_lsd(),
        *_log_mel_distance(),
        _mel_cepstral_distortion(),
        *_si_sdr(),
        _loudness_change(),
        *_event_heard(),
        *_own_recording_nearer(),
        *_character_error_rate(),
        *_onset_error(),
        _duration_ratio(),
        _outside_equal(),
        _exact_match(),
        *network_metrics(),
    ]


def _lsd() -> list[MetricSpec]:
    variants = [
        ("lsd", "Lsd", config.LsdConfig, "over the whole clip"),
        ("lsd_inside", "LsdInside", config.LsdInsideConfig, "inside the edited spans"),
        ("lsd_outside", "LsdOutside", config.LsdOutsideConfig, "outside the edited spans"),
        ("lsd_floor_80", "LsdFloor80", config.LsdFloor80Config, "above a floor of -80 dBFS"),
        ("lsd_floor_120", "LsdFloor120", config.LsdFloor120Config, "above a floor of -120 dBFS"),
        ("lsd_below_11k", "LsdBelow11k", config.LsdBelow11kConfig, "below 11 kHz"),
    ]
    return [
        MetricSpec(
            name=name,
            summary=f"Log-spectral distance (lsd.v1) from the target {where}.",
            factory=f"{_HERE}.lsd:{attribute}",
            config=options,
            direction=Direction.LOWER,
            unit="log10",
        )
        for name, attribute, options, where in variants
    ]


def _log_mel_distance() -> list[MetricSpec]:
    variants = [
        ("", "LogMelDistance", config.LogMelDistanceConfig, "over the whole clip"),
        (
            "_inside",
            "LogMelDistanceInside",
            config.LogMelDistanceInsideConfig,
            "inside the edited spans",
        ),
        (
            "_outside",
            "LogMelDistanceOutside",
            config.LogMelDistanceOutsideConfig,
            "outside the edited spans",
        ),
    ]
    return [
        MetricSpec(
            name=f"log_mel_distance{suffix}",
            summary=f"RMS difference of log-mel spectrograms from the target {where}.",
            factory=f"{_HERE}.log_mel_distance:{attribute}",
            config=options,
            direction=Direction.LOWER,
            unit="dB",
        )
        for suffix, attribute, options, where in variants
    ]


def _mel_cepstral_distortion() -> MetricSpec:
    return MetricSpec(
        name="mel_cepstral_distortion",
        summary="Distance of timbre from a take of the same words, whatever their pace (MCD).",
        factory=f"{_HERE}.mel_cepstral_distortion:MelCepstralDistortion",
        config=config.MelCepstralDistortionConfig,
        direction=Direction.LOWER,
        unit="dB",
    )


def _si_sdr() -> list[MetricSpec]:
    variants = [
        ("si_sdr", "SiSdr", "against the target"),
        ("si_sdr_outside", "SiSdrOutside", "against the target outside the edited spans"),
    ]
    return [
        MetricSpec(
            name=name,
            summary=f"Scale-invariant signal-to-distortion ratio {where}.",
            factory=f"{_HERE}.si_sdr:{attribute}",
            config=config.SiSdrConfig,
            direction=Direction.HIGHER,
            unit="dB",
        )
        for name, attribute, where in variants
    ]


def _loudness_change() -> MetricSpec:
    return MetricSpec(
        name="loudness_change",
        summary="How far the loudness (BS.1770) is from the target's.",
        factory=f"{_HERE}.loudness_change:LoudnessChange",
        config=config.LoudnessChangeConfig,
        direction=Direction.LOWER,
        unit="LU",
    )


def _event_heard() -> list[MetricSpec]:
    variants = [
        ("event_heard", "EventHeard", config.EventHeardConfig, "event among its best guesses"),
        ("event_heard_top1", "EventHeardTop1", config.EventHeardTop1Config, "event first"),
        ("instrument_heard", "InstrumentHeard", config.InstrumentHeardConfig, "instrument first"),
        ("mood_heard", "MoodHeard", config.MoodHeardConfig, "mood first"),
        ("speaker_heard", "SpeakerHeard", config.SpeakerHeardConfig, "speaker first"),
        ("word_heard", "WordHeard", config.WordHeardConfig, "word first"),
    ]
    return [
        MetricSpec(
            name=name,
            summary=f"How often a classifier names the prompted {what}.",
            factory=f"{_HERE}.event_heard:{attribute}",
            config=options,
            direction=Direction.HIGHER,
            unit="1",
            needs_reference=False,
        )
        for name, attribute, options, what in variants
    ]


def _own_recording_nearer() -> list[MetricSpec]:
    variants = [
        ("recording", "OwnRecordingNearer", config.OwnRecordingNearerConfig, "of another kind"),
        ("voice", "OwnVoiceNearer", config.OwnVoiceNearerConfig, "by another speaker"),
    ]
    return [
        MetricSpec(
            name=f"own_{what}_nearer",
            summary=f"Share of recordings {others} that a clip is further from than its own.",
            factory=f"{_HERE}.own_recording_nearer:{attribute}",
            config=options,
            direction=Direction.HIGHER,
            unit="1",
        )
        for what, attribute, options, others in variants
    ]


def _duration_ratio() -> MetricSpec:
    return MetricSpec(
        name="duration_ratio",
        summary="By what factor a clip lasts longer or shorter than it should; 1 is right.",
        factory=f"{_HERE}.duration_ratio:DurationRatio",
        config=config.DurationRatioConfig,
        direction=Direction.LOWER,
        unit="1",
    )


def _outside_equal() -> MetricSpec:
    return MetricSpec(
        name="outside_equal",
        summary="Share of clips that equal the edited recording outside the new part, bit for bit.",
        factory=f"{_HERE}.outside_equal:OutsideEqual",
        config=config.OutsideEqualConfig,
        direction=Direction.HIGHER,
        unit="1",
    )


def _exact_match() -> MetricSpec:
    return MetricSpec(
        name="exact_match",
        summary="Share of answers that are the right one, word for word.",
        factory=f"{_HERE}.exact_match:ExactMatch",
        config=config.ExactMatchConfig,
        direction=Direction.HIGHER,
        unit="1",
        needs_reference=False,
        output="text",
    )


def _onset_error() -> list[MetricSpec]:
    heard, random = "onsets that are heard", "onsets at random"
    variants = [
        ("onset_error", "OnsetError", config.OnsetErrorConfig, "events", heard),
        (
            "onset_error_at_random",
            "OnsetErrorAtRandom",
            config.OnsetErrorAtRandomConfig,
            "events",
            random,
        ),
        ("beat_error", "BeatError", config.BeatErrorConfig, "notes", heard),
        (
            "beat_error_at_random",
            "BeatErrorAtRandom",
            config.BeatErrorAtRandomConfig,
            "notes",
            random,
        ),
        (
            "reference_onset_error",
            "ReferenceOnsetError",
            config.ReferenceOnsetErrorConfig,
            "recording's onsets",
            heard,
        ),
        (
            "reference_onset_error_at_random",
            "ReferenceOnsetErrorAtRandom",
            config.ReferenceOnsetErrorAtRandomConfig,
            "recording's onsets",
            random,
        ),
    ]
    return [
        MetricSpec(
            name=name,
            summary=f"Time between the {expected} and the {found}, one to one.",
            factory=f"{_HERE}.onset_error:{attribute}",
            config=options,
            direction=Direction.LOWER,
            unit="ms",
            needs_reference=name.startswith("reference"),
        )
        for name, attribute, options, expected, found in variants
    ]


def _character_error_rate() -> list[MetricSpec]:
    variants = [
        ("", "CharacterErrorRate", config.CharacterErrorRateConfig, "a clip"),
        (
            "_inside",
            "CharacterErrorRateInside",
            config.CharacterErrorRateInsideConfig,
            "the edited spans",
        ),
    ]
    return [
        MetricSpec(
            name=f"character_error_rate{suffix}",
            summary=f"Share of the letters that a recogniser hears wrongly in {where}.",
            factory=f"{_HERE}.character_error_rate:{attribute}",
            config=options,
            direction=Direction.LOWER,
            unit="1",
            needs_reference=False,
        )
        for suffix, attribute, options, where in variants
    ]
