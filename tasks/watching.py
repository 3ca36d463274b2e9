"""What tasks that make audio for a video have in common."""

from __future__ import annotations

from dataclasses import replace

from ..core.config import parse_config
from ..core.errors import DataError
from ..core.media.video import as_video
from ..core.payloads import PROMPT, VIDEO, Example, Prompt
from ..core.source import Row
from ..core.task import Task
from .demo_clips import demo_video
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
                VIDEO: replace(clip, sound_seconds=request.seconds) if request.seconds else clip,
            },
            conversions=clip.conversions,
        )

    def request_from_row(self, row: Row) -> VideoRequest:
        """Return the request for the row's video, with its caption as the hint if it has one.

        Raises:
            DataError: if the row has no video; names the row and the task.
        """
        video = row.media["video"]() if "video" in row.media else row.fields.get("video")
        named = {"video": video, "prompt": row.fields.get("caption")}
        values = {name: value for name, value in named.items() if value is not None}
        where = f"Row '{row.id}' does not fit task '{self.name}'"
        return parse_config(VideoRequest, values, where=where, error=DataError)

    def demo_request(self) -> VideoRequest:
        """Return a request for a second of a moving bar, which is drawn now."""
        return VideoRequest(video=demo_video(), seconds=1.0)
