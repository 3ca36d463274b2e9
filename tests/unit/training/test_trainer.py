import os
import signal

import pytest
import torch
from audio_omni.core.errors import CheckpointError, DataError, RequestError, TrainingError
from audio_omni.core.events import CheckpointSaved, RunEnd, RunStart, SamplesReady, StepEnd
from audio_omni.core.training import learner
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.weights import load_weights
from audio_omni.core.training.world import World


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def test_a_run_tells_observers_everything_in_order(make_trainer):
    events = []
    outcome = make_trainer(notify=events.append, checkpoint_every=4).run(tags={"device": "cpu"})
    assert (outcome.status, outcome.step) == ("finished", 8)
    assert isinstance(events[0], RunStart)
    assert events[0].tags == {"device": "cpu"}
    assert events[0].resumed_from_step is None
    assert events[-1] == RunEnd("finished", 8, None)
    steps = of_kind(events, StepEnd)
    assert [e.step for e in steps] == list(range(1, 9))
    assert [e.step for e in of_kind(events, CheckpointSaved)] == [4, 8]
    first = steps[0]
    assert set(first.task_loss) == {"add", "text_to_audio"}
    assert sum(first.task_loss.values()) / 2 == pytest.approx(first.loss)
    assert first.learning_rate == pytest.approx(0.5e-3)
    assert steps[-1].learning_rate == pytest.approx(1e-3)
    assert first.gradient_norm > 0
    assert first.examples_per_s > 0


def test_the_loss_falls(make_trainer):
    events = []
    make_trainer(notify=events.append, steps=150, learning_rate=1e-2).run()
    losses = [e.loss for e in of_kind(events, StepEnd)]
    assert sum(losses[-20:]) < 0.9 * sum(losses[:20])


@pytest.mark.parametrize("options", [{}, {"accumulate": 4, "schedule": "cosine"}])
def test_a_resumed_run_ends_with_the_same_weights(make_trainer, options):
    whole = make_trainer("whole", **options)
    whole.run()
    make_trainer("parts", rows=make_trainer.rows(stop=3), checkpoint_every=3, **options)
    first = make_trainer("parts", rows=make_trainer.rows(stop=3), checkpoint_every=3, **options)
    with pytest.raises(TrainingError, match="batches ended after step 3 of 8"):
        first.run()
    saved = load_checkpoint(first.run_dir)
    assert saved.state["mixture"] == {"drawn": [18]}
    rows = make_trainer.rows(start=saved.state["next_batch"])
    second = make_trainer("parts", rows=rows, model=make_trainer.model(seed=7), **options)
    events = []
    second.teller.notify = events.append
    assert second.run(saved).step == 8
    assert events[0].resumed_from_step == 3
    assert [e.step for e in of_kind(events, StepEnd)] == [4, 5, 6, 7, 8]
    assert rows.seen == [3, 4, 5, 6, 7]
    for name, parameter in whole.parameters.items():
        assert torch.equal(parameter, second.parameters[name]), name
        assert torch.equal(whole.ema.averages[name], second.ema.averages[name]), name
    files = [load_checkpoint(t.run_dir).hashes for t in (whole, second)]
    assert files[0] == files[1]


def test_the_gradient_does_not_depend_on_how_a_batch_is_split(make_trainer):
    def objective(model, batch, generators):
        conditioning = model.conditioning(batch, generators)
        outputs = [
            model.dit(e.latent[None], torch.zeros(1), conditioning).square().mean() for e in batch
        ]
        return torch.stack(outputs)

    norms = []
    for accumulate in (1, 4):
        events = []
        options = {
            "steps": 1,
            "accumulate": accumulate,
            "objective": lambda m, b, g: torch.stack(
                [objective(m, [e], [own])[0] for e, own in zip(b, g, strict=True)]
            ),
        }
        make_trainer(f"by-{accumulate}", notify=events.append, **options).run()
        norms.append(of_kind(events, StepEnd)[0].gradient_norm)
    assert norms[0] == pytest.approx(norms[1], rel=1e-5)


def test_twenty_passes_of_256_examples_are_the_papers_batch_of_5120(make_trainer):
    row = make_trainer.rows().row
    batch = [row(i, 5) for i in range(5120)]  # of one length: the tiny network reads padding
    one, twenty = (make_trainer(accumulate=accumulate) for accumulate in (1, 20))
    assert [len(own) for own in twenty.learner.passes.split(batch)] == [256] * 20
    losses = [
        trainer.learner.passes.run(batch, range(5120), total=5120, step=1)
        for trainer in (one, twenty)
    ]
    assert torch.allclose(*losses, rtol=1e-4)
    for name, parameter in one.parameters.items():
        other = twenty.parameters[name].grad
        assert torch.allclose(parameter.grad, other, rtol=1e-4, atol=1e-6), name


