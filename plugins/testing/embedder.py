"""The contract of an embedder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from ...core.embedder import Embedder, Embedding
from ...core.errors import AudioOmniError
from ...core.media.video_file import VideoClip
from ...core.media.waveform import Waveform
from .base import PluginContract, expect
from .compare import TOLERANCE, difference


class EmbedderContract(PluginContract):
    """Tests that every embedder passes.

    A subclass sets ``plugin``, ``name`` and ``options``, and implements `clips`; weights are tiny
    and random, made of the same classes as the published ones.
    """

    kind = "embedder"
    config_attribute = "config_model"

    def clips(self) -> Sequence[Waveform]:
        """Return at least three unlike clips, of which two are of one length."""
        raise NotImplementedError(f"{type(self).__name__} must implement clips().")

    def video(self) -> VideoClip:
        """Return a video, as long as the first clip where the embedder watches videos."""
        return VideoClip.of_frames(np.zeros((25, 32, 32, 3), np.uint8), 25.0)

    def build(self) -> Embedder:
        """Return the embedder with its weights."""
        embedder: Embedder = self.implementation(self.config)
        return embedder

    def embed(self, embedder: Embedder, clips: Sequence[Waveform]) -> list[Embedding]:
        """Return the embeddings of clips, embedded as one batch."""
        return embedder.embed([embedder.prepare(clip) for clip in clips])

    def test_class_agrees_with_spec(self) -> None:
        """The name is the spec's, and every clip gets the outputs that the spec names."""
        expect(self.implementation.name == self.spec.name, "The class has another name.")
        for found in self.embed(self.build(), self.clips()):
            expect(
                tuple(found) == tuple(self.spec.outputs),
                f"Got outputs {tuple(found)}; the spec names {tuple(self.spec.outputs)}.",
            )

    def test_vectors_are_finite_float32_on_the_cpu(self) -> None:
        """Every output is (P, D) with at least one vector, or text."""
        for found in self.embed(self.build(), self.clips()):
            for name, value in found.items():
                if isinstance(value, str):
                    continue
                shape = tuple(value.shape)
                expect(value.ndim == 2 and value.shape[0] > 0, f"'{name}' has shape {shape}.")
                expect(value.dtype == torch.float32, f"'{name}' is {value.dtype}.")
                expect(value.device.type == "cpu", f"'{name}' is on {value.device}.")
                expect(bool(torch.isfinite(value).all()), f"'{name}' is not finite.")

    def test_alone_is_as_in_a_batch(self) -> None:
        """A clip's embedding does not depend on the clips beside it, nor on their order."""
        embedder, clips = self.build(), list(self.clips())
        together = self.embed(embedder, clips)
        backwards = self.embed(embedder, clips[::-1])[::-1]
        alone = [self.embed(embedder, [clip])[0] for clip in clips]
        for other, how in ((alone, "alone"), (backwards, "in another order")):
            found = difference(other, together, path=how, atol=TOLERANCE)
            expect(not found, f"A clip is heard otherwise in a batch: {found}")

    def test_unlike_clips_are_heard_as_unlike(self) -> None:
        """Not every clip gets the same embedding."""
        found = self.embed(self.build(), self.clips())
        alike = difference(found[0], found[-1], path="first and last", atol=0)
        expect(bool(alike), "The first and the last clip get the same embedding.")

    def test_two_of_it_are_alike(self) -> None:
        """The same options give the same numbers and the same fingerprint."""
        first, second = self.build(), self.build()
        found = difference(
            self.embed(first, self.clips()), self.embed(second, self.clips()), path="", atol=0
        )
        expect(not found, f"Two embedders with the same options differ: {found}")
        one, two = (json.dumps(e.fingerprint(), sort_keys=True) for e in (first, second))
        expect(one == two, f"Their fingerprints differ: {one} {two}")
        missing = {"embedder", "version", "weights", "options"} - set(first.fingerprint())
        expect(not missing, f"The fingerprint lacks {sorted(missing)}; extend super()'s.")

    def test_bad_clips_are_refused(self) -> None:
        """Samples that are not finite, and none at all, raise before the network runs."""
        clip = self.clips()[0]
        broken = clip.samples.clone()
        broken[0, 0] = torch.nan
        for samples in (broken, clip.samples[:, :0]):
            with pytest.raises(AudioOmniError):
                self.build().prepare(replace(clip, samples=samples))

    def test_video(self) -> None:
        """A video is embedded where the spec says so, as long as a clip, and refused elsewhere."""
        embedder, video = self.build(), self.video()
        seconds = self.clips()[0].seconds
        if "video" not in self.spec.reads:
            with pytest.raises(AudioOmniError, match="watches no video"):
                embedder.watched_seconds(seconds)
            with pytest.raises(AudioOmniError, match="watches no video"):
                embedder.embed_video(video, seconds)
            return
        watched = embedder.watched_seconds(seconds)
        expect(0 < watched <= seconds, f"It watches {watched} s beside a clip of {seconds} s.")
        found, again = (embedder.embed_video(video, watched) for _ in range(2))
        expect(
            tuple(found) == tuple(self.spec.outputs),
            f"Got outputs {tuple(found)}; the spec names {tuple(self.spec.outputs)}.",
        )
        expect(not difference(again, found, path="", atol=0), "A video is seen otherwise again.")
        for name, value in found.items():
            if isinstance(value, Tensor):
                expect(bool(torch.isfinite(value).all()), f"'{name}' is not finite.")

    def test_text(self) -> None:
        """Text is embedded where the spec says so, in as many values, and refused elsewhere."""
        embedder = self.build()
        if "text" not in self.spec.reads:
            with pytest.raises(AudioOmniError, match="reads no text"):
                embedder.embed_text(["a dog"])
            return
        dog, cat = embedder.embed_text(["a dog", "a cat"])
        heard = self.embed(embedder, self.clips())[0]
        output = self.spec.outputs[0]
        expect(bool(difference(dog, cat, path="", atol=0)), "Unlike texts are embedded alike.")
        widths = {
            value.shape[1] for value in (dog[output], heard[output]) if isinstance(value, Tensor)
        }
        expect(len(widths) == 1, f"Text and clips have vectors of {sorted(widths)} values.")
