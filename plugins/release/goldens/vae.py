"""Kinds ``vae`` and ``vae_full_hash``: the autoencoder.

Shapes: B batch, C channels, N samples, D latent width, T frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ....core.catalog import Catalog
from ....core.errors import DataError
from .comparison import Comparison
from .files import Golden
from .recipe import hashed_input
from .subject import Subject
from .weights import load_formula, load_stored

PREFIX = "pretransform.model."
CODEC = "oobleck"
ENCODED, DECODED = "enc", "dec"


def build_codec(catalog: Catalog, **options: Any) -> Any:
    """Return the codec in evaluation mode, its filters multiplied out once."""
    config = catalog.codecs.get(CODEC).config.model_validate(options)
    return catalog.codecs.load(CODEC)(config).eval().requires_grad_(False)


def options_of(pretransform: Mapping[str, Any]) -> dict[str, Any]:
    """Return the codec's options from a release's ``model.pretransform``.

    Raises:
        DataError: if it lacks sizes, or its decoder does not mirror its encoder.
    """
    try:
        encoder = pretransform["config"]["encoder"]["config"]
        decoder = pretransform["config"]["decoder"]["config"]
        options = {
            "channels": encoder["in_channels"],
            "width": encoder["channels"],
            "multipliers": tuple(encoder["c_mults"]),
            "strides": tuple(encoder["strides"]),
            "latent_dim": decoder["latent_dim"],
        }
        mirrored = {**decoder, "in_channels": decoder["out_channels"]}
        unlike = [
            name
            for name in ("in_channels", "channels", "c_mults", "strides")
            if encoder[name] != mirrored[name]
        ]
    except (KeyError, TypeError) as failure:
        raise DataError(
            f"The autoencoder's sizes cannot be read ({failure!r} is missing or of another form); "
            "expected 'config' with an 'encoder' and a 'decoder'."
        ) from None
    if unlike or encoder["latent_dim"] != 2 * decoder["latent_dim"]:
        raise DataError(
            f"The decoder differs from the encoder in {', '.join(unlike) or 'latent_dim'}; "
            "expected a mirrored one, whose latent is half of what the encoder gives."
        )
    return options


def check_vae(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare mean, scale and a draw of every waveform, and the waveform of every latent."""
    options = options_of(golden.setting("pretransform_config"))
    codec = build_codec(subject.catalog, **options)
    load_stored(codec, golden, PREFIX)
    for name in _cases(golden):
        inputs = golden.inputs(name)
        if "latents" in inputs:
            comparison.case(name, {"audio": decode(codec, inputs["latents"])})
        else:
            mean, scale = codec.moments(golden.input(name, "audio"))
            _, std = codec.posterior(inputs["audio"])
            generator = torch.Generator().manual_seed(golden.setting("sample_seed"))
            sampled = codec.sample(mean, std, generator)
            comparison.case(name, {"mean": mean, "scale": scale, "sampled": sampled})


def check_vae_full(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare encoder and decoder at the release's size."""
    codec = build_codec(subject.catalog)
    load_formula(codec, PREFIX, golden.setting("hash_seed"))
    mean, scale = codec.moments(hashed_input(golden, "audio"))
    comparison.case("enc", {"mean": mean, "scale": scale})
    comparison.case("dec", {"audio": decode(codec, hashed_input(golden, "latents"))})


def decode(codec: Any, latents: Tensor) -> Tensor:
    """Return waveforms (B, C, N) as the release's decoder makes them.

    With odd strides it makes a few samples less than whole hops, which our codec adds as zeros.
    """
    audio: Tensor = codec.decode(latents)
    return audio[..., : codec.decoder.length(latents.shape[-1])]


def _cases(golden: Golden) -> list[str]:
    """Return the cases with inputs, and those that the JSON lists."""
    listed = [f"{ENCODED}{n}" for n in golden.settings.get("encode_lengths", ())]
    listed += [f"{DECODED}{n}" for n in golden.settings.get("decode_latent_lengths", ())]
    return list(dict.fromkeys([*listed, *golden.input_cases()]))
