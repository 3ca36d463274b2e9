"""The whole model: a codec, conditioners with their routes, and the transformer.

Shapes: B batch, C channels, N samples, D latent width, T latent frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from ..codec import Codec
from ..conditioning import (
    Conditioner,
    Conditioning,
    Route,
    check_condition,
    route_conditions,
)
from ..data.content import content_digest
from ..data.feature_cache import FeatureCache
from ..data.records import EncodedExample, PreparedExample
from ..errors import ContractError, RequestError
from ..execution import visiting
from ..geometry import Geometry
from ..media.audio import resample, to_channels
from ..payloads import REFERENCE_AUDIO, Example, ReferenceAudio
from .config import ModelConfig
from .dit import DiT
from .lengths import length_of, told_length


class AudioOmniModel(nn.Module):
    """Everything that has weights, and the path of an example through it.

    The path has three costs: `prepare` (data workers), `encode` (frozen networks, cacheable)
    and `conditioning` (trainable). Training and generation share all three.

    Attributes:
        config: what the model was built from.
        geometry: rates and lengths, derived from codec and config.
        codec: waveforms ↔ latents.
        conditioners: by the name of their weights.
        dit: the velocity network.
    """

    def __init__(
        self,
        *,
        config: ModelConfig,
        codec: Codec,
        conditioners: Mapping[str, Conditioner[Any]],
        routes: Mapping[str, Route],
        slots: Mapping[str, str],
        origins: Mapping[str, str],
        dit: DiT,
    ) -> None:
        """Join parts that were built by `build_model`."""
        super().__init__()
        self.config = config
        self.codec = codec
        self.conditioners = nn.ModuleDict(dict(conditioners))
        self.routes = dict(routes)
        self.slots = dict(slots)
        self.origins = dict(origins)
        self.dit = dit
        self._visited: torch.device | None = None
        self.geometry = Geometry(
            sample_rate_hz=codec.sample_rate_hz,
            channels=codec.channels,
            hop=codec.hop,
            clip_seconds=config.clip_seconds,
        )

    @property
    def device(self) -> torch.device:
        """Return where the model computes: where its weights are, unless they are offloaded."""
        return self._visited or next(self.dit.parameters()).device

    def offload_to(self, device: torch.device) -> None:
        """Keep all weights where they are; each part visits ``device`` while it runs."""
        self._visited = device

    def visiting(self, part: nn.Module) -> AbstractContextManager[nn.Module]:
        """Return the block in which a part of the model is on the device that computes."""
        return visiting(part, self.device, enabled=self._visited is not None)

    @property
    def window_seconds(self) -> float:
        """Return the longest source that can be edited in one piece, in seconds."""
        limits = [
            conditioner.window_seconds
            for name, conditioner in self._conditioners()
            if self.slots[name] == REFERENCE_AUDIO and conditioner.window_seconds is not None
        ]
        return min([self.config.clip_seconds, *limits])

    def frames(self, samples: int) -> int:
        """Return how many latent frames are generated for a clip of ``samples`` samples."""
        return (
            self.geometry.clip_frames if self.config.fixed_length else self.geometry.frames(samples)
        )

    def components(self) -> dict[str, nn.Module]:
        """Return what is trained and saved, by component name: one checkpoint file each."""
        parts: dict[str, nn.Module] = {"dit": self.dit}
        if self.codec.state_dict():
            parts["codec"] = self.codec
        for name, conditioner in self.conditioners.items():
            parts[f"conditioner-{name}"] = conditioner
        return parts

    def prepare(self, example: Example, key: str | None = None) -> PreparedExample:
        """Return the example with every payload prepared, and the target at the codec's rate.

        Raises:
            RequestError: if the example is longer than the model's clips.
        """
        rate, waveform = self.geometry.sample_rate_hz, None
        notes: tuple[str, ...] = ()
        if example.target is not None:
            target = to_channels(resample(example.target, rate), self.geometry.channels)
            waveform, notes = target.samples, target.conversions
        pace = self.config.characters_per_second
        samples = length_of(example, waveform, self.geometry, pace)
        skip = round(example.skip_seconds * rate)
        if waveform is None and skip >= samples:
            raise RequestError(
                f"{example.task}: the voice lasts {example.skip_seconds:.2f} s and the model makes "
                f"{samples / rate:.2f} s with it, which leaves nothing for the new speech. Cut the "
                "voice to a few seconds."
            )
        prepared, conversions = self._prepare_payloads(told_length(example, samples / rate))
        return PreparedExample(
            task=example.task,
            key=key,
            samples=samples,
            waveform=waveform,
            prepared=prepared,
            conversions=(*conversions, *notes),
            skip=skip,
        )

    def _prepare_payloads(self, example: Example) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return what each conditioner prepared, and what was done to inputs on the way.

        Only requests are told about conversions: a training set is checked before the run.
        """
        prepared: dict[str, Any] = {}
        notes = list(example.conversions)
        for name, conditioner in self._conditioners():
            payload = example.payloads.get(self.slots[name])
            with self._named(name):
                prepared[name] = None if payload is None else conditioner.prepare(payload)
            if payload is not None and example.target is None:
                done = conditioner.conversions(payload)
                notes += [f"{name}: {note}" for note in done if note not in example.conversions]
        if example.target is None:
            notes += self._unread(example)
        return prepared, tuple(dict.fromkeys(notes))

    def _unread(self, example: Example) -> list[str]:
        """Return a note for each slot of a request that reaches nothing in this model."""
        return [
            f"{slot}: nothing in this model reads it, so it has no effect on the result"
            for slot, payload in example.payloads.items()
            if slot not in self.slots.values()
            and not (isinstance(payload, ReferenceAudio) and payload.waveform is None)
        ]

    def _conditioners(self) -> Iterator[tuple[str, Conditioner[Any]]]:
        for name, conditioner in self.conditioners.items():
            yield name, cast("Conditioner[Any]", conditioner)

    @torch.no_grad()
    def encode(
        self,
        examples: Sequence[PreparedExample],
        caches: Mapping[str, FeatureCache] | None = None,
    ) -> list[EncodedExample]:
        """Run everything frozen: the codec's encoder and the conditioners' frozen trunks.

        Args:
            examples: the batch.
            caches: where the features of some conditioners are looked up first, and kept.
        """
        latents = self._encode_targets([e.waveform for e in examples])
        features: list[dict[str, Any]] = [{} for _ in examples]
        for name, _ in self._conditioners():
            given = [i for i, e in enumerate(examples) if e.prepared[name] is not None]
            own = self._features(name, [examples[i] for i in given], (caches or {}).get(name))
            found = dict(zip(given, own, strict=True))
            for i in range(len(examples)):
                features[i][name] = found.get(i)
        return [
            EncodedExample(
                task=example.task,
                key=example.key,
                samples=example.samples,
                latent=latent,
                features=feature,
                skip=example.skip,
            )
            for example, latent, feature in zip(examples, latents, features, strict=True)
        ]

    def _features(
        self, name: str, given: Sequence[PreparedExample], cache: FeatureCache | None
    ) -> list[Any]:
        """Return one feature per example that has the payload; a cache is asked first."""
        prepared = [example.prepared[name] for example in given]
        compute = partial(self._encode_frozen, name)
        if not prepared:
            return []
        if cache is None:
            return compute(prepared)
        keys = [e.digests.get(name) or content_digest(e.prepared[name]) for e in given]
        return cache.features(prepared, keys, compute)

    def _encode_frozen(self, name: str, prepared: list[Any]) -> list[Any]:
        """Return one feature per payload; a conditioner never sees an empty list.

        A batch changes the last bits of its items. On a CPU payloads go one by one, where that
        costs little: a feature is then the same whatever is beside it, and whatever is cached.
        """
        conditioner = cast("Conditioner[Any]", self.conditioners[name])
        alone = self.device.type == "cpu"
        with self._named(name), self.visiting(conditioner):
            parts = [[payload] for payload in prepared] if alone else [prepared]
            encoded = [feature for part in parts for feature in conditioner.encode_frozen(part)]
        if len(encoded) != len(prepared):
            raise ContractError(
                f"Conditioner '{name}' ({self.origins[name]}) made {len(encoded)} features of "
                f"{len(prepared)} payloads in encode_frozen(); expected one each."
            )
        return encoded

    @contextmanager
    def _named(self, conditioner: str) -> Iterator[None]:
        """Name the plugin in the traceback of whatever goes wrong in its code."""
        try:
            yield
        except Exception as failure:
            failure.add_note(f"In conditioner '{conditioner}' ({self.origins[conditioner]}).")
            raise

    def _encode_targets(self, waveforms: Sequence[Tensor | None]) -> list[Tensor | None]:
        """Encode clips of equal length together; padding never enters the codec."""
        by_length: dict[int, list[int]] = {}
        for i, waveform in enumerate(waveforms):
            if waveform is not None:
                by_length.setdefault(int(waveform.shape[-1]), []).append(i)
        latents: list[Tensor | None] = [None] * len(waveforms)
        for indices in by_length.values():
            batch = torch.stack([waveforms[i] for i in indices]).to(self.device)  # type: ignore[misc]
            with self.visiting(self.codec):
                encoded = self.codec.encode(batch).float().cpu()
            for i, latent in zip(indices, encoded, strict=True):
                latents[i] = latent
        return latents

    def conditioning(
        self,
        examples: Sequence[EncodedExample],
        generators: Sequence[torch.Generator] | None = None,
    ) -> Conditioning:
        """Return the routed conditions of a batch, on the model's device.

        Args:
            examples: the batch.
            generators: one for each item, for conditioners that draw random numbers.

        Raises:
            ContractError: if a conditioner's output is not what it declares.
        """
        routed = []
        for name, conditioner in self._conditioners():
            features = [to_device(e.features[name], self.device) for e in examples]
            with self._named(name), self.visiting(conditioner):
                drawn = {"generators": generators} if conditioner.draws else {}
                condition = conditioner(features, **drawn)
            check_condition(
                name, self.origins[name], condition, len(examples), self.config.dit.condition_width
            )
            routed.append((self.routes[name], condition))
        return route_conditions(routed)


def to_device(value: Any, device: torch.device) -> Any:
    """Return nested tensors on another device; anything else as it is."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, Mapping):
        return {k: to_device(v, device) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(to_device(v, device) for v in value)
    return value
