import numpy as np
import pytest
import torch
from audio_omni.core.errors import DataError, RequestError
from audio_omni.core.media.video import load_video
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import PROMPT
from audio_omni.core.source import Row
from audio_omni.tasks.demo_clips import demo_video
from audio_omni.tasks.understanding import SOUNDLESS, Understanding, sound_of

av = pytest.importorskip("av")
QUESTION = "What is heard?"


def clip():
    return Waveform(torch.full((1, 8000), 0.1), 16000)


def prompt(**values):
    task = Understanding()
    return task.to_example(task.parse_request({"question": QUESTION, **values})).payloads[PROMPT]


@pytest.fixture(scope="module")
def loud(tmp_path_factory):
    """One second of picture with one second of sound that rises at its half."""
    path = tmp_path_factory.mktemp("video") / "loud.mkv"
    with av.open(str(path), "w") as container:
        picture, sound = container.add_stream("mpeg4", rate=10), container.add_stream("pcm_s16le")
        picture.width, picture.height = 32, 32
        sound.rate, sound.layout = 8000, "mono"
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(picture.encode(frame))
        samples = np.repeat(np.array([[0, 8192]], np.int16), 4000, axis=1)
        block = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        block.sample_rate = 8000
        container.mux(sound.encode(block))
        container.mux(picture.encode())
        container.mux(sound.encode())
    return path


def test_a_question_alone():
    found = prompt()
    assert (found.text, found.audio, found.video) == (QUESTION, None, None)
    assert found.system


def test_what_it_is_about():
    heard = clip()
    found = prompt(audio=heard, video=demo_video())
    assert found.audio is heard
    assert found.video == demo_video()
    assert found.audio_of_video is False


def test_sound_of_the_video(loud):
    found = prompt(video=loud, use_video_audio=True)
    assert found.audio_of_video is True
    assert found.audio.samples.shape == (1, 8000)
    late = sound_of(load_video(loud).starting_at(0.5))
    torch.testing.assert_close(late.samples, torch.full((1, 4000), 0.25))


def test_a_video_without_sound_is_told():
    task = Understanding()
    request = {"question": QUESTION, "video": demo_video(), "use_video_audio": True}
    example = task.to_example(task.parse_request(request))
    assert example.payloads[PROMPT].audio is None
    assert example.payloads[PROMPT].audio_of_video is False
    assert example.conversions == (SOUNDLESS,)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"use_video_audio": True}, "use_video_audio with no video"),
        ({"use_video_audio": True, "audio": clip(), "video": "x.mp4"}, "with a recording besides"),
        ({"audio": " "}, "field 'audio'.*is empty"),
        ({"question": " "}, "field 'question'.*is empty"),
        ({"choices": ["a dog"]}, "field 'choices'.*at least 2 items"),
        ({"choices": ["a dog", "A dog "]}, "expected each of them once"),
        ({"choices": ["a dog", " "]}, "field 'choices.1'.*is empty"),
    ],
)
def test_bad_questions(values, message):
    with pytest.raises(RequestError, match=message):
        prompt(**values)


def test_a_row_s_audio_is_what_its_question_is_about():
    row = Row("r1", {"question": QUESTION}, audio=clip)
    found = Understanding().to_example(row).payloads[PROMPT]
    assert torch.equal(found.audio.samples, clip().samples)


def test_choices_stand_behind_the_question():
    found = prompt(choices=["a dog", " rain "])
    assert found.text == "What is heard? Choose one: a dog, rain."


def test_a_row_brings_the_answer_to_learn():
    fields = {"question": QUESTION, "answer": " a dog ", "choices": ["a dog", "rain"]}
    row = Row("r1", fields, media={"audio": clip, "video": demo_video})
    made = Understanding().to_example(row)
    assert (made.answer, made.id, made.target) == ("a dog", "r1", None)
    assert made.payloads[PROMPT].text.endswith("Choose one: a dog, rain.")
    assert made.payloads[PROMPT].video is demo_video()
    assert torch.equal(made.payloads[PROMPT].audio.samples, clip().samples)


def test_a_request_has_no_answer():
    task = Understanding()
    assert task.to_example(task.demo_request()).answer is None
    assert task.to_example(Row("r1", {"question": QUESTION})).answer is None


@pytest.mark.parametrize("answer", [" ", 3, ["a dog"]])
def test_an_answer_that_is_no_text_is_refused(answer):
    with pytest.raises(DataError, match=r"Row 'r1' has the answer .*; expected words to learn"):
        Understanding().to_example(Row("r1", {"question": QUESTION, "answer": answer}))


def test_row_without_a_question_is_named():
    with pytest.raises(DataError, match=r"Row 'r2'.*'question' is required"):
        Understanding().to_example(Row("r2", {}, audio=clip))
