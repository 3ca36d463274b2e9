"""Latents that rows bring with them: taken in place of what the codec would make, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from ..codec_identity import CodecIdentity
from ..errors import ConfigError, DataError
from ..geometry import Geometry
from ..payloads import Example
from ..source import DataSource, Row
from .records import PreparedExample

LEAVE_OUT = "Leave the option `latents` of the source out to encode its rows as they are drawn."


def codec_of_latents(
    sources: Iterable[DataSource], identify: Callable[[], CodecIdentity]
) -> str | None:
    """Return the key of the model's codec if any source brings latents of it, else `None`.

    Args:
        sources: of a mixture.
        identify: tells the model's codec; not called where no source brings latents, since it
            reads all weights.

    Raises:
        ConfigError: for a source that brings latents of other codecs alone; says what differs.
    """
    offered = [codecs for source in sources if (codecs := source.latents())]
    if not offered:
        return None
    own = identify()
    for codecs in offered:
        if own.key not in {codec.key for codec in codecs}:
            told = "; ".join(
                f"{codec.describe()} (there, here: {', '.join(codec.differences(own))})"
                for codec in codecs
            )
            raise ConfigError(
                f"The model's codec is {own.describe()}, and a source of the mixture has latents "
                f"of {told}. Latents of two codecs never mix: encode the source with this recipe, "
                f"or use that codec. {LEAVE_OUT}"
            )
    return own.key


def with_ready_latent(
    prepared: PreparedExample,
    *,
    whole: Row,
    cut: Row,
    example: Example,
    codec: str | None,
    geometry: Geometry,
) -> PreparedExample:
    """Return a prepared example with the latent of its row in place of the waveform, if there is.

    Args:
        prepared: made of ``example``.
        whole: the row as its source gave it.
        cut: the row that the example was made of.
        example: whose target has to be the row's, untouched.
        codec: key of the model's codec; `None` where no source brings latents.
        geometry: of the model.

    Raises:
        DataError: if the row was cut, or the task has made another target of it, so that the
            latent is not that of the target; or if its length is not that of the target.
    """
    if codec is None or not whole.latents:
        return prepared
    if not cut.latents:
        raise DataError(
            f"Row '{whole.id}' is longer than the model's clips of {geometry.clip_seconds:g} s, "
            "and a part of its latent is not the latent of a part. Make pairs as short as the "
            f"clips, or train longer clips. {LEAVE_OUT}"
        )
    if cut.audio is None or example.target is not cut.audio():
        raise DataError(
            f"Row '{whole.id}' has a latent, but task '{prepared.task}' makes a target of its own "
            f"out of the row. {LEAVE_OUT}"
        )
    latent = whole.latents[codec]()
    frames = geometry.frames(prepared.samples)
    if latent.shape[-1] != frames:
        raise DataError(
            f"Row '{whole.id}': its latent has {latent.shape[-1]} frames and its target takes "
            f"{frames}. Encode the source again."
        )
    return replace(prepared, latent=latent, waveform=None)
