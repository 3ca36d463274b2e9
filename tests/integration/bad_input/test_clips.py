"""Clips of every kind, on the command line."""

import json

import numpy as np
import pytest
import soundfile

RATE = 16000


@pytest.mark.parametrize(
    ("clip", "words"),
    [
        ("none.wav", "none.wav does not exist; expected an audio file"),
        ("folder.wav", "folder.wav is a folder; expected an audio file"),
        ("text.wav", "text.wav is not audio that can be read"),
        ("empty.wav", "empty.wav is empty (0 bytes)"),
        ("no_samples.wav", "no_samples.wav has 0 samples"),
        ("nan.wav", "a sample that is not finite (NaN or infinite), first at index 777"),
        ("ten_hours.wav", "ten_hours.wav lasts 36000.0 s; at most 3600 s are read"),
        ("five_seconds.wav", "got 5.000 s of audio; this model makes at most 3 s"),
        ("blink.wav", "Got 100 samples; a mel spectrogram with an FFT of 1024 needs more"),
        ("a" * 5000, "cannot be opened: File name too long"),
    ],
)
def test_bad_clips(run, workspace, clip, words):
    edit = ("remove", "--source-audio", clip, "--description", "a dog")
    status, out, err = run(*edit, output="edited.flac")
    assert (status, out) == (1, "")
    assert words in err
    assert not (workspace / "edited.flac").exists()


@pytest.mark.parametrize(
    ("clip", "note"),
    [
        *((f"{subtype}.wav", None) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32")),
        ("FLOAT.wav", None),
        ("DOUBLE.wav", None),
        ("silent.wav", None),
        ("channels_1.wav", None),
        *((f"channels_{n}.wav", f"mixed {n} → 1 channel (mean)") for n in range(2, 9)),
        *(
            (f"rate_{rate}.wav", f"resampled {rate} → 16000 Hz")
            for rate in (8000, 11025, 22050, 44100, 48000, 96000, 192000)
        ),
    ],
)
def test_every_usual_clip_is_edited_and_conversions_are_told(run, workspace, clip, note):
    edit = ("remove", "--source-audio", clip, "--description", "a dog")
    status, out, err = run(*edit, "--json", output="usual.flac")
    assert status == 0, err
    samples, rate = soundfile.read(workspace / "usual.flac")
    assert (samples.shape, rate) == ((RATE,), RATE)
    assert np.isfinite(samples).all()
    told = json.loads(out)["provenance"]["conversions"]
    assert told == ([] if note is None else [f"source: {note}"])
