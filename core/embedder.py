"""The contract of an embedder: a frozen network that metrics listen with.

Shapes: N samples, P vectors of a clip, D values of a vector.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel
from torch import Tensor

from .config import NoOptions
from .data.content import content_digest
from .data.feature_cache import FeatureCache
from .errors import RequestError
from .media.video_digest import video_digest
from .media.video_file import Video, VideoClip
from .media.waveform import Waveform

Embedding = Mapping[str, Tensor | str]
"""What a network gives of a clip: name of an output → (P, D) float32 on the CPU, or text."""

Clip = Waveform | Callable[[], Waveform]
"""A clip in memory, or what reads it when it is needed."""

WHERE_AND_HOW_FAST = frozenset({"weights", "device", "batch_size"})
"""Options that say where weights lie and how fast a network runs, not what it gives."""


class Embedder(abc.ABC):
    """Turns clips into vectors (or words), with weights that are never trained here.

    Item i of a batch must not depend on its neighbours. Class attributes mirror the spec.
    """

    config_model: ClassVar[type[BaseModel]] = NoOptions
    name: ClassVar[str]
    version: ClassVar[str] = "v1"

    def __init__(self, config: BaseModel | None = None) -> None:
        """Keep the options; weights are loaded here, once.

        Raises:
            ConfigError: if there are no weights; says what to fetch and where to put it.
        """
        self.config = config if config is not None else self.config_model()

    @property
    @abc.abstractmethod
    def weights(self) -> str:
        """Return a digest of the weights; of random ones it begins with ``random``."""

    @abc.abstractmethod
    def prepare(self, clip: Waveform) -> Tensor:
        """Return what the network is fed, usually (N,) float32 mono at its own rate.

        Raises:
            RequestError: for a clip that is too short, or holds samples that are not finite.
        """

    @abc.abstractmethod
    def embed(self, prepared: Sequence[Tensor]) -> list[Embedding]:
        """Return one embedding per prepared clip, without gradients."""

    def embed_text(self, texts: Sequence[str]) -> list[Embedding]:
        """Return one embedding per text, in the space of the clips.

        Raises:
            RequestError: unless the embedder reads text.
        """
        raise RequestError(
            f"Embedder '{self.name}' reads no text; it was handed {len(texts)}. Choose one that "
            "does: see `audio-omni plugins list embedders`."
        )

    def watched_seconds(self, seconds: float) -> float:
        """Return how much of a video is looked at beside a clip of so many seconds.

        Raises:
            RequestError: unless the embedder watches videos.
        """
        raise RequestError(
            f"Embedder '{self.name}' watches no video; it was handed one of {seconds:g} s. Choose "
            "one that does: see `audio-omni plugins list embedders`."
        )

    def embed_video(self, video: VideoClip, seconds: float) -> Embedding:
        """Return the embedding of a video's beginning.

        Args:
            video: what is watched.
            seconds: how much of it, as `watched_seconds` said; all, if it is shorter.

        Raises:
            RequestError: unless the embedder watches videos, or if this one is too short.
            MediaError: if it cannot be decoded.
        """
        raise RequestError(
            f"Embedder '{self.name}' watches no video; it was handed {seconds:g} s of {video.path}."
        )

    def fingerprint(self) -> dict[str, Any]:
        """Return what decides its numbers; subclasses add rate, resampler, mono rule, …."""
        return {
            "embedder": self.name,
            "version": self.version,
            "weights": self.weights,
            "options": self.config.model_dump(mode="json", exclude=set(WHERE_AND_HOW_FAST)),
        }


class Ear:
    """An embedder that remembers what it has heard, on disk if it has a cache."""

    def __init__(self, embedder: Embedder, cache: FeatureCache | None = None) -> None:
        """Keep both; a cache belongs to one fingerprint."""
        self.embedder = embedder
        self.cache = cache

    def hear(self, clips: Sequence[Clip], keys: Sequence[str] | None = None) -> list[Embedding]:
        """Return the embedding of each clip; with a cache, known ones are not even read.

        Args:
            clips: clips, or what reads them.
            keys: digests of their content; left out, taken of the samples.

        Raises:
            RequestError: as `Embedder.prepare`.
        """
        if self.cache is None:
            return self._embed(list(clips))
        known = keys or [content_digest(_loaded(clip)) for clip in clips]
        return self.cache.features(clips, known, self._embed)

    def read(self, texts: Sequence[str]) -> list[Embedding]:
        """Return the embedding of each text."""
        if self.cache is None:
            return self.embedder.embed_text(texts)
        keys = [content_digest(["text", text]) for text in texts]
        return self.cache.features(texts, keys, self.embedder.embed_text)

    def watch(self, video: Video, seconds: float, key: str | None = None) -> Embedding:
        """Return the embedding of a video; with a cache, a known one is not even opened.

        Args:
            video: the video, or what opens it.
            seconds: length of the clip that goes with it.
            key: digest of its content; left out, taken of the video.

        Raises:
            RequestError, MediaError: as `Embedder.embed_video`.
        """
        watched = self.embedder.watched_seconds(seconds)

        def compute(videos: list[Any]) -> list[Embedding]:
            return [self.embedder.embed_video(_opened(one), watched) for one in videos]

        if self.cache is None:
            return compute([video])[0]
        known = content_digest(["video", key or video_digest(_opened(video)), watched])
        (found,) = self.cache.features([video], [known], compute)
        embedding: Embedding = found
        return embedding

    def _embed(self, clips: list[Any]) -> list[Embedding]:
        return self.embedder.embed([self.embedder.prepare(_loaded(clip)) for clip in clips])


@dataclass(frozen=True)
class Heard:
    """What a network heard of one row.

    Attributes:
        id: of the row.
        generated: of the clip that a model made, or `None`: a reference that belongs to no clip.
        reference: of the exact target, or `None` when there is none.
        text: of the words that were asked for, where a metric reads them.
        fields: plain values of the row.
        truth: what the source knows about the row.
        video: of what is seen, where a metric sees it.
    """

    id: str
    generated: Embedding | None
    reference: Embedding | None = None
    text: Embedding | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)
    video: Embedding | None = None


def _loaded(clip: Clip) -> Waveform:
    return clip if isinstance(clip, Waveform) else clip()


def _opened(video: Video) -> VideoClip:
    return video if isinstance(video, VideoClip) else video()
