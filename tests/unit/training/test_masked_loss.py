"""A loss of hidden parts alone: which rows it restricts, and to which numbers."""

import pytest
import torch
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import ConfigError
from audio_omni.core.models.build import build_model
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.core.task import build_task
from audio_omni.core.training import objective
from audio_omni.core.training.aims import aim_of
from audio_omni.core.training.objective import FlowMatching, step_generators
from audio_omni.plugins.manager import build_plugin_manager

FINE = 'model.conditioners.source={"name": "mel", "axis": "channel", "options": %s}'
MEL = '{"sample_rate_hz": 16000, "mels": 32, "hop": 128%s}'
WINDOW = (
    'model.conditioners.source={"name": "mel_window", "options": {"sample_rate_hz": 16000, '
    '"mels": 32, "hop": 128, "frames": 376, "tokens": 24}}'
)
PER_LATENT = 4
"""Mel frames that a latent frame of 512 samples covers."""

WAYS = {"mel": FINE % (MEL % ""), "mel_window": WINDOW}
SPOKEN = (0, 2, 5)
"""Places of the batch with an utterance to fill in."""


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


def resolved(host, *overrides):
    return resolve_recipe(find_recipe("micro", host.recipes), list(overrides))


@pytest.fixture(scope="module", params=WAYS)
def model(request, host):
    built = build_model(resolved(host, WAYS[request.param]).model, host)
    generator = torch.Generator().manual_seed(0)
    for parameter in built.dit.parameters():
        if not parameter.any():  # a branch that begins as zero would hide what it reads
            torch.nn.init.normal_(parameter, std=0.05, generator=generator)
    return built.train()


@pytest.fixture(scope="module")
def batch(host, model):
    """Examples of four tasks and of unequal lengths, three of them utterances."""
    kinds = [
        "speech_editing",
        "sounds",
        "speech_editing",
        "remove",
        "voice_prompt",
        "speech_editing",
    ]
    tasks = {"sounds": "text_to_audio", "voice_prompt": "text_to_speech"}
    examples = []
    for number, locator in enumerate(kinds):
        source = open_source(f"soundworld:{locator}", {}, host)
        example = build_task(host, tasks.get(locator, locator), {}).to_example(source.row(number))
        examples.append(model.prepare(example))
    assert len({example.samples for example in examples}) > 2
    return model.encode(examples)


@pytest.fixture
def seen(monkeypatch):
    """What the loss was made of: squared errors (B, T) of every call, and its mask."""
    calls, whole = [], objective.flow_loss

    def spy(velocity, target, mask=None):
        calls.append(((velocity - target).square().mean(dim=1), mask))
        return whole(velocity, target, mask)

    monkeypatch.setattr(objective, "flow_loss", spy)
    return calls


@torch.no_grad()
def losses(model, batch, seed, loss_on, places=None):
    places = range(len(batch)) if places is None else places
    given = [batch[place] for place in places]
    return FlowMatching(0.3, loss_on)(model, given, step_generators(seed, 3, places))


@torch.no_grad()
def drawn(model, batch, seed):
    """What the conditioner hides of each example, with the draws that go before it drawn first."""
    generators = step_generators(seed, 3, range(len(batch)))
    for example, generator in zip(batch, generators, strict=True):
        torch.rand(1, generator=generator)
        torch.randn(*example.latent.shape, generator=generator)
        torch.rand(1, generator=generator)
    source = model.conditioners["source"]
    return source([e.features["source"] for e in batch], generators).hidden


def counting(hidden, frames):
    """Which latent frames count: half of four, then one more on either side, by hand."""
    half = []
    for f in range(frames):
        covered = hidden[PER_LATENT * f : PER_LATENT * (f + 1)].tolist()
        half.append(2 * sum(covered) >= len(covered))
    near = range(frames)
    return [any(half[g] for g in (f - 1, f, f + 1) if g in near) for f in range(frames)]


