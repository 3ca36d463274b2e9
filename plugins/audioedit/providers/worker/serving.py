"""Answers requests from the standard input on the standard output, see `messages`.

A request names its tool (``for``) and what is wanted:

    hello    → what is installed
    weights  → the hash of the checkpoint
    work     → what the tool makes of clips; it is loaded for the first such request
"""

from __future__ import annotations

import os
import sys
from typing import Any

from .aesthetics import Aesthetics
from .installed import Unusable
from .messages import Arrays, read_message, write_message
from .sam_judge import SamJudge
from .separation import Separation

TOOLS: dict[str, Any] = {
    "sam_audio": Separation,
    "sam_audio_judge": SamJudge,
    "audiobox_aesthetics": Aesthetics,
}


def answer(state: dict[str, Any], request: dict[str, Any], clips: Arrays) -> tuple[Any, Arrays]:
    """Return what a request is answered with; loads a tool for the first that needs it."""
    name = request["for"]
    tool = TOOLS[name]
    try:
        facts = tool.package.facts()
        match request["do"]:
            case "hello":
                return facts, ()
            case "weights":
                return {**facts, "sha256": tool.weights(request["options"])}, ()
        if name not in state:
            state[name] = tool(request["options"])
        values, arrays = state[name].answer(request, clips)
        return {**facts, **values}, arrays
    except Unusable as failure:
        return {"error": "unusable", "said": str(failure)}, ()
    except Exception as failure:
        said = f"{type(failure).__name__}: {failure}"
        short = "OutOfMemory" in type(failure).__name__ or "out of memory" in str(failure)
        return {"error": "oom" if short else "failed", "said": said}, ()


def serve() -> None:
    """Answer until the other side closes the pipe."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the messages
    state: dict[str, Any] = {}
    while True:
        try:
            request, clips = read_message(sys.stdin.buffer)
        except EOFError:
            return
        write_message(answers, *answer(state, request, clips))
