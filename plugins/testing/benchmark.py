"""The contract of a benchmark."""

from __future__ import annotations

from ...core.benchmark import Benchmark
from ...core.config import parse_config
from .base import PluginContract, expect

PLACES = ("id",)
"""Fields that every row has."""


class BenchmarkContract(PluginContract):
    """Tests that every benchmark passes; it needs none of its data.

    A subclass sets ``plugin`` and ``name``.
    """

    kind = "benchmark"

    @property
    def benchmark(self) -> Benchmark:
        """Return what the spec's factory returns."""
        found: Benchmark = self.implementation()
        return found

    def test_task_is_the_specs_and_registered(self) -> None:
        """The benchmark asks what its spec says, and a task of that name is there."""
        found = self.benchmark
        expect(isinstance(found, Benchmark), f"The factory returned {type(found).__name__}.")
        expect(found.task == self.spec.task, f"Its task is {found.task}; the spec's differs.")
        self.host.tasks.get(found.task)

    def test_metrics_are_registered_and_take_their_options(self) -> None:
        """Every metric is there, fits what the task gives, and accepts the options."""
        found = self.benchmark
        output = self.host.tasks.get(found.task).output
        expect(bool(found.metrics), "A benchmark needs a metric.")
        for use in found.metrics:
            spec = self.host.metrics.get(use.name)
            parse_config(spec.config, use.options, where=f"Options of '{use.name}'")
            expect(spec.output == output, f"'{use.name}' measures {spec.output}, not {output}.")

    def test_rows_can_be_laid_out(self) -> None:
        """It says what a row holds, which fields are files, and where the data is had."""
        found = self.benchmark
        lacking = [name for name in PLACES if name not in found.fields]
        expect(not lacking, f"Its rows lack {lacking}.")
        unknown = sorted(set(found.media) - set(found.fields))
        expect(not unknown, f"It names files that are no fields: {unknown}.")
        sounds = self.host.tasks.get(found.task).output == "audio"
        expect(
            not sounds or found.reference in found.media,
            f"Clips are compared with '{found.reference}', which is none of its files.",
        )
        expect(bool(found.title.strip() and found.obtain.strip()), "Say what it is, and whence.")

    def test_columns_of_the_paper_are_told_apart(self) -> None:
        """No two metrics fill one column of a table."""
        found = self.benchmark
        columns = [use.column for use in found.metrics if use.column]
        expect(len(columns) == len(set(columns)), f"Two metrics fill one column: {columns}.")
        expect(bool(columns) or not found.tables, "It names a table, and no column.")
