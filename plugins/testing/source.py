"""The contract of a data source."""

from __future__ import annotations

import pickle
from typing import Any, ClassVar

import torch

from ...core.media.video import VideoClip, as_video, sample_frames
from ...core.source import DataSource, Row
from .base import PluginContract, expect
from .compare import difference

DIGEST_LENGTH = 36


class SourceContract(PluginContract):
    """Tests that every data source passes.

    A subclass sets ``plugin``, ``name``, ``options``, and ``locator`` or `open`.

    Class attributes:
        locator: what stands behind the colon of a URI.
        look_at: how many rows to look at.
    """

    kind = "source"
    config_attribute = "config"
    locator: ClassVar[str] = ""
    look_at: ClassVar[int] = 6

    def open(self) -> DataSource:
        """Return the source; override it when the source needs files made first."""
        source: DataSource = self.implementation(self.locator, self.config)
        return source

    def rows(self, source: DataSource) -> list[Row]:
        """Return the first rows."""
        return [source.row(index) for index in range(min(self.look_at, len(source)))]

    def test_has_rows(self) -> None:
        """There is at least one row."""
        expect(len(self.open()) > 0, f"Source '{self.name}:{self.locator}' has no row.")

    def test_rows_are_pure_functions_of_their_number(self) -> None:
        """A row is the same whenever, and in whatever order, it is read."""
        forward = self.rows(self.open())
        again = self.open()
        for index in reversed(range(len(forward))):
            found = difference(_facts(forward[index]), _facts(again.row(index)), atol=0)
            expect(not found, f"Row {index} read twice differs: {found}")

    def test_rows_of_an_epoch_are_pure_functions_too(self) -> None:
        """A row of an epoch hangs on its number, the epoch and the seed; other words, another id.

        In caches a row's features are found by its id.
        """
        source, again = self.open(), self.open()
        for index, stored in enumerate(self.rows(source)):
            one, two = (s.row_in_epoch(index, epoch=1, seed=3) for s in (source, again))
            found = difference(_facts(one), _facts(two), atol=0)
            expect(not found, f"Row {index} of epoch 1 read twice differs: {found}")
            if one.id == stored.id:
                found = difference(_facts(one), _facts(stored), atol=0)
                expect(not found, f"Row {index} of epoch 1 has the id of the stored one: {found}")

    def test_ids_are_unique(self) -> None:
        """Ids tell rows apart."""
        ids = [row.id for row in self.rows(self.open())]
        expect(len(set(ids)) == len(ids), f"Two rows share an id: {ids}")

    def test_audio_opens(self) -> None:
        """Targets and other media open as finite waveforms or videos, the same each time."""
        for row in self.rows(self.open()):
            clips = {**row.media, **({"audio": row.audio} if row.audio is not None else {})}
            for name, load in clips.items():
                clip, again = load(), load()
                if isinstance(clip, VideoClip):
                    frames = [
                        sample_frames(c, fps=c.fps, seconds=c.seconds, size=None)
                        for c in map(as_video, (clip, again))
                    ]
                    expect(bool(torch.equal(*frames)), f"{row.id}: {name} opens differently.")
                    continue
                expect(bool(torch.isfinite(clip.samples).all()), f"{row.id}: {name} not finite.")
                found = difference(clip, again, path=f"{row.id}.{name}", atol=0)
                expect(not found, f"A clip opened twice differs: {found}")

    def test_rows_bring_the_latents_that_the_source_names(self) -> None:
        """Each row has a latent (D, T) by each codec of `DataSource.latents`, and by no other."""
        source = self.open()
        codecs = {codec.key: codec for codec in source.latents()}
        for row in self.rows(source):
            keys = sorted(row.latents)
            expect(keys == sorted(codecs), f"{row.id}: latents by {keys}; named {sorted(codecs)}.")
            for key, load in row.latents.items():
                latent, width = load(), codecs[key].latent_dim
                expect(
                    latent.ndim == 2 and latent.shape[0] == width and latent.dtype == torch.float32,
                    f"{row.id}: latent {tuple(latent.shape)} {latent.dtype}; expected "
                    f"({width}, T) float32.",
                )
                expect(bool(torch.isfinite(latent).all()), f"{row.id}: latent not finite.")

    def test_digest_is_short_and_stable(self) -> None:
        """Two openings of one source have one digest."""
        digest = self.open().digest()
        expect(0 < len(digest) <= DIGEST_LENGTH, f"The digest has {len(digest)} characters.")
        expect(digest == self.open().digest(), "The digest differs between two openings.")

    def test_licences_are_sorted_and_distinct(self) -> None:
        """Licences are told once each, in order."""
        licences = list(self.open().licences())
        expect(licences == sorted(set(licences)), f"Licences are {licences}; sort and dedupe them.")

    def test_held_out_rows_are_others(self) -> None:
        """The held-out sibling shares no row."""
        source = self.open()
        held_out = source.held_out()
        if held_out is not None:
            shared = {row.id for row in self.rows(source)} & {r.id for r in self.rows(held_out)}
            expect(not shared, f"Held-out rows are trained on: {sorted(shared)}")

    def test_picklable(self) -> None:
        """The source travels to data workers."""
        source = self.open()
        again = pickle.loads(pickle.dumps(source))  # noqa: S301 - written within this line
        found = difference(_facts(source.row(0)), _facts(again.row(0)), atol=0)
        expect(not found, f"Row 0 changes when the source is pickled: {found}")


def _facts(row: Row) -> dict[str, Any]:
    """Return what a row says without opening its media."""
    return {
        "id": row.id,
        "fields": dict(row.fields),
        "media": sorted(row.media),
        "has_audio": row.audio is not None,
        "licence": row.licence,
        "attribution": row.attribution,
    }
