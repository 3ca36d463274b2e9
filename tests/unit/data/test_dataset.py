import pytest
import torch
from audio_omni.core.data.collate import pad_latents
from audio_omni.core.data.config import LoaderConfig, MixtureConfig, SourceUseConfig
from audio_omni.core.data.dataset import PickDataset, Skipped
from audio_omni.core.data.loader import ALL, BatchLoader
from audio_omni.core.data.mixture import Mixture, Pick
from audio_omni.core.data.records import EncodedExample, Part, PreparedExample
from audio_omni.core.errors import DataError
from audio_omni.core.geometry import Geometry
from audio_omni.core.media.audio import resample
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.source import DataSource, Row
from audio_omni.tasks.editing.remove import Remove

GEOMETRY = Geometry(sample_rate_hz=8000, channels=1, hop=100, clip_seconds=0.5)


class Ramps(DataSource):
    """Edits whose source is a ramp of sample numbers, and whose target is its negative."""

    def __init__(self, rows=6, samples=20000, rate=16000, broken=(), longer_source=0):
        self.rows, self.samples, self.rate = rows, samples, rate
        self.broken, self.longer_source = broken, longer_source

    def __len__(self):
        return self.rows

    def clip(self, sign, extra=0):
        return Waveform(sign * torch.arange(1.0, self.samples + extra + 1)[None], self.rate)

    def row(self, index):
        if index in self.broken:
            raise DataError(f"row {index} is broken")
        return Row(
            id=f"r{index}",
            fields={"description": "a dog", "duration_s": self.samples / self.rate},
            audio=lambda: self.clip(-1),
            media={"source_audio": lambda: self.clip(1, self.longer_source)},
        )

    def digest(self):
        return "ramps"


class Prepare:
    """Keeps what it was given, at the model's rate."""

    def __init__(self):
        self.keys = []

    def __call__(self, example, key=None):
        self.keys.append(key)
        source = example.payloads["reference_audio"].waveform
        return PreparedExample(
            task=example.task,
            key=key,
            samples=resample(example.target, 8000).samples.shape[-1],
            waveform=example.target.samples,
            prepared={"source": source.samples},
            conversions=example.target.conversions,
        )


def dataset(source, **options):
    return PickDataset([source], [Remove()], Prepare(), geometry=GEOMETRY, **options)


def test_source_and_target_are_cut_together():
    starts = set()
    data = dataset(Ramps(), seed=3)
    for draw in range(8):
        made = data[Pick(0, 0, draw)]
        assert made.waveform.shape == (1, 8000)
        assert torch.equal(made.waveform, -made.prepared["source"])
        assert "cropped 1.250 s" in made.conversions[0]
        starts.add(int(made.waveform[0, 0]))
    assert len(starts) > 4


def test_random_crop_depends_on_seed_and_draw_only():
    again = [dataset(Ramps(), seed=3)[Pick(0, 0, 5)].waveform for _ in range(2)]
    other = dataset(Ramps(), seed=4)[Pick(0, 0, 5)].waveform
    assert torch.equal(*again)
    assert not torch.equal(again[0], other)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100])
@pytest.mark.parametrize("clip_seconds", [0.25, 0.3333, 0.50007])
def test_cut_clips_never_exceed_the_models_clip(rate, clip_seconds):
    geometry = GEOMETRY.model_copy(update={"clip_seconds": clip_seconds})
    data = PickDataset(
        [Ramps(samples=rate, rate=rate)], [Remove()], Prepare(), geometry=geometry, crop="start"
    )
    made = data[Pick(0, 0, 0)]
    assert geometry.clip_samples - 1 <= made.samples <= geometry.clip_samples


def test_keys_are_stable_and_absent_for_random_crops():
    whole = dataset(Ramps(samples=4000))
    assert whole[Pick(0, 2, 0)].key == whole[Pick(0, 2, 9)].key == "remove/ramps/r2"
    assert dataset(Ramps(), crop="start")[Pick(0, 2, 0)].key == "remove/ramps/r2@4000"
    assert dataset(Ramps())[Pick(0, 2, 0)].key is None


def test_crop_rule_error_names_the_row():
    made = dataset(Ramps(), crop="error")[Pick(0, 1, 0)]
    assert made.reason == "DataError"
    assert "Row 'r1' lasts 1.250 s; the model's clips last 0.5 s" in made.message


def test_unequal_lengths_are_not_cut_together():
    made = dataset(Ramps(longer_source=1600))[Pick(0, 1, 0)]
    assert isinstance(made, Skipped)
    assert "can only be cut together if both last equally long" in made.message


