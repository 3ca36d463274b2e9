"""Parts done over a Ray cluster by Ray Data; the extra ``ray``. Same parts, same bytes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from json import dumps, loads
from typing import Any

from ....core.errors import AudioOmniError
from ....core.ray_cluster import joined_cluster
from .lines import Line
from .runner import Work, do_work
from .signals import stop_on_signals
from .stopping import StopRun
from .tally import Tally
from .workshop import Job, Workshop

GIB = 2**30


class RayData(AbstractContextManager["RayData"]):
    """An executor: a data set of parts, mapped by actors that keep their workshop.

    The cluster is joined for the first parts that there are, and left at the end of a ``with``
    block: see `core.ray_cluster`.
    """

    def __init__(self, workers: int) -> None:
        """Keep how many actors; 0: as many as the cluster has room for."""
        self.workers = workers
        self._joined = ExitStack()
        self._ray: Any = None

    def __exit__(self, *_failure: object) -> None:
        """Leave the cluster."""
        self._ray = None
        self._joined.close()

    def __call__(self, job: Job, works: Sequence[Work], tally: Tally) -> None:
        """Do all parts; the folder has to be reached by all nodes under one path.

        Asked to end, it leaves when the next part is done; what other parts have, they keep.

        Raises:
            PluginError: if Ray is not installed, or its cluster cannot be reached.
            StopRun: if a part says that the run has to end, or it was asked to.
        """
        if not works:
            return
        if self._ray is None:
            needed = joined_cluster(part="ray.data", otherwise="use --executor local")
            self._ray = self._joined.enter_context(needed)
        ray = self._ray
        room = int(ray.cluster_resources().get("CPU", 1))
        resources = works[0].step.stage.resources
        # One block for each part from the start: to cut blocks later takes tasks, for which
        # actors on all CPUs would leave no room.
        numbers = [{"work": number} for number in range(len(works))]
        rows = ray.data.from_items(numbers, override_num_blocks=len(works))
        done = rows.map(
            _Worker,
            fn_constructor_args=(job, list(works), list(sys.path)),
            concurrency=self.workers or max(1, room),
            num_cpus=resources.cpus,
            num_gpus=resources.gpus,
            memory=resources.memory_gib * GIB,
        )
        with stop_on_signals() as stopped:
            for row in done.iter_rows():
                _hear(row, tally)
                if stopped():
                    raise StopRun("Stopped as asked. Run the same command again to go on.")


class _Worker:
    """Catches everything: to Ray Data one bad row would be the end of the job."""

    def __init__(self, job: Job, works: list[Work], paths: list[str]) -> None:
        sys.path.extend(path for path in paths if path not in sys.path)
        self.works = works
        self.workshop = Workshop.open(job)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        lines: list[str] = []

        def keep(stage: str, line: Line) -> None:
            del stage
            lines.append(dumps([line.id, line.outcome, line.reason, line.detail]))

        problem, stop = "", False
        try:
            do_work(self.workshop, self.works[row["work"]], lambda: False, keep)
        except StopRun as failure:
            problem, stop = str(failure), True
        except Exception as failure:
            problem = f"{type(failure).__name__}: {failure}"
        return {"lines": lines, "problem": problem, "stop": stop}


def _hear(row: dict[str, Any], tally: Tally) -> None:
    for line in row["lines"]:
        id_, outcome, reason, detail = loads(line)
        tally.add(Line(id_, outcome, reason=reason, detail=detail))
    if row["stop"]:
        raise StopRun(row["problem"])
    if row["problem"]:
        raise AudioOmniError(f"A part broke on the cluster: {row['problem']}")
