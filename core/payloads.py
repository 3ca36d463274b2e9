"""What travels from a task to the conditioners: payloads, in named slots.

A task fills slots, a conditioner reads one. Neither knows the other, so a recipe can swap
``mllm`` for ``t5`` (both read ``prompt``) without touching a task. A slot that a task does not
fill is `None`: the conditioner then gives its null condition. A plugin may use slots of its own.
Slot ``video`` holds a `VideoClip`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor

    from .flow.editing.editor import Editor
    from .media.video import VideoClip
    from .media.waveform import Waveform

PROMPT = "prompt"
REFERENCE_AUDIO = "reference_audio"
TRANSCRIPT = "transcript"
VIDEO = "video"


@dataclass(frozen=True)
class Prompt:
    """Slot ``prompt``: what a multimodal language model or a text encoder is given.

    Attributes:
        text: the user's words or the filled editing instruction.
        system: who the model is and what it should make; encoders without roles ignore it.
        audio: a clip to listen to, any rate; `None` when there is none.
        video: a clip to watch, or frames (F, 3, H, W) uint8; `None` when there is none.
        video_fps: frames per second of ``video`` if it is given as frames.
        audio_of_video: whether ``audio`` is the sound of ``video``, to be heard in step with it.
    """

    text: str
    system: str | None = None
    audio: Waveform | None = None
    video: VideoClip | Tensor | None = None
    video_fps: float | None = None
    audio_of_video: bool = False


@dataclass(frozen=True)
class ReferenceAudio:
    """Slot ``reference_audio``: the clip to edit, the voice to imitate, the speech to fill in.

    Attributes:
        waveform: the clip, any rate and channel count; `None` when a speech task has no voice to
            imitate. A conditioner that has nothing to say of that treats the slot as empty.
        role: ``"source"`` of an edit; ``"voice"``, with which the result begins; or ``"speech"``,
            an utterance of which a part is to be made anew. What is blanked of it in training is
            drawn anew each time (Audio-Omni, section 5.1).
        seconds: length of the result; where the clip is shorter, the rest is unknown. `None`
            says nothing of it.
        blanked: parts of the clip that the model must not see, (start, end) in seconds.
    """

    waveform: Waveform | None
    role: Literal["source", "voice", "speech"] = "source"
    seconds: float | None = None
    blanked: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Transcript:
    """Slot ``transcript``: what is said, from the first second to the last.

    Attributes:
        text: the words; with a voice prompt, those of the prompt come first.
        repeated: how many characters at the start are the voice prompt's, as far as is known.
    """

    text: str
    repeated: int = 0


@dataclass(frozen=True)
class Editing:
    """What an example is made out of, in place of noise, and by what.

    Attributes:
        source: the recording to start from, any rate and channel count.
        described: slot name to payload, describing the recording as `Example.payloads` describes
            what it should become; empty: not described.
        editor: makes the one of the other; see `core.flow.editing.editor`.
    """

    source: Waveform
    described: Mapping[str, Any]
    editor: Editor


@dataclass(frozen=True)
class Example:
    """One request or one training row, in the form that conditioners and the trainer read.

    Attributes:
        task: name of the task.
        seconds: length of the audio to make, in seconds, above 0; `None` leaves it to the target.
        payloads: slot name to payload.
        target: the audio to learn; `None` for a request.
        id: stable id of the row; `None` for a request.
        request: the validated request that this example was built from.
        conversions: what was done to the inputs, in order, in words.
        skip_seconds: how much of the start of the result repeats a voice prompt and is cut off;
            ``seconds`` includes it.
        answer: the text to learn; `None` for a request, and for tasks that make audio.
        editing: where the result is made out of a recording by an editor; `None`: out of noise,
            by a solver.
    """

    task: str
    seconds: float | None
    payloads: Mapping[str, Any]
    target: Waveform | None = None
    id: str | None = None
    request: BaseModel | None = None
    conversions: tuple[str, ...] = field(default=())
    skip_seconds: float = 0.0
    answer: str | None = None
    editing: Editing | None = None
