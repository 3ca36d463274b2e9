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
        )
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
