import numpy as np
import pytest
from audio_omni.core.errors import DataError, MediaError, RequestError
from audio_omni.core.media.video import VideoClip, load_video
from audio_omni.core.payloads import PROMPT, VIDEO
from audio_omni.core.source import Row
from audio_omni.core.wording import TaskWording
from audio_omni.tasks.demo_clips import demo_video
from audio_omni.tasks.video_to_audio import VideoToAudio
from audio_omni.tasks.video_to_music import VideoToMusic

av = pytest.importorskip("av")
TASKS = pytest.mark.parametrize("task", [VideoToAudio(), VideoToMusic()], ids=["audio", "music"])


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """One second of a bar that crosses the picture, in a file."""
    path = tmp_path_factory.mktemp("video") / "bar.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height = 64, 48
        for frame in demo_video().pixels:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return str(path)


@TASKS
def test_video_is_watched_and_followed(task, path):
    clip = demo_video()
    example = task.to_example(task.parse_request({"video": path, "prompt": "a door"}))
    assert example.payloads[VIDEO] == load_video(path)
    assert example.payloads[PROMPT].video == example.payloads[VIDEO]
    assert example.payloads[PROMPT].text == "a door"
    assert example.seconds == pytest.approx(1.0)
    short = task.to_example(task.parse_request({"video": clip, "seconds": 0.4}))
    assert short.seconds == short.payloads[VIDEO].sound_seconds == 0.4


@TASKS
def test_hint_may_be_absent(task):
    prompt = task.to_example(task.parse_request({"video": demo_video()})).payloads[PROMPT]
    assert prompt.text == ""
    assert prompt.system


@TASKS
def test_row_is_the_request_that_asks_for_its_sound(task, path):
    from_row = task.to_example(Row("r1", {"video": path, "caption": "a door"}))
    from_user = task.to_example(task.parse_request({"video": path, "prompt": "a door"}))
    assert from_row.payloads == from_user.payloads
    bare = task.to_example(Row("r1", {"video": path}))
    assert bare.payloads[PROMPT].text == ""


@TASKS
def test_a_row_s_video_is_opened_from_its_media(task):
    """Rows that are cut, or drawn, have no file that shows what they show."""
    clip = demo_video().starting_at(0.2)
    row = Row("r1", {"video": "whole.mp4", "caption": "a door"}, media={"video": lambda: clip})
    made = task.to_example(row)
    assert made.payloads[VIDEO] is made.payloads[PROMPT].video is clip
    assert made.seconds == pytest.approx(0.8)


def test_model_s_own_wording():
    task = VideoToAudio(TaskWording(system="Foley.", user="{prompt}", verbatim=True))
    prompt = task.to_example(task.parse_request({"video": demo_video(), "prompt": " a. "}))
    assert (prompt.payloads[PROMPT].system, prompt.payloads[PROMPT].text) == ("Foley.", " a. ")


def test_row_without_a_video_is_named():
    with pytest.raises(DataError, match=r"Row 'r2'.*'video_to_audio'.*'video' is required"):
        VideoToAudio().to_example(Row("r2", {"caption": "a door"}))


@pytest.mark.parametrize(
    ("video", "message"),
    [
        ("", "is empty; expected the path"),
        (3, "is a int; expected the path of a video"),
        (None, "NoneType"),
    ],
)
def test_bad_videos(video, message):
    with pytest.raises(RequestError, match=f"field 'video'.*{message}"):
        VideoToAudio().parse_request({"video": video})


def test_missing_file_is_named(tmp_path):
    request = VideoToMusic().parse_request({"video": tmp_path / "no.mp4"})
    with pytest.raises(MediaError, match=r"no\.mp4"):
        VideoToMusic().to_example(request)


def test_demo_moves():
    clip = demo_video()
    assert isinstance(clip, VideoClip)
    assert (clip.frames, clip.fps, clip.seconds) == (25, 25, 1.0)
    lit = [frame[0, :, 0].nonzero()[0] for frame in clip.pixels]
    assert [columns[0] for columns in lit] == list(range(0, 50, 2))
