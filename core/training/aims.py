"""What a run trains, how, and how it is judged: the arguments of the one loop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ..catalog import Catalog
from ..errors import ConfigError
from ..events import SamplesReady
from ..geometry import Geometry
from ..models.answering import AnsweringModel, build_answering_model
from ..models.audio_omni import AudioOmniModel
from ..models.build import build_model
from ..pipeline import Pipeline
from ..recipe import Recipe
from ..wording import TaskWording
from .encoded import EncodedMixture
from .feature_caches import FeatureCaches, open_feature_caches
from .held_out import HeldOutEvaluation
from .held_out_answers import HeldOutAnswers
from .held_out_sources import is_judged
from .objective import AnswerLikelihood, FlowMatching, Objective
from .output import learned_output

logger = logging.getLogger("audio_omni.encoding")

Evaluate = Callable[[int], SamplesReady]


@dataclass(frozen=True)
class Aim:
    """What a run trains.

    Attributes:
        model: on its device.
        objective: what a step minimises.
        features: prepares and encodes what the model trains on.
        geometry: what rows are cut to; `None` leaves them whole.
        evaluate: measures held-out rows; `None` where the recipe asks for nothing.
    """

    model: AudioOmniModel | AnsweringModel
    objective: Objective
    features: FeatureCaches
    geometry: Geometry | None
    evaluate: Evaluate | None


def aim_of(
    recipe: Recipe,
    catalog: Catalog,
    device: torch.device,
    wording: Mapping[str, TaskWording],
    encoded: EncodedMixture | None = None,
) -> Aim:
    """Return what a recipe trains: its language model on questions, or the rest of it on audio.

    Where all rows come ``encoded`` and nothing is judged, the model is built without its codec and
    its frozen networks.

    Raises:
        UnknownNameError, ConfigError, PluginError: as the model is built.
        ConfigError: also if the loss is to be that of hidden parts, and nothing hides any.
    """
    if learned_output(recipe, catalog) == "text":
        return _to_answer(recipe, catalog, device, wording)
    return _to_make_audio(recipe, catalog, device, wording, encoded)


def _to_make_audio(
    recipe: Recipe,
    catalog: Catalog,
    device: torch.device,
    wording: Mapping[str, TaskWording],
    encoded: EncodedMixture | None,
) -> Aim:
    if encoded is not None and encoded.is_whole and not is_judged(recipe):
        model = encoded.build_model(recipe.model, catalog, recipe.seed).to(device)
        features = FeatureCaches(model, {})
    else:
        if encoded is not None:
            logger.info("Codec and frozen networks are loaded: some rows, or samples, need them.")
        model = build_model(recipe.model, catalog, recipe.seed).to(device)
        features = open_feature_caches(recipe.loader, model, catalog)
    _check_something_hides(recipe, model)
    pipeline = Pipeline(model, catalog, recipe.sampling, wording=wording)
    return Aim(
        model=model,
        objective=FlowMatching(recipe.train.context_dropout, recipe.train.loss_on),
        features=features,
        geometry=model.geometry,
        evaluate=HeldOutEvaluation(recipe, catalog, pipeline) if is_judged(recipe) else None,
    )


def _to_answer(
    recipe: Recipe,
    catalog: Catalog,
    device: torch.device,
    wording: Mapping[str, TaskWording],
) -> Aim:
    if recipe.train.loss_on == "masked":
        raise ConfigError(
            "train.loss_on is 'masked', but the tasks of this recipe give text, whose loss has no "
            "latent frames; expected 'whole'. Leave it out."
        )
    model = build_answering_model(recipe.model, catalog, recipe.seed).to(device)
    evaluate: Any = HeldOutAnswers(recipe, catalog, model, wording)
    return Aim(
        model=model,
        objective=AnswerLikelihood(),
        features=FeatureCaches(model, {}),
        geometry=None,
        evaluate=evaluate if is_judged(recipe) else None,
    )


def _check_something_hides(recipe: Recipe, model: AudioOmniModel) -> None:
    """Refuse a loss of hidden parts of which there are none: it would be that of the whole."""
    if recipe.train.loss_on == "whole" or any(c.hides for _, c in model.named_conditioners()):
        return
    names = ", ".join(name for name, _ in model.named_conditioners())
    raise ConfigError(
        f"train.loss_on is 'masked', but no conditioner of this model ({names}) hides anything in "
        "training; expected one that does, such as 'mel' with training_mask. Add it, or leave "
        "train.loss_on at 'whole'."
    )
