"""A plugin with an embedder: what a third party would write."""

from audio_omni import Config, Direction, EmbedderSpec, EmbedderUse, MetricSpec, hookimpl


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
