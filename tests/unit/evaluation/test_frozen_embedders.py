"""Batches of the frozen networks: equal lengths only, and one clip at a time on a CPU."""

import torch
from audio_omni.evaluation.embedders.config import FrozenConfig
from audio_omni.evaluation.embedders.frozen import FrozenEmbedder, equal_lengths, exactly


class Loudness(FrozenEmbedder):
    """Tells how many clips it was handed at a time, and how loud each is."""

    name = "loudness"
    weights = "none"

    def __init__(self, config, kind="cpu"):
        super().__init__(config)
        self.kind = kind
        self.batches = []

    @property
    def at_a_time(self):
        return super().at_a_time if self.kind == "cpu" else self.config.batch_size

    def prepare(self, clip):
        return clip.samples[0]

    def run(self, batch):
        self.batches.append(tuple(batch.shape))
        assert not torch.is_grad_enabled()
        assert not torch.backends.cuda.matmul.allow_tf32
        return [{"embedding": own.square().mean().reshape(1, 1)} for own in batch]


def clips(*lengths):
    return [torch.full((n,), float(i + 1)) for i, n in enumerate(lengths)]


def test_only_clips_of_one_length_are_batched():
    lengths = (5, 3, 5, 5, 3)
    embedder = Loudness(FrozenConfig(batch_size=2, device="cpu"), kind="a GPU")
    found = embedder.embed(clips(*lengths))
    assert embedder.batches == [(2, 5), (1, 5), (2, 3)]
    assert [float(own["embedding"]) for own in found] == [1.0, 4.0, 9.0, 16.0, 25.0]
    assert list(equal_lengths(clips(*lengths), 9)) == [[0, 2, 3], [1, 4]]


def test_a_cpu_hears_one_at_a_time():
    embedder = Loudness(FrozenConfig(batch_size=8, device="cpu"))
    embedder.embed(clips(5, 5, 3))
    assert embedder.batches == [(1, 5), (1, 5), (1, 3)]


def test_settings_of_the_process_are_left_as_they_were():
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    try:
        matmul.allow_tf32 = cudnn.allow_tf32 = True
        with exactly(torch.device("cpu")), torch.autocast("cpu", enabled=torch.is_grad_enabled()):
            assert not matmul.allow_tf32
            assert not cudnn.allow_tf32
            assert not torch.is_autocast_enabled("cpu")
        assert matmul.allow_tf32
        assert cudnn.allow_tf32
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = before
