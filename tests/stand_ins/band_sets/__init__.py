"""A plugin with metrics that listen: of sets without pairs, of captions, and one that can fail."""

from audio_omni import Config, Direction, EmbedderUse, MetricSpec, hookimpl


class BandsConfig(Config):
    embedder: EmbedderUse = EmbedderUse(name="bands")


@hookimpl
def register_metrics():
    return [
        MetricSpec(
            name="band_sets",
            summary="Distance of the mean energies of two sets.",
            factory=f"{__name__}.parts:BandSets",
            config=BandsConfig,
            direction=Direction.LOWER,
            unit="1",
            scope="set",
            needs_reference=False,
        ),
        MetricSpec(
            name="band_caption",
            summary="Cosine of a clip and its caption.",
            factory=f"{__name__}.parts:BandCaption",
            config=BandsConfig,
            direction=Direction.HIGHER,
            unit="1",
            needs_reference=False,
        ),
    ]
