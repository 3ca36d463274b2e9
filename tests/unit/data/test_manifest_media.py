"""Rows about sights and sounds: moments, films with their sound, questions, facts for measures."""

import json

import numpy as np
import pytest
import soundfile
from audio_omni.core.data.cut import crop_row
from audio_omni.core.data.manifest import ManifestOptions, ManifestSource
from audio_omni.core.errors import DataError
from audio_omni.core.geometry import Geometry
from audio_omni.core.media.video import sample_frames
from audio_omni.tasks.understanding import Understanding
from audio_omni.tasks.video_to_audio import VideoToAudio

av = pytest.importorskip("av")

RATE, FPS, SECONDS = 8000, 10, 4
MOMENTS = [0.5, 1.5, 3.0]
GEOMETRY = Geometry(sample_rate_hz=RATE, channels=1, hop=100, clip_seconds=2.0)


def write_film(path):
    """Write a film: frame k has brightness 6 k, and its sound is a ramp over its length."""
    ramp = np.linspace(-0.5, 0.5, RATE * SECONDS, dtype=np.float32)
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=FPS)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("pcm_f32le", rate=RATE, layout="mono")
        for k in range(FPS * SECONDS):
            pixels = np.full((48, 64, 3), 6 * k, np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(pictures.encode())
        frame = av.AudioFrame.from_ndarray(ramp[None], format="flt", layout="mono")
        frame.sample_rate = RATE
        container.mux([*sound.encode(frame), *sound.encode()])


def write(folder, rows, name="manifest.jsonl"):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def source(path, **options):
    return ManifestSource(path, ManifestOptions(**options))


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    folder = tmp_path_factory.mktemp("film")
    write_film(folder / "ball.mkv")
    events = [{"t": t, "gain": 1.0} for t in MOMENTS]
    row = {"id": "b", "path": "ball.mkv", "label": "ball", "caption": "a ball bounces"}
    return write(folder, [{**row, "events": events}])


def seen_and_heard(path, **options):
    return source(
        path, field_map={"audio": "path", "video": "path"}, event_onset="t", **options
    ).row(0)


def test_moments_become_events_of_the_row(film):
    row = seen_and_heard(film, event_seconds=0.02)
    expected = [
        {"t": t, "gain": 1.0, "label": "ball", "onset_s": t, "length_s": 0.02} for t in MOMENTS
    ]
    assert row.truth["events"] == expected
    assert source(film).row(0).truth["events"] == [{"t": t, "gain": 1.0} for t in MOMENTS]


@pytest.mark.parametrize("wrong", [[{"s": 1.0}], [0.5], [{"t": True}], {"t": 1.0}])
def test_events_without_their_onset_are_named(tmp_path, wrong):
    path = write(tmp_path, [{"id": "a", "events": wrong}])
    with pytest.raises(DataError, match=r"line 1 \(id 'a'\), field 'events': "):
        source(path, event_onset="t").row(0)


def test_a_film_is_the_sound_to_learn_and_the_pictures_to_watch(film):
    row = seen_and_heard(film)
    assert row.audio().seconds == row.media["video"]().seconds == SECONDS
    example = VideoToAudio().to_example(crop_row(row, GEOMETRY, "start"))
    assert example.payloads["prompt"].text == "a ball bounces"
    assert example.target.seconds == example.payloads["video"].seconds == 2.0


@pytest.mark.parametrize("draw", range(4))
def test_sound_pictures_and_moments_are_cut_together(film, draw):
    row = crop_row(seen_and_heard(film), GEOMETRY, "random", np.random.default_rng(draw))
    start = float(row.audio().samples[0, 0] + 0.5) * SECONDS  # as the ramp tells
    clip = row.media["video"]()
    assert clip.start_seconds == pytest.approx(start, abs=0.001)
    first = float(sample_frames(clip, fps=FPS, seconds=clip.seconds, size=None)[0].float().mean())
    assert first / 6 == pytest.approx(start * FPS, abs=1.6)
    onsets = [e["onset_s"] for e in row.truth["events"] if not e.get("begun")]
    assert onsets == pytest.approx([t - start for t in MOMENTS if start <= t < start + 2], abs=1e-3)


def test_a_question_is_about_a_clip_in_another_folder(tmp_path):
    (tmp_path / "clips").mkdir()
    soundfile.write(tmp_path / "clips" / "a.flac", np.zeros(RATE), RATE)
    row = {"id": "q", "audio": "clips/a.flac", "question": "Which sound?", "skill": "sounds"}
    path = write(
        tmp_path, [{**row, "choices": ["a dog", "rain"], "answer": "rain"}], "lists/q.jsonl"
    )
    asked = source(path, folder=str(tmp_path)).row(0)
    example = Understanding().to_example(asked)
    assert example.payloads["prompt"].audio.seconds == 1.0
    assert example.payloads["prompt"].text == "Which sound? Choose one: a dog, rain."
    assert example.answer == "rain"
    assert asked.truth == {"skill": "sounds"}


def test_a_film_can_be_asked_about_with_its_sound(film):
    row = source(
        film,
        field_map={"audio": "path", "video": "path"},
        fields={"question": "How many bounces?", "answer": "3"},
    ).row(0)
    prompt = Understanding().to_example(row).payloads["prompt"]
    assert (prompt.audio.seconds, prompt.video.seconds) == (SECONDS, SECONDS)


def test_facts_for_measures_are_kept_from_the_model(tmp_path):
    facts = {"label": "harp", "mood": "calm", "speaker": "s", "span": [0.0, 1.0]}
    row = source(write(tmp_path, [{"id": "a", "lead": "harp", "caption": "c", **facts}])).row(0)
    assert row.truth == facts
    renamed = source(
        write(tmp_path, [{"id": "a", "lead": "harp", "label": "music"}]),
        field_map={"label": "lead"},
    )
    assert renamed.row(0).truth == {"label": "harp"}
