"""A plugin with an embedder: what a third party would write."""

from audio_omni import (
    Benchmark,
    BenchmarkSpec,
    Config,
    Direction,
    EmbedderSpec,
    EmbedderUse,
    MetricSpec,
    hookimpl,
)
from audio_omni.core.benchmark import MetricUse


class BandsConfig(Config):
    bands: int = 4


class BandDistanceConfig(Config):
    embedder: EmbedderUse = EmbedderUse(name="bands")


@hookimpl
def register_embedders():
    return [
        EmbedderSpec(
            name="bands",
            summary="Energies of bands.",
            factory=f"{__name__}.parts:Bands",
            config=BandsConfig,
            outputs=("embedding",),
            reads=("audio", "text"),
        ),
        EmbedderSpec(
            name="one_vector",
            summary="One vector, and logits.",
            factory=f"{__name__}.parts:OneVector",
            config=BandsConfig,
            outputs=("embedding", "logits"),
            reads=("audio", "text"),
        ),
        EmbedderSpec(
            name="loud_or_soft",
            summary="A level as a word.",
            factory=f"{__name__}.parts:LoudOrSoft",
            config=BandsConfig,
            outputs=("text",),
        ),
    ]


@hookimpl
def register_metrics():
    return [
        MetricSpec(
            name="band_distance",
            summary="Distance of energies of bands.",
            factory=f"{__name__}.parts:BandDistance",
            config=BandDistanceConfig,
            direction=Direction.LOWER,
            unit="1",
        )
    ]


def tones():
    bands = {"embedder": {"name": "bands"}}
    return Benchmark(
        title="Four tones",
        task="text_to_audio",
        fields={"id": "names the row", "audio": "the reference", "caption": "what is asked for"},
        media=("audio",),
        metrics=(
            MetricUse(name="fad", options=bands, column="FAD"),
            MetricUse(name="band_distance"),
            MetricUse(name="lsd"),
        ),
        clip_seconds=0.5,
        tables={"3": "T2A"},
        obtain="Make them.",
    )


def quiz():
    return Benchmark(
        title="A quiz",
        task="understanding",
        fields={"id": "names the row", "question": "it", "choices": "a list", "answer": "one"},
        metrics=(MetricUse(name="mmau_accuracy", column="MMAU"),),
        tables={"2": ""},
        obtain="Ask.",
    )


def long_edits():
    return Benchmark(
        title="Edits of long recordings",
        task="add",
        fields={
            "id": "names the row",
            "audio": "the exact answer",
            "source_audio": "the input",
            "instruction": "the edit in words",
        },
        media=("audio", "source_audio"),
        metrics=(
            MetricUse(name="lsd_outside"),
            MetricUse(name="lsd_inside"),
            MetricUse(name="log_mel_distance_outside"),
            MetricUse(name="si_sdr_outside"),
        ),
        obtain="Make them.",
    )


@hookimpl
def register_benchmarks():
    return [
        BenchmarkSpec(
            name="long_edits", summary="Long edits.", factory=f"{__name__}:long_edits", task="add"
        ),
        BenchmarkSpec(
            name="tones", summary="Four tones.", factory=f"{__name__}:tones", task="text_to_audio"
        ),
        BenchmarkSpec(
            name="quiz", summary="A quiz.", factory=f"{__name__}:quiz", task="understanding"
        ),
    ]
