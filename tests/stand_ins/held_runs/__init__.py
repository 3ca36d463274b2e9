"""An observer that holds a run after a step, so that a test can kill a process right there.

``HELD_STEP`` says after which step; the run goes on when the file ``HELD_FILE`` is gone.
"""

import os
import time
from pathlib import Path

from audio_omni.core.hookspecs import hookimpl


@hookimpl
def on_step_end(event):
    if event.step != int(os.environ["HELD_STEP"]):
        return
    held = Path(os.environ["HELD_FILE"])
    held.touch()
    while held.exists():
        time.sleep(0.02)
