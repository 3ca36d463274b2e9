"""A video without its sound, in a file that browsers play."""

from __future__ import annotations

import io
from pathlib import Path

from ...core.errors import MediaError
from ...core.media.video_file import load_video
from ...core.media.video_stream import import_av, picture_stream

CONTAINERS = {"h264": "mp4", "av1": "mp4", "vp8": "webm", "vp9": "webm"}
"""Codecs that every current browser plays, and the container of each."""


def silent_video(path: Path) -> tuple[bytes, str]:
    """Return the pictures of a video as they are, and the container: ``mp4`` or ``webm``.

    The sound is left out of the file: it is the recording that systems are to make anew.

    Raises:
        MediaError: if the file is no video, or its codec is none that browsers play.
    """
    av = import_av(path)
    load_video(path)  # says what is wrong with a file that is none
    with av.open(str(path)) as container:
        stream = picture_stream(path, container)
        codec = stream.codec_context.codec.canonical_name
        if codec not in CONTAINERS:
            raise MediaError(
                f"{path} is encoded as {codec}; expected one of {', '.join(CONTAINERS)}, which "
                "browsers play. Encode it as H.264 with another tool."
            )
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=CONTAINERS[codec]) as output:
            copied = output.add_stream_from_template(stream)
            for packet in container.demux(stream):
                if packet.dts is not None:  # the last packet of a stream is empty
                    packet.stream = copied
                    output.mux(packet)
    return buffer.getvalue(), CONTAINERS[codec]
