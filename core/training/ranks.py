"""What observers hear of a run of several processes, beside what the first one tells."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from ..events import RankEnd, RankStart, RunEnd, RunStart
from .world import World

Listener = Callable[[Any], None]


def heard_in_all(own: Listener, notify: Listener, world: World) -> Listener:
    """Return what receives the events of every process.

    Args:
        own: receives all of them.
        notify: hands events to plugins. In processes beside the first it receives `RankStart` and
            `RankEnd` in place of a run's start and end; in the first one nothing from here, for it
            is told everything anyway.
        world: the processes.
    """
    if world.is_first:
        return own

    def listen(event: Any) -> None:
        own(event)
        if isinstance(event, RunStart):
            notify(RankStart(event.run_dir, event.recipe, world.rank, event.tags))
        elif isinstance(event, RunEnd):
            notify(RankEnd(world.rank, event.status))

    return listen


def launch_tags(world: World) -> dict[str, str]:
    """Return how many processes learn together, and a name for this launch that all of them know.

    A file that one process leaves for another says by it that it is not of an earlier launch.
    """
    launch = world.first_does(lambda: uuid.uuid4().hex)
    return {"world.size": str(world.size), "launch": launch}
