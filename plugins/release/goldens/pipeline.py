"""Kind ``pipeline``: from conditions to 16-bit samples, each case as one generation.

Shapes: B batch, C latent channels, T latent frames, N samples, D_c width of the conditions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....core.conditioning import Condition, Conditioning, Route, route_conditions
from ....core.errors import DataError
from ....core.flow.guidance import GuidedVelocity
from ....core.media.waveform import Waveform
from ....core.models.dit import DiT
from ....core.payloads import ReferenceAudio, Transcript
from ....core.specs import Injection
from ..output import to_int16
from . import dit, mel, omni, synchformer, transcript, vae
from .comparison import Comparison
from .files import Golden
from .parts import build_conditioner
from .subject import Subject
from .weights import load_stored

NOISE_TOLERANCE = 1e-6
CONDITION_TOLERANCE = 1e-4
FRONT_END_HOP = 256
FAMILIES = (dit, vae, mel, synchformer, transcript, omni)
ROUTES = {
    "omni_prompt": Route(Injection.CONTEXT),
    "sync_feature": Route(Injection.CONCAT),
    "speech_prompt": Route(Injection.CONTEXT),
    "audio_input_prompt": Route(Injection.CONCAT),
}
"""The release's conditioners in the order in which they run, and how their tokens enter."""


@dataclass(frozen=True)
class Model:
    """All parts of a small published model.

    Attributes:
        window: what follows the language model.
        sync: reads features of videos.
        speech: reads transcripts.
        blanked, whole: read clips; the first draws speech masks, the second never does.
        dit: the transformer.
        codec: the autoencoder.
    """

    window: omni.Window
    sync: Any
    speech: Any
    blanked: Any
    whole: Any
    dit: DiT
    codec: Any


def check_pipeline(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare conditions, noise, latents, audio and samples of every case."""
    _check_families(golden)
    model = _build(golden, subject)
    shape = (
        golden.setting("config", "dit", "io_channels"),
        golden.setting("config", "sample_size")
        // golden.setting("config", "pretransform", "config", "downsampling_ratio"),
    )
    euler = subject.catalog.solvers.load("euler")()
    for name, case in golden.setting("cases").items():
        # One generator for a generation: first the noise, then what conditioners draw.
        generator = torch.Generator().manual_seed(case["seed"])
        noise = torch.randn(len(case["items"]), *shape, generator=generator)
        conditions = _conditions(model, golden, case, generator)
        velocity = GuidedVelocity(model.dit, _routed(conditions), case["cfg_scale"])
        latents = euler.integrate(velocity, noise, case["steps"])
        audio = vae.decode(model.codec, latents)
        results = {"noise": noise, "latents": latents, "audio": audio, "int16": to_int16(audio)}
        tolerances = {"noise": NOISE_TOLERANCE}
        shown = conditions | {"omni_prompt": model.window.padded(conditions["omni_prompt"])}
        for conditioner, condition in shown.items():
            results[f"cond.{conditioner}.embed"] = condition.tokens
            results[f"cond.{conditioner}.mask"] = condition.mask
            tolerances[f"cond.{conditioner}.embed"] = CONDITION_TOLERANCE
        comparison.case(name, results, tolerances=tolerances)


def _check_families(golden: Golden) -> None:
    """Raise DataError for weights of no part: each part only takes what is below its prefix."""
    prefixes = tuple(f"w/{family.PREFIX}" for family in FAMILIES)
    strays = [k for k in golden.tensors if k.startswith("w/") and not k.startswith(prefixes)]
    if strays:
        raise DataError(
            f"{golden.name}.safetensors has weights of no known part: {', '.join(strays[:5])}; "
            f"expected names below {', '.join(prefixes)}."
        )


def _build(golden: Golden, subject: Subject) -> Model:
    def size(*path: str) -> Any:
        return golden.setting("config", *path)

    catalog, width = subject.catalog, size("cond_dim")
    clips = [
        build_conditioner(
            catalog,
            mel.NAME,
            width,
            absent="silence",
            speech_mask=mask,
            hop=FRONT_END_HOP,
            mels=golden.tensor(f"w/{mel.PREFIX}proj_features.weight").shape[1],
            frames=size("mel", "n_samples") // FRONT_END_HOP + 1,
            tokens=size("mel", "seq_len"),
        )
        for mask in (mel.SPEECH_MASK, None)
    ]
    model = Model(
        window=omni.Window(
            golden, subject, size("omni", "hidden"), width, size("omni", "pad_length")
        ),
        sync=build_conditioner(
            catalog,
            synchformer.NAME,
            width,
            input_width=size("sync", "input_dim"),
            input_tokens=size("sync", "seq"),
            tokens=size("sync", "output_len"),
        ),
        speech=build_conditioner(
            catalog,
            transcript.NAME,
            width,
            vocabulary=str(golden.sibling(golden.setting("vocab_file"))),
            text_width=size("tts", "text_dim"),
            blocks=size("tts", "conv_blocks"),
            positions=size("tts", "seq_len"),
            tokens=size("tts", "proj_seq_len"),
            too_long="cut",
            null_in_mixed_batch="normalised",
        ),
        blanked=clips[0],
        whole=clips[1],
        dit=dit.build_dit(size("dit")),
        codec=vae.build_codec(catalog, **vae.options_of(size("pretransform"))),
    )
    for module, family in (
        (model.sync, synchformer),
        (model.speech, transcript),
        (model.blanked, mel),
        (model.whole, mel),
        (model.dit, dit),
        (model.codec, vae),
    ):
        load_stored(module, golden, family.PREFIX)
    return model


def _conditions(
    model: Model, golden: Golden, case: Mapping[str, Any], generator: torch.Generator
) -> dict[str, Condition]:
    """Return the conditions of a case, in the order of `ROUTES`, which is that of the draws."""
    items: Sequence[Mapping[str, Any]] = case["items"]
    inputs = golden.inputs("common")
    rows = [item["omni_row"] for item in items]
    clips = model.whole if case.get("frozen") else model.blanked
    return {
        "omni_prompt": model.window.read(inputs["omni_hidden"][rows], inputs["omni_mask"][rows]),
        "sync_feature": model.sync([inputs["sync"][0] if item["sync"] else None for item in items]),
        "speech_prompt": model.speech(
            [
                None if item["speech"] is None else model.speech.prepare(Transcript(item["speech"]))
                for item in items
            ]
        ),
        "audio_input_prompt": clips(
            [_clip(clips, item, inputs) for item in items], generators=[generator] * len(items)
        ),
    }


def _clip(conditioner: Any, item: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Any:
    """Return an item's prepared clip; the release's "zero" is our absent one."""
    waveform = None
    if item["wav"] != "zero":
        rate = conditioner.config.sample_rate_hz
        waveform = Waveform(inputs[item["wav"]][None], rate)
    if waveform is None and not item["tts"]:
        return None
    return conditioner.prepare(ReferenceAudio(waveform, role="voice" if item["tts"] else "source"))


def _routed(conditions: Mapping[str, Condition]) -> Conditioning:
    return route_conditions([(ROUTES[name], found) for name, found in conditions.items()])