def test_broken_rows_of_all_processes_are_told_by_reason(make_trainer):
    class Two(World):
        def gathered(self, value):
            return [value, value]

    events = []
    rows = [b._replace(skipped={"DataError": b.number}) for b in make_trainer.rows(stop=8)]
    trainer = make_trainer(rows=rows, notify=events.append, log_every=4)
    trainer.teller.world = Two()
    trainer.run()
    skipped = [event.skipped for event in of_kind(events, StepEnd)]
    assert skipped == [{"DataError": 0}, {"DataError": 6}, {"DataError": 14}]


def test_the_ceiling_of_broken_rows_is_that_of_all_processes_together(make_trainer):
    class Two(World):
        def total(self, values):
            return [2 * value for value in values]

        def gathered(self, value):
            return [value, ({"DataError": value[0]["DataError"]}, "row 7 is gone")]

    rows = [
        b._replace(skipped={"DataError": b.number}, broken="row 3 is cut off")
        for b in make_trainer.rows(stop=8)
    ]
    trainer = make_trainer(rows=rows)
    trainer.stepper.max_skipped = 6
    assert trainer.learner.passes.world.size == 1  # passes are made now, for this process alone
    trainer.learner.world = Two(0, 2)
    said = r"8 broken rows \(8 × DataError\); the run allows 6 .*row 3 is cut off; row 7 is gone"
    with pytest.raises(DataError, match=said):
        trainer.run()
    assert trainer.step == 4  # six in the fourth batch are as many as may be


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_row(make_trainer):
    events = []
    trainer = make_trainer(
        rows=make_trainer.rows(break_at=5), notify=events.append, checkpoint_every=3
    )
    with pytest.raises(TrainingError, match=r"Step 6 .*text_to_audio:row-5-2\.") as caught:
        trainer.run()
    assert "row-5-1" not in str(caught.value)
    assert events[-1] == RunEnd("failed", 5, str(caught.value))
    assert load_checkpoint(trainer.run_dir).step == 3
    assert all(bool(torch.isfinite(p).all()) for p in trainer.parameters.values())


def test_batches_that_are_not_finite_can_be_left_out_and_counted(make_trainer, caplog):
    events = []
    rows = make_trainer.rows(break_at=5)
    trainer = make_trainer(rows=rows, notify=events.append, max_not_finite=1)
    assert trainer.run().step == 8
    assert rows.seen == list(range(9))
    assert [e.left_out for e in of_kind(events, StepEnd)] == [0, 0, 0, 0, 0, 1, 1, 1]
    assert "text_to_audio:row-5-2. The batch is left out, 1 of at most 1" in caplog.text
    assert all(bool(torch.isfinite(p).all()) for p in trainer.parameters.values())
    spared = make_trainer("spared", rows=[b for b in make_trainer.rows(stop=9) if b.number != 5])
    spared.run()
    for name, parameter in spared.parameters.items():
        assert torch.equal(parameter, trainer.parameters[name]), name


def test_what_each_task_adds_to_the_gradient_is_measured_and_changes_nothing(make_trainer):
    events = []
    measured = make_trainer("measured", notify=events.append, task_gradients_every=2)
    measured.run()
    plain = make_trainer("plain")
    plain.run()
    for name, parameter in plain.parameters.items():
        assert torch.equal(parameter, measured.parameters[name]), name
    steps = of_kind(events, StepEnd)
    assert [bool(e.task_gradient_norm) for e in steps] == [False, True] * 4
    for event in steps[1::2]:
        norms = event.task_gradient_norm
        assert set(norms) == {"add", "text_to_audio"}
        assert max(norms.values()) > 0
        assert abs(norms["add"] - norms["text_to_audio"]) <= event.gradient_norm + 1e-6
        assert event.gradient_norm <= sum(norms.values()) + 1e-6


