"""The contract of a task."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from ...core.errors import DataError, RequestError
from ...core.flow.config import SamplingConfig
from ...core.payloads import Example
from ...core.source import Row
from ...core.task import Task
from .base import PluginContract, expect
from .compare import difference


class TaskContract(PluginContract):
    """Tests that every task passes.

    A subclass sets ``plugin`` and ``name``, and implements `row`.
    """

    kind = "task"

    def row(self) -> Row:
        """Return one small training row that fits the task, with target audio."""
        raise NotImplementedError(f"{type(self).__name__} must implement row().")

    def build(self) -> Task[Any]:
        """Return the task."""
        task: Task[Any] = self.implementation()
        return task

    def test_class_agrees_with_spec(self) -> None:
        """Name and request model are the same in class and spec."""
        task = self.build()
        expect(task.name == self.name, f"Task.name is '{task.name}'; the spec says '{self.name}'.")
        same = task.request_model is self.spec.request
        expect(same, f"request_model is {task.request_model.__name__}; the spec names another.")

    def test_fields_are_described(self) -> None:
        """Every request field has a description: it is the help text of a flag."""
        fields = self.spec.request.model_fields
        bare = [name for name, info in fields.items() if not info.description]
        expect(not bare, f"Request fields without a description: {', '.join(bare)}.")

    def test_default_metrics_exist(self) -> None:
        """The metrics that the spec names are registered."""
        for metric in self.spec.default_metrics:
            self.host.metrics.get(metric)

    def test_own_settings_of_sampling_are_valid(self) -> None:
        """What the spec says of sampling are settings, and the solver is registered."""
        sampling = SamplingConfig().of(self.name, self.spec.sampling)
        self.host.solvers.get(sampling.solver)

    def test_what_needs_no_training_brings_an_editor(self) -> None:
        """A task says that it needs no training if, and only if, its examples bring an editor."""
        task = self.build()
        brings = task.to_example(task.demo_request()).editing is not None
        expect(
            brings != self.spec.needs_training,
            f"needs_training is {self.spec.needs_training}, and build_example() "
            f"{'sets' if brings else 'does not set'} Example.editing.",
        )

    def test_demo_request_is_valid(self) -> None:
        """The demo request needs no files and gives an example."""
        task = self.build()
        request = task.demo_request()
        expect(isinstance(request, self.spec.request), f"demo_request() returned {request!r}.")
        self.check(task.to_example(request))

    def test_row_and_request_give_the_same_example(self) -> None:
        """A training row and the request that asks for its target cannot drift apart."""
        task, row = self.build(), self.row()
        trained = task.to_example(row)
        asked = task.to_example(task.request_from_row(row))
        found = difference(dict(trained.payloads), dict(asked.payloads), path="payloads")
        expect(not found, f"The row's payloads are not the request's: {found}")
        expect(trained.seconds == asked.seconds, f"{trained.seconds} s against {asked.seconds} s.")
        expect(trained.target is not None, "The row's example has no target.")
        expect(trained.id == row.id, f"The example's id is {trained.id!r}; the row's '{row.id}'.")
        expect(asked.target is None and asked.id is None, "A request's example carries row data.")
        self.check(trained)

    def test_slots_filled_are_declared(self) -> None:
        """Examples fill slots that the spec declares; and every declared one gets filled."""
        task, declared = self.build(), set(self.spec.fills)
        filled: set[str] = set()
        for item in (self.row(), task.demo_request()):
            payloads = task.to_example(item).payloads
            filled |= {slot for slot, payload in payloads.items() if payload is not None}
        expect(
            filled == declared,
            f"Examples fill {sorted(filled)}; the spec declares {sorted(declared)}. Set "
            f"`fills` of TaskSpec '{self.name}' to what build_example() fills.",
        )

    def test_examples_are_deterministic(self) -> None:
        """The same row gives the same example."""
        task = self.build()
        first, second = task.to_example(self.row()), task.to_example(self.row())
        found = difference(dict(first.payloads), dict(second.payloads), path="payloads", atol=0)
        expect(not found, f"Two examples of one row differ: {found}")

    def test_request_round_trip(self) -> None:
        """Plain values parse back to the same request, and an unknown field is refused."""
        task = self.build()
        request = task.demo_request()
        values = {name: getattr(request, name) for name in type(request).model_fields}
        found = difference(request, task.parse_request(values), path="request")
        expect(not found, f"A request changes when it is parsed: {found}")
        with pytest.raises(RequestError, match="no_such_field"):
            task.parse_request({**values, "no_such_field": 1})

    def test_row_without_fields_is_refused(self) -> None:
        """A row that lacks a required field raises DataError with the row's id."""
        model: type[BaseModel] = self.spec.request
        if not any(info.is_required() for info in model.model_fields.values()):
            pytest.skip("the request has no required field")
        with pytest.raises(DataError, match="empty-row"):
            self.build().to_example(Row(id="empty-row", fields={}))

    def check(self, example: Example) -> None:
        """Raise unless an example is one of this task, with a length above 0 or none."""
        expect(example.task == self.name, f"The example's task is '{example.task}'.")
        positive = example.seconds is None or example.seconds > 0
        expect(positive, f"The example asks for {example.seconds} s; expected above 0, or None.")
        expect(example.request is not None, "The example lost its request.")
