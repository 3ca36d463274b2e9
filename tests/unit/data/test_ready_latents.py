"""Latents that rows bring: passed on where they are the target's, refused where they are not."""

import pytest
import torch
from audio_omni.core.codec_identity import CodecIdentity
from audio_omni.core.data.dataset import PickDataset
from audio_omni.core.data.mixture import Pick
from audio_omni.core.data.ready_latents import codec_of_latents
from audio_omni.core.data.records import PreparedExample
from audio_omni.core.errors import ConfigError
from audio_omni.core.geometry import Geometry
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.source import DataSource, Row
from audio_omni.tasks.editing.remove import Remove

RATE, HOP, FRAMES = 8000, 100, 20
GEOMETRY = Geometry(sample_rate_hz=RATE, channels=1, hop=HOP, clip_seconds=0.25)
MEL = CodecIdentity(
    name="mel", options={"mels": 3}, weights=None,
    sample_rate_hz=RATE, channels=1, hop=HOP, latent_dim=3,
)  # fmt: skip
OTHER = MEL.model_copy(update={"options": {"mels": 4}, "latent_dim": 4})


class Ready(DataSource):
    """One edit of ``samples``, with a latent of so many frames by each codec."""

    def __init__(self, samples=FRAMES * HOP, frames=FRAMES, codecs=(MEL,)):
        self.samples, self.frames, self.codecs = samples, frames, codecs

    def __len__(self):
        return 1

    def row(self, index):
        ramp = torch.arange(1.0, self.samples + 1)[None]
        return Row(
            id="r",
            fields={"description": "a dog"},
            audio=lambda: Waveform(-ramp, RATE),
            media={"source_audio": lambda: Waveform(ramp, RATE)},
            latents={c.key: lambda c=c: torch.ones(c.latent_dim, self.frames) for c in self.codecs},
        )

    def digest(self):
        return "ready"

    def latents(self):
        return self.codecs


class OwnTarget(Remove):
    """Learns another target than the row's."""

    def to_example(self, item):
        example = super().to_example(item)
        louder = example.target.converted(2 * example.target.samples, "louder")
        return type(example)(**{**vars(example), "target": louder})


def prepare(example, key=None):
    return PreparedExample(
        task=example.task,
        key=key,
        samples=example.target.samples.shape[-1],
        waveform=example.target.samples,
        prepared={},
    )


def read(source, codec=MEL.key, task=Remove, **options):
    data = PickDataset([source], [task()], prepare, geometry=GEOMETRY, codec=codec, **options)
    return data[Pick(0, 0, 0)]


def test_a_latent_takes_the_waveforms_place():
    made = read(Ready())
    assert made.waveform is None
    assert torch.equal(made.latent, torch.ones(3, FRAMES))
    assert (made.samples, made.key) == (FRAMES * HOP, "remove/ready/r")


def test_without_a_codec_or_latents_rows_are_encoded_as_ever():
    for made in (read(Ready(), codec=None), read(Ready(codecs=()))):
        assert made.latent is None
        assert made.waveform.shape == (1, FRAMES * HOP)


@pytest.mark.parametrize(
    ("source", "task", "message"),
    [
        (Ready(samples=2 * FRAMES * HOP), Remove, "'r' is longer than the model's clips of 0.25 s"),
        (Ready(), OwnTarget, "task 'remove' makes a target of its own"),
        (Ready(frames=FRAMES - 1), Remove, "its latent has 19 frames and its target takes 20"),
    ],
)
def test_a_latent_that_is_not_the_targets_is_a_broken_row(source, task, message):
    made = read(source, task=task, crop="start")
    assert made.reason == "DataError"
    assert message in made.message


def test_the_codec_of_latents_is_the_models_or_refused():
    assert codec_of_latents([Ready(codecs=())], lambda: pytest.fail("asked")) is None
    assert codec_of_latents([Ready(codecs=()), Ready(codecs=(OTHER, MEL))], lambda: MEL) == MEL.key
    with pytest.raises(ConfigError, match=f"mel {MEL.key}, .*mel {OTHER.key}") as failure:
        codec_of_latents([Ready(), Ready(codecs=(OTHER,))], lambda: MEL)
    assert "there, here: latent_dim: 4, 3, options.mels: 4, 3" in str(failure.value)