def test_a_metric_that_fails_costs_no_step(make_trainer):
    def evaluate(step):
        raise RequestError(f"nothing to measure at step {step}")

    events = []
    trainer = make_trainer(every=4, evaluate=evaluate, checkpoint_every=100, notify=events.append)
    with pytest.raises(RequestError, match="nothing to measure at step 4"):
        trainer.run()
    assert events[-1].status == "failed"
    saved = load_checkpoint(trainer.run_dir)
    assert saved.step == 4
    weight = saved.tensors("dit")["inner.weight"]  # the weights, not the averages of the evaluation
    assert torch.equal(weight, trainer.parameters["dit.inner.weight"])
    assert not torch.equal(weight, trainer.ema.averages["dit.inner.weight"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_stops(make_trainer, number):
    before = signal.getsignal(number)
    events = []

    def notify(event):
        events.append(event)
        if isinstance(event, StepEnd) and event.step == 2:
            os.kill(os.getpid(), number)

    trainer = make_trainer(notify=notify)
    outcome = trainer.run()
    assert (outcome.status, events[-1].status) == ("stopped", "stopped")
    assert 2 <= outcome.step <= 3
    assert load_checkpoint(trainer.run_dir).step == outcome.step
    assert "--resume" in outcome.describe()
    assert signal.getsignal(number) is before


def test_a_second_interrupt_ends_at_once(make_trainer):
    events = []

    def notify(event):
        events.append(event)
        if isinstance(event, StepEnd) and event.step == 2:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        make_trainer(notify=notify).run()
    assert events[-1] == RunEnd("failed", 2, "KeyboardInterrupt")


def test_the_limit_of_minutes_ends_the_run_and_bounds_the_estimate(make_trainer):
    now = iter(range(0, 100_000))
    events = []
    trainer = make_trainer(
        notify=events.append, steps=1000, max_minutes=0.5, clock=lambda: float(next(now))
    )
    outcome = trainer.run()
    assert outcome.status == "finished"
    assert outcome.step < 30
    assert load_checkpoint(trainer.run_dir).step == outcome.step
    assert all(e.seconds_left <= 30 for e in of_kind(events, StepEnd))


def test_samples_are_made_with_the_averaged_weights(make_trainer):
    events, seen = [], []

    def evaluate(step):
        weight = trainer.model.dit.outer.weight
        seen.append((step, torch.equal(weight, averages[-1])))
        return SamplesReady(step, [], {"add/error": 1.0})

    averages = []

    def notify(event):
        events.append(event)
        if isinstance(event, StepEnd):
            averages.append(trainer.ema.averages["dit.outer.weight"].clone())

    trainer = make_trainer(notify=notify, evaluate=evaluate, every=3)
    trainer.run()
    assert seen == [(3, True), (6, True), (8, True)]
    assert [e.step for e in of_kind(events, SamplesReady)] == [3, 6, 8]


def test_a_checkpoint_gives_averaged_or_last_weights(make_trainer):
    trainer = make_trainer(steps=8)
    trainer.run()
    saved = load_checkpoint(trainer.run_dir)
    model = make_trainer.model(seed=3)
    load_weights(model, saved)
    assert torch.equal(model.dit.inner.weight, trainer.ema.averages["dit.inner.weight"])
    load_weights(model, saved, use_ema=False)
    assert torch.equal(model.dit.inner.weight, trainer.model.dit.inner.weight)


def test_weights_of_another_model_are_listed(make_trainer):
    trainer = make_trainer(steps=1)
    trainer.run()
    other = make_trainer.model()
    other.dit.inner = torch.nn.Conv1d(4, 8, 5, padding=2)
    other.dit.extra = torch.nn.Linear(2, 2, bias=False)
    message = r"'dit' of .*missing: extra.weight; other shapes: inner.weight \(8, 4, 3\) instead"
    with pytest.raises(CheckpointError, match=message):
        load_weights(other, load_checkpoint(trainer.run_dir))


def test_a_checkpoint_that_cannot_be_written_fails_the_run(make_trainer, monkeypatch):
    events = []

    def full(*_args, **_options):
        raise CheckpointError("No space left")

    monkeypatch.setattr(learner, "write_checkpoint", full)
    with pytest.raises(CheckpointError, match="No space left"):
        make_trainer(notify=events.append).run()
    assert events[-1].status == "failed"


def test_shares_come_from_the_state_of_the_mixture(make_trainer):
    events = []
    make_trainer(
        notify=events.append, realised_shares=lambda state: {"a": state["drawn"][0] / 48}
    ).run()
    assert of_kind(events, StepEnd)[-1].realised_shares == {"a": 1.0}


def test_bf16_trains_float32_weights(make_trainer):
    events = []
    trainer = make_trainer(notify=events.append, steps=3, precision="bf16")
    trainer.run()
    exact = []
    make_trainer("exact", notify=exact.append, steps=3, precision="float32").run()
    losses = [[e.loss for e in of_kind(kind, StepEnd)] for kind in (events, exact)]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert losses[0] != losses[1]
    assert all(p.dtype == torch.float32 for p in trainer.parameters.values())
