"""Writes a checkpoint together: every process its part, the first one what describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeVar

from torch import distributed

from ..errors import CheckpointError
from .checkpoint import CHECKPOINTS
from .checkpoint_files import file_sha256, sync
from .checkpoint_saving import Copies, checkpoint_folder, describe, remove_older
from .spread_files import FOLDER, digest_of, write_parts
from .world import World, stdout_to_stderr

ResultT = TypeVar("ResultT")


class SpreadWriter:
    """Writes spread checkpoints behind a run's back, over connections of its own.

    The run's other threads talk to the same processes at the same time.
    """

    def __init__(self, world: World) -> None:
        """Connect; called by all processes."""
        self.world = world
        with stdout_to_stderr():
            self.group: Any = distributed.new_group(backend="gloo")

    def close(self) -> None:
        """End the connections; called by all processes, when nothing is being written."""
        group, self.group = self.group, None
        if group is not None:
            distributed.destroy_process_group(group)

    def write(
        self,
        run_dir: Path,
        step: int,
        components: Copies,
        *,
        recipe_yaml: str,
        state: Mapping[str, Any],
        keep: int,
    ) -> Path:
        """Write a checkpoint like `checkpoint_saving.write_checkpoint`, together with the others.

        Raises:
            CheckpointError: in all processes, if one of them cannot write.
        """
        folder = checkpoint_folder(run_dir, step) if self.world.is_first else nullcontext(None)
        with folder as partial:
            shards = self._together(lambda: _prepared(partial))[0]
            assert shards is not None  # noqa: S101 - the first process's
            hashes = self._together(lambda: self._own_hashes(shards, components))
            if partial is not None:
                files = {name: sha for own in hashes for name, sha in own.items()}
                sha256 = {component: digest_of(component, files) for component in components}
                describe(partial, step, recipe_yaml, {**state, "shards": files}, sha256)
        final = run_dir / CHECKPOINTS / f"step-{step:08d}"
        self._together(lambda: remove_older(final.parent, keep) if partial is not None else None)
        return final

    def _own_hashes(self, shards: Path, components: Copies) -> dict[str, str]:
        found = {}
        for path in write_parts(shards, components, self.group):
            sync(path)
            found[path.name] = file_sha256(path)
        return found

    def _together(self, work: Callable[[], ResultT]) -> list[ResultT]:
        """Return what each process's work gave, by rank.

        Raises:
            CheckpointError: in all of them, if that of one failed.
        """
        try:
            own: Any = (work(), None)
        except (CheckpointError, OSError) as failure:
            own = (None, str(failure))
        found: list[Any] = [None] * self.world.size
        distributed.all_gather_object(found, own, group=self.group)
        errors = [error for _, error in found if error is not None]
        if errors:
            raise CheckpointError(errors[0])
        return [value for value, _ in found]


def _prepared(partial: Path | None) -> Path | None:
    if partial is None:
        return None
    (partial / FOLDER).mkdir()
    return partial / FOLDER