@pytest.mark.parametrize("seed", [7, 8])
def test_the_loss_of_hidden_parts_is_that_of_the_frames_that_count(model, batch, seen, seed):
    whole, masked = (losses(model, batch, seed, on) for on in ("whole", "masked"))
    (errors, padding), (same, _) = seen
    assert torch.equal(errors, same)  # the loss alone differs, nothing that the model sees
    hidden = drawn(model, batch, seed)
    assert [i for i, own in enumerate(hidden) if own is not None] == list(SPOKEN)
    for i, example in enumerate(batch):
        frames = example.latent.shape[1]
        assert int(padding[i].sum()) == frames
        if i not in SPOKEN:
            assert masked[i] == whole[i]
            continue
        count = torch.tensor(counting(within(hidden[i], example), frames))
        assert 0 < int(count.sum()) < frames
        assert torch.allclose(masked[i], errors[i, :frames][count].mean(), rtol=1e-5)
        assert abs(float(masked[i] - whole[i])) > 1e-4


def within(hidden, example):
    """Return the frames (F,) of the clip alone: a window has more behind it."""
    return hidden.frames[: -(-example.samples // hidden.hop)]


def test_two_seeds_hide_other_parts(model, batch):
    for i in SPOKEN:
        one, two = (drawn(model, batch, seed)[i].frames for seed in (7, 8))
        assert one.any()
        assert not torch.equal(one, two)
    assert not torch.equal(*(losses(model, batch, seed, "masked") for seed in (7, 8)))
    assert torch.equal(*(losses(model, batch, 7, "masked") for _ in range(2)))


def test_a_part_of_a_batch_has_the_losses_that_it_has_in_the_whole(model, batch, seen):
    """However a batch lies over passes and processes, it hides and counts the same."""
    together = losses(model, batch, 7, "masked")
    _, counted = seen.pop()
    for places in ([0, 2, 4], [1, 3, 5], [5], [0]):
        alone = losses(model, batch, 7, "masked", places)
        assert torch.allclose(alone, together[places], atol=1e-5), places
        _, own = seen.pop()
        assert torch.equal(own, counted[places][:, : own.shape[1]]), places


def test_without_an_utterance_it_is_the_loss_of_the_whole(model, batch):
    places = [i for i in range(len(batch)) if i not in SPOKEN]
    assert torch.equal(*(losses(model, batch, 7, on, places) for on in ("whole", "masked")))


def test_gradient_comes_of_the_frames_that_count_alone(model, batch, seen):
    example = batch[SPOKEN[0]]
    losses(model, [example], 7, "masked", [0])
    [(_, mask)] = seen
    velocity = torch.randn(1, *example.latent.shape, requires_grad=True)
    objective.flow_loss(velocity, torch.zeros_like(velocity), mask).sum().backward()
    assert torch.equal(velocity.grad.ne(0).any(dim=1), mask)


def test_the_whole_counts_unless_the_recipe_says_otherwise(host):
    assert resolved(host).train.loss_on == "whole"
    assert FlowMatching(0.1).loss_on == "whole"
    for on in ("whole", "masked"):
        aim = aim_of(resolved(host, f"train.loss_on={on}"), host, torch.device("cpu"), {})
        assert aim.objective.loss_on == on


@pytest.mark.parametrize("parts", ["null", "[0.2, 0.75]"])
def test_a_loss_of_hidden_parts_needs_a_conditioner_that_hides(host, parts):
    mel = FINE % (MEL % f', "training_mask": {parts}')
    recipe = resolved(host, "train.loss_on=masked", mel)
    if parts != "null":
        assert aim_of(recipe, host, torch.device("cpu"), {}).objective.loss_on == "masked"
        return
    with pytest.raises(ConfigError, match=r"no conditioner of this model \(prompt, source\) hides"):
        aim_of(recipe, host, torch.device("cpu"), {})


def test_answers_have_no_frames_to_hide(host):
    values = find_recipe("nano_understanding", host.recipes)
    recipe = resolve_recipe(values, ["train.loss_on=masked"])
    with pytest.raises(ConfigError, match="tasks of this recipe give text"):
        aim_of(recipe, host, torch.device("cpu"), {})
