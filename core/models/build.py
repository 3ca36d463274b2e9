"""Builds a model from its config: parts are looked up by name and validated by their own models."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import nullcontext
from typing import Any

import torch
from pydantic import BaseModel

from ..catalog import Catalog
from ..codec import Codec
from ..conditioning import Conditioner, Route
from ..config import parse_config
from ..data.uri import expand
from ..errors import ContractError
from ..frozen import without_frozen
from .audio_omni import AudioOmniModel
from .config import CodecUse, ConditionerUse, ModelConfig
from .dit import DiT


def build_model(
    config: ModelConfig,
    catalog: Catalog,
    seed: int = 0,
    *,
    draw: bool = True,
    codec: Codec | None = None,
    left_out: Collection[str] = (),
) -> AudioOmniModel:
    """Build a model with fresh weights that are a function of config and seed.

    Args:
        config: what to build.
        catalog: where its parts are looked up.
        seed: decides the weights.
        draw: whether the transformer, nearly all of a large model, gets weights at all; without,
            it is on the meta device, for `load_weights` to fill without a second copy.
        codec: takes the place of the config's, which is then not built.
        left_out: conditioners, by the name of their weights, whose frozen networks are not needed.

    Raises:
        UnknownNameError: for a codec or conditioner that no plugin registered.
        ConfigError: for options that do not fit; names the plugin and the field.
        PluginError: for a class that cannot be imported or is of the wrong kind.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # initialisers of third-party modules draw from the global state
        if codec is None:
            codec = build_codec(config, catalog, seed)  # what follows is the same without it
        conditioners = {}
        for name, use in config.conditioners.items():
            with without_frozen(name in left_out):
                width = config.dit.condition_width
                conditioners[name] = build_conditioner(name, use, width, catalog)
        with nullcontext() if draw else torch.device("meta"):
            dit = DiT(config.dit, codec.latent_dim)
        if draw:
            dit.reset_parameters(torch.Generator().manual_seed(seed))
    specs = {name: catalog.conditioners.get(use.name) for name, use in config.conditioners.items()}
    return AudioOmniModel(
        config=config,
        codec=codec,
        conditioners=conditioners,
        routes={
            name: Route(use.injection or specs[name].injection, use.axis)
            for name, use in config.conditioners.items()
        },
        slots={name: spec.reads for name, spec in specs.items()},
        origins={
            name: str(catalog.conditioners.origin(use.name))
            for name, use in config.conditioners.items()
        },
        dit=dit,
        left_out=left_out,
    )


def build_codec(config: ModelConfig, catalog: Catalog, seed: int = 0) -> Codec:
    """Build the codec of a model alone; the global random state stays as it is.

    Raises:
        UnknownNameError, ConfigError, PluginError, CheckpointError: as `build_model`.
    """
    factory = catalog.codecs.load(config.codec.name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        codec: Codec = factory(codec_options(config.codec, catalog))
    return codec.eval().requires_grad_(False)


def codec_options(use: CodecUse, catalog: Catalog) -> BaseModel:
    """Return the options of a codec, checked; ``${NAME}`` in them is that variable.

    Raises:
        UnknownNameError: if no plugin registered it.
        ConfigError: for an option that does not fit, or a variable that is not set.
    """
    where = f"Options of codec '{use.name}'"
    values = expand(use.options, where)
    return parse_config(catalog.codecs.get(use.name).config, values, where=where)


def conditioner_options(weights: str, use: ConditionerUse, catalog: Catalog) -> BaseModel:
    """Return the options of a conditioner, checked; ``${NAME}`` in them is that variable.

    Raises:
        UnknownNameError: if no plugin registered it.
        ConfigError: for an option that does not fit, or a variable that is not set.
    """
    where = f"Options of conditioner '{weights}' ({use.name})"
    values = expand(use.options, where)
    return parse_config(catalog.conditioners.get(use.name).config, values, where=where)


def build_conditioner(
    weights: str, use: ConditionerUse, width: int, catalog: Catalog
) -> Conditioner[Any]:
    """Build one conditioner; what its initialisers draw comes from the global random state.

    Args:
        weights: name of its weights in the model.
        use: which one, with its options.
        width: width of the tokens that it makes.
        catalog: where it is looked up.

    Raises:
        UnknownNameError, ConfigError, PluginError, ContractError: as `build_model`.
    """
    factory = catalog.conditioners.load(use.name)
    options = conditioner_options(weights, use, catalog)
    try:
        conditioner: Conditioner[Any] = factory(options, width)
    except TypeError as failure:
        raise ContractError(
            f"Conditioner '{weights}' ({catalog.conditioners.origin(use.name)}) cannot be built: "
            f"{failure}. Its constructor takes (config, width)."
        ) from failure
    return conditioner
