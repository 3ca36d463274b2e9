"""What tasks that make audio for a video have in common."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from ..core.config import parse_config
from ..core.errors import DataError
from ..core.media.video import VideoClip, as_video, load_video
from ..core.media.video_file import import_av
from ..core.payloads import PROMPT, VIDEO, Example, Prompt
from ..core.source import Row
from ..core.task import Task
from .requests import VideoRequest


class VideoGeneration(Task[VideoRequest]):
    """Fills ``prompt`` with a hint and the video to watch, and ``video`` with the video to follow.

    The language model says what happens and the low-level stream when (Audio-Omni, section 4.2).
    """

    request_model = VideoRequest

    def build_example(self, request: VideoRequest) -> Example:
        """Return the example of a request; opens the video and decodes no more than it must.

        Raises:
            MediaError: if the video cannot be read.
        """
        clip = as_video(request.video)
        text = self.wording.fill(prompt=request.prompt)
        return Example(
            task=self.name,
            seconds=request.seconds or clip.seconds,
            payloads={
                PROMPT: Prompt(text=text, system=self.wording.system, video=clip),
                VIDEO: clip,
            },
            conversions=clip.conversions,
        )

    def request_from_row(self, row: Row) -> VideoRequest:
        """Return the request for the row's video, with its caption as the hint if it has one.

        Raises:
            DataError: if the row has no video; names the row and the task.
        """
        named = {"video": row.fields.get("video"), "prompt": row.fields.get("caption")}
        values = {name: value for name, value in named.items() if value is not None}
        where = f"Row '{row.id}' does not fit task '{self.name}'"
        return parse_config(VideoRequest, values, where=where, error=DataError)

    def demo_request(self) -> VideoRequest:
        """Return a request for a second of a moving bar, which is drawn now."""
        return VideoRequest(video=demo_video(), seconds=1.0)


@lru_cache(maxsize=1)
def demo_video() -> VideoClip:
    """Return one second of a bar that crosses the picture, 64 × 48 pixels at 25 per second.

    Raises:
        MediaError: if PyAV is not installed.
    """
    import numpy as np

    folder = tempfile.TemporaryDirectory(prefix="audio-omni-demo-")
    path = Path(folder.name) / "bar.mp4"
    av = import_av(path)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height = 64, 48
        for i in range(25):
            picture = np.zeros((48, 64, 3), np.uint8)
            picture[:, 2 * i : 2 * i + 8] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    clip = load_video(path)
    _FOLDERS.append(folder)
    return clip


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
"""Holds the folder of `demo_video`, which goes when the process does."""
