"""What a model consists of: a codec, conditioners with their routes, and the transformer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

import torch
from torch import nn

from ..codec import Codec
from ..conditioning import Conditioner, Route
from ..errors import ConfigError
from ..execution import visiting
from ..geometry import Geometry
from ..payloads import REFERENCE_AUDIO
from .codec_left_out import CodecLeftOut
from .config import ModelConfig
from .dit import DiT
from .lora import Adapters, add_adapters, merge_adapters
from .lora_config import LoraConfig


class ModelParts(nn.Module):
    """Everything that has weights, and where it computes.

    Attributes:
        config: what the model was built from.
        geometry: rates and lengths, derived from codec and config.
        codec: waveforms ↔ latents.
        conditioners: by the name of their weights.
        routes: how the tokens of each conditioner enter the transformer.
        slots: which slot each conditioner reads.
        origins: which plugin each conditioner is from, for messages.
        dit: the velocity network.
        left_out: conditioners without their frozen networks: nothing can be encoded with it.
        lora: the transformer's adapters, while it has some.
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
        left_out: Collection[str] = (),
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
        self.left_out = frozenset(left_out)
        self.lora: Adapters | None = None
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
            for name, conditioner in self.named_conditioners()
            if self.slots[name] == REFERENCE_AUDIO and conditioner.window_seconds is not None
        ]
        return min([self.config.clip_seconds, *limits])

    def check_whole(self) -> None:
        """Raise ConfigError if something was left out that encoding needs."""
        if self.left_out or isinstance(self.codec, CodecLeftOut):
            left_out = ", ".join(["the codec", *sorted(self.left_out)])
            raise ConfigError(
                f"This model was built to learn from encoded rows, without {left_out}, and can "
                "encode nothing. Build it from a checkpoint to generate."
            )

    def frames(self, samples: int) -> int:
        """Return how many latent frames are generated for a clip of ``samples`` samples."""
        return (
            self.geometry.clip_frames if self.config.fixed_length else self.geometry.frames(samples)
        )

    def components(self) -> dict[str, nn.Module]:
        """Return what is trained and saved, by component name: one checkpoint file each."""
        parts: dict[str, nn.Module] = {"dit": self.dit}
        if self.lora is not None:
            parts["lora"] = self.lora
        if self.codec.state_dict():
            parts["codec"] = self.codec
        for name, conditioner in self.conditioners.items():
            parts[f"conditioner-{name}"] = conditioner
        return parts

    def adapt(self, config: LoraConfig, seed: int) -> None:
        """Give the transformer adapters, which change nothing until they are trained.

        Raises:
            ConfigError: for a target that names no layer.
        """
        self.lora = add_adapters(self.dit, config, seed).to(self.device)

    def merge(self) -> None:
        """Put the adapters, if there are any, into the transformer's weights."""
        merge_adapters(self.dit)
        self.lora = None

    def named_conditioners(self) -> Iterator[tuple[str, Conditioner[Any]]]:
        """Yield the conditioners with the names of their weights, in the recipe's order."""
        for name, conditioner in self.conditioners.items():
            yield name, cast("Conditioner[Any]", conditioner)

    @contextmanager
    def naming(self, conditioner: str) -> Iterator[None]:
        """Name the conditioner and its plugin in the traceback of what goes wrong in its code."""
        try:
            yield
        except Exception as failure:
            failure.add_note(f"In conditioner '{conditioner}' ({self.origins[conditioner]}).")
            raise
