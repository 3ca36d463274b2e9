"""Whether a recipe learns to make audio or to answer in words: its tasks say so."""

from __future__ import annotations

from ..catalog import Catalog
from ..errors import ConfigError
from ..recipe import Recipe


def learned_output(recipe: Recipe, catalog: Catalog) -> str:
    """Return what the tasks of a mixture give: ``"audio"`` or ``"text"``.

    Raises:
        UnknownNameError: for a task that no plugin registered.
        ConfigError: if some give audio and some give text: two networks learn those; or if one is
            nothing that can be learned.
    """
    by_output: dict[str, list[str]] = {}
    for use in (*recipe.mixture.sources, *recipe.evaluation.sources):
        spec = catalog.tasks.get(use.task)
        if not spec.needs_training:
            raise ConfigError(
                f"Source '{use.uri}' is to teach task '{spec.name}', which needs no training: an "
                "editor does it with any model. Expected a task that learns, such as add; leave "
                f"it out, and use `audio-omni run {spec.name}` when the model is trained."
            )
        by_output.setdefault(spec.output, []).append(spec.name)
    if len(by_output) > 1:
        listed = "; ".join(
            f"{output}: {', '.join(dict.fromkeys(tasks))}" for output, tasks in by_output.items()
        )
        raise ConfigError(
            f"The recipe mixes tasks that give audio with tasks that give text ({listed}); "
            "expected one kind. Train the language model on questions in a recipe of its own, "
            "then name its run in `local.weights` of the conditioner 'mllm'."
        )
    return next(iter(by_output))
