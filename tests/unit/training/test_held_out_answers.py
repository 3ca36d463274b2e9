from collections import Counter

import pytest
import torch
from audio_omni.core.models.answering import build_answering_model
from audio_omni.core.recipe import resolve_recipe
from audio_omni.core.training.held_out_answers import HeldOutAnswers
from audio_omni.plugins.manager import build_plugin_manager

ROWS = 12


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


@pytest.fixture(scope="module")
def recipe():
    uses = [
        {"uri": f"soundworld:{name}", "task": "understanding"}
        for name in ("questions", "translations")
    ]
    return resolve_recipe(
        {
            "name": "toy",
            "model": {"preset": "micro"},
            "mixture": {"sources": uses},
            "train": {"steps": 1},
            "evaluation": {"every": 1, "samples_per_task": ROWS},
        }
    )


@pytest.fixture(scope="module")
def ask(host, recipe):
    return HeldOutAnswers(recipe, host, build_answering_model(recipe.model, host), {})


def held_out(host, recipe):
    from audio_omni.core.data.uri import open_source

    sources = [open_source(use.uri, {}, host).held_out() for use in recipe.mixture.sources]
    return [source.row(i) for source in sources for i in range(ROWS)]


def test_right_answers_are_counted_by_task_and_skill(host, recipe, ask, monkeypatch):
    rows = held_out(host, recipe)
    right = [i % 3 == 0 for i in range(len(rows))]
    given = iter(right)
    monkeypatch.setattr(
        ask.model, "answers_match", lambda part: torch.tensor([next(given) for _ in part])
    )
    event = ask(7)
    assert (event.step, list(event.samples)) == (7, [])
    assert event.metrics["understanding/exact_match"] == pytest.approx(sum(right) / len(rows))
    by_skill = {}
    for row, ok in zip(rows, right, strict=True):
        by_skill.setdefault(row.truth["skill"], []).append((ok, row.fields["answer"]))
    assert len(by_skill) > 3
    for skill, found in by_skill.items():
        share = sum(ok for ok, _ in found) / len(found)
        commonest = Counter(answer for _, answer in found).most_common(1)[0][1] / len(found)
        assert event.metrics[f"understanding/{skill}/exact_match"] == pytest.approx(share)
        assert event.metrics[f"understanding/{skill}/commonest_answer"] == pytest.approx(commonest)


def test_the_model_is_judged_in_evaluation_and_goes_on_in_training(ask, monkeypatch):
    modes = []
    monkeypatch.setattr(
        ask.model,
        "answers_match",
        lambda part: modes.append(ask.model.training) or torch.zeros(len(part), dtype=torch.bool),
    )
    ask.model.train()
    assert ask(1).metrics["understanding/exact_match"] == 0
    assert set(modes) == {False}
    assert ask.model.training