def batches(workers=0, source=None, max_skipped=0, steps=7, start=None, part=ALL, **options):
    source = source or Ramps()
    uses = [SourceUseConfig(uri="ramps:", task="remove", **options)]
    mixture = Mixture(MixtureConfig(sources=uses), [source], seed=1)
    first = 0
    if start is not None:
        first, state = start
        mixture.load_state_dict(state)
    config = LoaderConfig(batch_size=4, workers=workers, max_skipped=max_skipped)
    return BatchLoader(
        dataset(source, seed=1), mixture, config, start_step=first, steps=steps - first, part=part
    )


def content(loader):
    return [
        (batch.number, [e.waveform.tolist() for e in batch.examples], batch.mixture)
        for batch in loader
    ]


def test_batches_are_the_same_for_any_number_of_workers():
    assert content(batches(workers=2)) == content(batches())


@pytest.mark.parametrize("workers", [0, 2])
def test_state_belongs_to_the_consumed_batch_not_to_prefetched_ones(workers):
    whole = content(batches())
    iterator = iter(batches(workers=workers))
    for _ in range(3):
        step, _, state, *_ = next(iterator)
    assert state["drawn"] == [12]
    assert content(batches(start=(step + 1, state))) == whole[3:]


def test_broken_rows_make_batches_smaller_and_are_counted_and_told(caplog):
    loader = batches(source=Ramps(rows=4, broken={2}), max_skipped=7)
    read = list(loader)
    assert [len(batch.examples) for batch in read] == [3] * 7
    assert [batch.skipped for batch in read] == [{"DataError": i} for i in range(1, 8)]
    assert loader.skipped == {"DataError": 7}
    assert "A broken row is skipped, 7 of at most 7. Source 0" in caplog.text


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("of", [2, 3, 5])
def test_parts_of_a_batch_make_up_the_whole_in_its_order(workers, of):
    whole = content(batches())
    parts = [list(batches(workers=workers, part=Part(rank, of))) for rank in range(of)]
    for step, (number, waveforms, state) in enumerate(whole):
        own = [part[step] for part in parts]
        placed = {place: e for b in own for place, e in zip(b.places, b.examples, strict=True)}
        assert [placed[i].waveform.tolist() for i in range(len(waveforms))] == waveforms
        assert {b.number for b in own} == {number}
        assert all(b.mixture == state for b in own)


def test_a_broken_row_leaves_the_places_of_the_others():
    loader = batches(source=Ramps(rows=4, broken={2}), max_skipped=7)
    places = [list(batch.places) for batch in loader]
    assert all(len(own) == 3 and set(own) < {0, 1, 2, 3} for own in places)
    assert len({tuple(own) for own in places}) > 1


def test_too_many_broken_rows_stop_the_run():
    with pytest.raises(DataError, match=r"3 broken rows \(3 × DataError\).*allows 2.*row 2"):
        list(batches(source=Ramps(rows=4, broken={2}), max_skipped=2))


def test_a_part_of_the_batches_counts_its_broken_rows_and_leaves_the_ceiling_to_all(caplog):
    parts = [
        list(batches(source=Ramps(rows=4, broken={2}), max_skipped=0, part=Part(rank, 2)))
        for rank in range(2)
    ]
    assert [len(part) for part in parts] == [7, 7]
    counts = [[sum(batch.skipped.values()) for batch in part] for part in parts]
    assert [sum(both) for both in zip(*counts, strict=True)] == list(range(1, 8))
    assert all(("row 2" in b.broken) == bool(b.skipped) for part in parts for b in part)
    assert "A broken row is skipped, 1 here. Source 0" in caplog.text


@pytest.mark.parametrize("workers", [0, 2])
def test_every_planned_batch_is_read_before_exhaustion_is_reported(workers):
    seen = []

    def read_all():
        for batch in batches(workers=workers, max_epochs=1):
            seen.append((batch.number, len(batch.examples)))

    with pytest.raises(DataError, match="exhausted"):
        read_all()
    assert seen == [(0, 4), (1, 2)]


def test_loading_leaves_the_global_random_state_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    list(batches(steps=2))
    assert torch.equal(torch.get_rng_state(), before)


def encoded(frames, width=3):
    latent = None if frames is None else torch.ones(width, frames)
    return EncodedExample(task="t", key="k", samples=1, latent=latent, features={})


def test_latents_are_padded_with_a_mask():
    batch = pad_latents([encoded(2), encoded(5)])
    assert batch.latent.shape == (2, 3, 5)
    assert batch.frame_mask.tolist() == [[True, True, False, False, False], [True] * 5]
    assert torch.equal(batch.latent.sum(dim=1) > 0, batch.frame_mask)


def test_latents_that_do_not_fit_together_are_refused():
    with pytest.raises(DataError, match="empty batch"):
        pad_latents([])
    with pytest.raises(DataError, match="'k' of task 't' has no latent"):
        pad_latents([encoded(None)])
    with pytest.raises(DataError, match=r"widths \[3, 4\]"):
        pad_latents([encoded(2), encoded(2, width=4)])
