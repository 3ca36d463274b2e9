"""What several processes do with one budget and one pace; a fresh process imports it by name."""

import time
from pathlib import Path

from audio_omni.plugins.audioedit.providers.contract import Place
from audio_omni.plugins.audioedit.providers.gemini.config import GeminiConfig
from audio_omni.plugins.audioedit.providers.gemini.pace import Pace
from audio_omni.plugins.audioedit.providers.gemini.spending import Spending, Usage
from audio_omni.plugins.audioedit.stages.stopping import StopRun

PRICES = {"usd_per_million_input": 1.0, "usd_per_million_output": 10.0}


def set_aside(root, count, found):
    config = GeminiConfig(**PRICES)
    spending = Spending(Path(root) / "answers", Place(Path(root), None, None, 10_000), config)
    done = 0
    for _ in range(count):
        try:
            number = spending.set_aside(Usage(300, 200))
        except StopRun:
            break
        spending.settle(number, Usage(100, 100), {})
        done += 1
    found.put(done)


def wait(path, count, found):
    shared = Pace(Path(path), per_minute=1200)
    moments = []
    for _ in range(count):
        shared.wait()
        moments.append(time.time())
    found.put(moments)
