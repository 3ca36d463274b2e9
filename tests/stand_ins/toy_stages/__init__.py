"""Stages of an audioedit pipeline that do next to nothing, or go wrong on purpose."""

import errno
import os
import signal
import sys
from pathlib import Path

from audio_omni.core.whole_file import write_whole
from audio_omni.plugins.audioedit.stages.contract import RootStage, Stage
from audio_omni.plugins.audioedit.stages.outcomes import Failed, Item, Kept, Rejected
from audio_omni.plugins.audioedit.stages.pipeline import Step

ORDERS = "AUDIO_OMNI_TOY_ORDERS"
"""Names a folder whose files tell the stages what to do: kill-ID, break-ID, tell-ID, fail-ID,
locked-ID, full-ID."""


def orders() -> Path:
    return Path(os.environ[ORDERS])


def asked(what: str, item: Item) -> bool:
    return (orders() / f"{what}-{item.id}").exists()


class Count(RootStage):
    """Every fifth number is rejected."""

    name = "count"

    @classmethod
    def settings(cls, workshop):
        return {}

    @classmethod
    def count(cls, workshop):
        return workshop.config.synthesis.scenes

    def process(self, items):
        return [self.one(item) for item in items]

    def one(self, item):
        with (orders() / "seen.log").open("a") as log:
            log.write(f"{item.id}\n")
        with (orders() / "pids.log").open("a") as log:
            log.write(f"{os.getpid()}\n")
        if asked("kill", item):
            os.kill(os.getpid(), signal.SIGKILL)
        if asked("break", item):
            raise RuntimeError("broken on purpose")
        if asked("tell", item):
            told = f"{os.environ.get('OMP_NUM_THREADS')} {'torch' in sys.modules}"
            (orders() / "told").write_text(told)
        if asked("locked", item):
            write_whole(orders() / "seen.log" / "blob.flac", b"", make_folders=True)
        if asked("full", item):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if asked("fail", item):
            return Failed("not now")
        if item.root % 5 == 4:
            return Rejected("fifth", {"number": float(item.root)})
        twins = tuple(Item(f"{item.id}{c}", item.root, {"n": item.root}) for c in "ab")
        return Kept(twins, {"number": float(item.root)})


class Square(Stage):
    """Squares what was counted, three at a time."""

    name = "square"
    batch = 3

    @classmethod
    def settings(cls, workshop):
        return {}

    def process(self, items):
        return [Kept((Item(i.id, i.root, {"square": i.data["n"] ** 2}),)) for i in items]


STEPS = [Step(Count, "synth"), Step(Square, "synth", upstream="count")]
