"""MP3 files that do not tell their length: libsndfile guesses it, and may read a sixth of one."""

import io

import numpy as np
import pytest
from audio_omni.core.media import decode
from audio_omni.core.media.audio import load_waveform, load_waveform_bytes
from audio_omni.core.media.mp3 import tells_its_length

av = pytest.importorskip("av")
RATE = 44100
LOUD_THEN_SILENT = ((0.5, 2), (0, 10))


def mp3(parts=LOUD_THEN_SILENT, *, tag=True, variable=True):
    """Noise of each (level, seconds) as an MP3 file, with or without the frame of its length."""
    rng, file = np.random.default_rng(0), io.BytesIO()
    samples = np.concatenate([rng.uniform(-a, a, RATE * s) for a, s in parts]).astype(np.float32)
    with av.open(file, "w", format="mp3", options={"write_xing": str(int(tag))}) as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono")
        if variable:
            stream.codec_context.qscale = True
            stream.codec_context.global_quality = 2 * 118
        for start in range(0, len(samples), 1152):
            block = samples[None, start : start + 1152]
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate = RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue(), samples


@pytest.mark.parametrize("variable", [False, True])
@pytest.mark.parametrize("tag", [False, True])
def test_all_of_a_file_is_read_whether_it_tells_its_length_or_not(tag, variable):
    data, samples = mp3(tag=tag, variable=variable)
    found = load_waveform_bytes(data, "noise.mp3")
    assert found.conversions == ()
    missing = len(samples) - found.samples.shape[1]
    assert missing == 0 if tag else -4 * 1152 < missing <= 0
    assert found.samples[0, RATE : 2 * RATE].abs().mean() > 0.05
    assert found.samples[0, -RATE:].abs().max() < 1e-3


def test_without_pyav_a_note_says_that_there_may_be_more(monkeypatch):
    monkeypatch.setattr(decode, "find_spec", lambda name: None)
    data, samples = mp3(tag=False)
    found = load_waveform_bytes(data, "noise.mp3")
    assert found.samples.shape[1] < len(samples) / 2, "libsndfile reads all: PyAV is not needed"
    (note,) = found.conversions
    assert f"decoded {found.samples.shape[1]} samples" in note
    assert "pip install 'audio-omni[data]'" in note
    assert "ends early" not in note
    assert load_waveform_bytes(mp3(tag=True)[0], "noise.mp3").conversions == ()


def test_one_that_tells_its_length_and_is_cut_off_ends_early(tmp_path):
    data, samples = mp3()
    path = tmp_path / "cut.mp3"
    path.write_bytes(data[: len(data) // 2])
    (note,) = load_waveform(path).conversions
    assert note.startswith("the file ends early: decoded ")
    assert note.endswith(f"announces {len(samples)}")


@pytest.mark.parametrize("picture", [0, 300, 100_000])
@pytest.mark.parametrize("tag", [False, True])
def test_pictures_before_the_sound_are_passed_over(tag, picture):
    data = mp3(((0.5, 1),), tag=tag)[0]
    size = bytes((picture >> shift) & 0x7F for shift in (21, 14, 7, 0))
    start = data.index(b"\xff\xfb")
    behind = data[start:]
    assert tells_its_length(io.BytesIO(b"ID3\x04\0\0" + size + bytes(picture) + behind)) is tag
    assert tells_its_length(io.BytesIO(behind)) is tag


@pytest.mark.parametrize("data", [b"", b"ID3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f", b"Xin"])
def test_what_is_no_whole_file_tells_no_length(data):
    assert not tells_its_length(io.BytesIO(data))
