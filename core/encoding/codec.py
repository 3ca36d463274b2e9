"""The codec of a recipe alone, with the weights that a run of it would have."""

from __future__ import annotations

from pathlib import Path

import torch

from ..catalog import Catalog
from ..codec import Codec
from ..models.build import build_codec
from ..recipe import Recipe
from ..training.beginning import begin_from
from .frozen_part import CODEC, codec_of_beginning


def build_frozen_codec(recipe: Recipe, catalog: Catalog, device: torch.device) -> Codec:
    """Return a recipe's codec on a device.

    Its weights are those of the file that its options name, of the run that ``train.start_from``
    names, or drawn from the recipe's seed.

    Raises:
        UnknownNameError, ConfigError, PluginError, CheckpointError: as it is built.
    """
    codec = build_codec(recipe.model, catalog, recipe.seed)
    fill_codec(codec, recipe)
    return codec.to(device)


def fill_codec(codec: Codec, recipe: Recipe) -> None:
    """Give a codec the weights of the run that a recipe begins from, if that run brings any.

    Raises:
        CheckpointError: if they do not fit.
    """
    if codec_of_beginning(recipe) is not None:
        begin_from(_Alone(codec), Path(str(recipe.train.start_from)).expanduser())


class _Alone:
    """A model as far as a run that another began from fills it here."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec

    def components(self) -> dict[str, torch.nn.Module]:
        return {CODEC: self.codec}
