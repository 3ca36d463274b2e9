"""The contract of a conditioner."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from typing import Any, ClassVar

import torch

from ...core.conditioning import (
    Condition,
    Conditioner,
    Route,
    check_condition,
    route_conditions,
)
from ...core.specs import Injection
from .base import expect
from .compare import TOLERANCE, difference
from .frozen import FrozenStageContract


class ConditionerContract(FrozenStageContract):
    """Tests that every conditioner passes.

    A subclass sets ``plugin``, ``name`` and ``options``, and implements `payloads`.

    Class attributes:
        width: the token width D to build with.
        tolerance: how much numbers may differ between a batch of two and two of one.
    """

    kind = "conditioner"
    config_attribute = "config_model"
    width: ClassVar[int] = 16
    tolerance: ClassVar[float] = TOLERANCE

    def payloads(self) -> Sequence[Any]:
        """Return two unlike payloads of the slot, such as a task would fill in."""
        raise NotImplementedError(f"{type(self).__name__} must implement payloads().")

    def build(self, seed: int = 0) -> Conditioner[Any]:
        """Return the conditioner with weights drawn from a seed, in evaluation mode."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            built: Conditioner[Any] = self.implementation(self.config, self.width)
        return built.eval()

    def condition(self, conditioner: Conditioner[Any], payloads: Sequence[Any]) -> Condition:
        """Return the condition of a batch, through all three stages; `None` is an empty slot.

        A conditioner that draws is given the same draws for every item.
        """
        generators = [torch.Generator().manual_seed(0) for _ in payloads]
        drawn = {"generators": generators} if conditioner.draws else {}
        result: Condition = conditioner(self.features(conditioner, payloads), **drawn)
        return result

    def features(self, conditioner: Conditioner[Any], payloads: Sequence[Any]) -> list[Any]:
        """Return the frozen features of a batch; `None` stays `None`."""
        given = [conditioner.prepare(payload) for payload in payloads if payload is not None]
        with torch.no_grad():
            encoded = iter(conditioner.encode_frozen(given) if given else [])
        return [None if payload is None else next(encoded) for payload in payloads]

    def check(self, condition: Condition, batch: int) -> None:
        """Raise unless a condition keeps the declared width, mask and injection."""
        check_condition(
            self.name, str(self.registry.origin(self.name)), condition, batch, self.width
        )
        tokens, mask = condition.tokens, condition.mask
        expect(tokens.is_floating_point(), f"Tokens are {tokens.dtype}; expected floating point.")
        expect(bool(torch.isfinite(tokens[mask]).all()), "Valid tokens are not finite.")
        routed = route_conditions([(Route(self.spec.injection), condition)])
        if self.spec.injection is Injection.CONTEXT:
            expect(routed.prefix is None and routed.context is not None, "Not in the context.")
        else:
            leading = mask.long().diff(dim=1).le(0).all()
            expect(routed.context is None, "A low-level condition ended up in the context.")
            expect(bool(leading), "Valid tokens of a low-level condition must come first.")

    def same(self, first: Condition, second: Condition, what: str) -> None:
        """Raise unless the valid tokens of two conditions agree, item by item."""
        for item in range(first.mask.shape[0]):
            one = first.tokens[item][first.mask[item]]
            other = second.tokens[item][second.mask[item]]
            found = difference(one, other, path=f"tokens of item {item}", atol=self.tolerance)
            expect(not found, f"{what}: {found}")

    def test_reads_a_slot(self) -> None:
        """The spec says which payload slot is read."""
        expect(bool(self.spec.reads), f"The spec of '{self.name}' must name a slot in `reads`.")

    def test_output_is_as_declared(self) -> None:
        """Width, mask and injection are true of the output."""
        payloads = self.payloads()
        self.check(self.condition(self.build(), payloads), len(payloads))

    def test_calibration_is_kept(self) -> None:
        """What is measured before training is part of the weights, and is used."""
        conditioner = self.build()
        if not conditioner.calibrates:
            return
        payloads = self.payloads()
        features = self.features(conditioner, payloads)
        conditioner.calibrate([feature for feature in features if feature is not None])
        fresh = self.build(seed=1)
        fresh.load_state_dict(conditioner.state_dict())
        before, after = self.condition(conditioner, payloads), self.condition(fresh, payloads)
        self.same(before, after, "Weights that were loaded have another calibration")

    def test_what_is_hidden_is_told_in_training_alone(self) -> None:
        """``hides`` is true of the output, and what is told of an item is its own."""
        conditioner, payloads = self.build(), list(self.payloads())
        told = self.condition(conditioner, payloads).hidden
        expect(told is None, "Something is told to be hidden by chance outside of training.")
        conditioner.train()
        told = self.condition(conditioner, payloads).hidden
        claim = f"`hides` is {conditioner.hides}, but `Condition.hidden` in training"
        expect((told is not None) == conditioner.hides, f"{claim} is {type(told).__name__}.")
        for item, own in enumerate(told or ()):
            alone = self.condition(conditioner, [payloads[item]]).hidden
            found = difference((own,), alone, path=f"hidden of item {item}")
            expect(not found, f"What is hidden depends on the batch: {found}")

    def test_null_condition_is_learned(self) -> None:
        """Empty slots give a valid condition that training can reach."""
        conditioner = self.build()
        condition = conditioner([None, None])
        self.check(condition, 2)
        reached = condition.tokens.requires_grad
        expect(reached, "The null condition holds no trainable weight; it must be a learned one.")

    def test_null_condition_differs_from_data(self) -> None:
        """An empty slot cannot be mistaken for a payload."""
        conditioner = self.build()
        null = conditioner([None])
        given = self.condition(conditioner, self.payloads()[:1])
        found = difference(null.tokens[null.mask], given.tokens[given.mask], atol=1e-7)
        expect(bool(found), "The null condition equals the condition of a payload.")

    def test_payloads_make_a_difference(self) -> None:
        """Unlike payloads give unlike tokens."""
        condition = self.condition(self.build(), self.payloads()[:2])
        one, two = (condition.tokens[i][condition.mask[i]] for i in (0, 1))
        expect(bool(difference(one, two, atol=1e-7)), "Two unlike payloads gave equal tokens.")

    def test_batch_of_two_equals_two_of_one(self) -> None:
        """No item depends on its neighbours, in either stage that sees a batch."""
        conditioner, payloads = self.build(), list(self.payloads())[:2]
        together = self.features(conditioner, payloads)
        alone = [self.features(conditioner, [payload])[0] for payload in payloads]
        found = difference(together, alone, path="features", atol=self.tolerance)
        expect(not found, f"encode_frozen depends on the batch: {found}")
        batch = conditioner(together)
        for item, feature in enumerate(alone):
            single = conditioner([feature])
            cut = Condition(batch.tokens[item : item + 1], batch.mask[item : item + 1])
            self.same(cut, single, f"forward depends on the batch (item {item})")

    def test_absent_and_given_mix(self) -> None:
        """An empty slot between given ones changes neither side."""
        conditioner, payloads = self.build(), list(self.payloads())[:2]
        mixed = self.condition(conditioner, [payloads[0], None, payloads[1]])
        self.check(mixed, 3)
        for item, payload in enumerate([payloads[0], None, payloads[1]]):
            cut = Condition(mixed.tokens[item : item + 1], mixed.mask[item : item + 1])
            self.same(cut, self.condition(conditioner, [payload]), f"item {item} of a mixed batch")

    def test_deterministic(self) -> None:
        """The same seed and payloads give the same tokens."""
        payloads = self.payloads()
        first = self.condition(self.build(), payloads)
        self.same(first, self.condition(self.build(), payloads), "Two equal builds disagree")

    def test_prepare_is_pure_and_picklable(self) -> None:
        """`prepare` may run in a worker: no side effect, no chance, no device, and it pickles."""
        conditioner, payload = self.build(), self.payloads()[0]
        before, chance = copy.deepcopy(payload), torch.get_rng_state()
        first, second = conditioner.prepare(payload), conditioner.prepare(payload)
        found = difference(first, second, path="prepared", atol=0.0)
        expect(not found, f"prepare() gave two results for one payload: {found}")
        found = difference(before, payload, path="payload", atol=0.0)
        expect(not found, f"prepare() changed its payload: {found}")
        drawn = not torch.equal(chance, torch.get_rng_state())
        expect(not drawn, "prepare() drew from the global random generator.")
        again = pickle.loads(pickle.dumps(first))  # noqa: S301 - written one call earlier
        found = difference(first, again, path="prepared", atol=0.0)
        expect(not found, f"A prepared payload changes when it is pickled: {found}")

    def test_state_dict_round_trip(self) -> None:
        """Loading the weights of another instance gives its tokens."""
        source, target, payloads = self.build(0), self.build(1), self.payloads()
        target.load_state_dict(source.state_dict())
        expected = self.condition(source, payloads)
        self.same(expected, self.condition(target, payloads), "Weights do not survive a reload")

    def test_trains_and_returns_to_evaluation(self) -> None:
        """Training mode keeps the declaration and reaches weights; eval() undoes it fully."""
        conditioner, payloads = self.build(), self.payloads()
        before = self.condition(conditioner, payloads)
        conditioner.train()
        condition = self.condition(conditioner, payloads)
        self.check(condition, len(payloads))
        if any(weight.requires_grad for weight in conditioner.parameters()):
            condition.tokens[condition.mask].square().sum().backward()
            reached = any(weight.grad is not None for weight in conditioner.parameters())
            expect(reached, "No gradient reaches the trainable weights.")
        conditioner.eval()
        self.same(before, self.condition(conditioner, payloads), "eval() after train() differs")

    def test_frozen_features_carry_no_gradient(self) -> None:
        """What `encode_frozen` returns can be cached: no graph hangs on it."""
        conditioner = self.build()
        pending = list(self.features(conditioner, self.payloads()))
        while pending:
            value = pending.pop()
            if isinstance(value, torch.Tensor):
                expect(not value.requires_grad, "A frozen feature requires a gradient.")
            elif isinstance(value, dict):
                pending.extend(value.values())
            elif isinstance(value, list | tuple):
                pending.extend(value)
