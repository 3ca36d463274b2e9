import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from audio_omni.core.errors import MediaError, WriteError
from audio_omni.core.media.audio import (
    as_waveform,
    crop,
    fit,
    load_waveform,
    pad,
    resample,
    save_waveform,
    to_channels,
)
from audio_omni.core.media.waveform import Waveform


def tone(seconds=0.5, rate=16000, channels=1, level=0.5):
    t = torch.arange(int(seconds * rate)) / rate
    waves = [level * torch.sin(2 * torch.pi * (440 + 10 * c) * t) for c in range(channels)]
    return Waveform(torch.stack(waves), rate)


@pytest.mark.parametrize(
    ("suffix", "subtype", "tolerance"),
    [
        (".wav", "PCM_U8", 2e-2),
        (".wav", "PCM_16", 1e-4),
        (".wav", "PCM_24", 1e-6),
        (".wav", "PCM_32", 1e-6),
        (".wav", "FLOAT", 0),
        (".wav", "DOUBLE", 0),
        (".flac", "PCM_16", 1e-4),
        (".flac", "PCM_24", 1e-6),
    ],
)
def test_lossless_files_are_read_as_they_are(tmp_path, suffix, subtype, tolerance):
    clip = tone(channels=2)
    path = tmp_path / f"a{suffix}"
    soundfile.write(path, clip.samples.T.numpy(), 16000, subtype=subtype)
    got = load_waveform(path)
    assert got.sample_rate_hz == 16000
    assert got.conversions == ()
    assert got.samples.dtype == torch.float32
    assert torch.allclose(got.samples, clip.samples, atol=tolerance, rtol=0)


@pytest.mark.parametrize("suffix", [".ogg", ".mp3"])
def test_lossy_files_are_read(tmp_path, suffix):
    clip = tone(seconds=1.0, rate=44100)
    path = tmp_path / f"a{suffix}"
    soundfile.write(path, clip.samples.T.numpy(), 44100)
    got = load_waveform(path)
    assert got.seconds == pytest.approx(1.0, abs=0.06)
    assert got.samples[:, 4000:40000].abs().max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
@pytest.mark.parametrize("rate", [8000, 192000])
def test_rates_and_channels_are_kept(tmp_path, channels, rate):
    clip = tone(0.05, rate, channels)
    path = tmp_path / "a.flac"
    save_waveform(clip, path)
    got = load_waveform(path)
    assert (got.channels, got.sample_rate_hz) == (channels, rate)
    assert torch.allclose(got.samples, clip.samples, atol=1e-6)


def encode_m4a(path, clip):
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=clip.sample_rate_hz, layout="mono")
        frame = av.AudioFrame.from_ndarray(clip.samples.numpy(), format="fltp", layout="mono")
        frame.sample_rate = clip.sample_rate_hz
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


def test_containers_are_read_by_av(tmp_path):
    encode_m4a(tmp_path / "a.m4a", tone(1.0, 44100))
    got = load_waveform(tmp_path / "a.m4a")
    assert got.sample_rate_hz == 44100
    assert got.seconds == pytest.approx(1.0, abs=0.06)
    assert got.samples[:, 4000:40000].abs().max() == pytest.approx(0.5, abs=0.05)
    with pytest.raises(MediaError, match=r"at most 0.5 s are read"):
        load_waveform(tmp_path / "a.m4a", max_seconds=0.5)


def test_missing_av_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "a.mp4").write_bytes(b"something")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MediaError, match=r"needs PyAV .*audio-omni\[data\]"):
        load_waveform(tmp_path / "a.mp4")


def test_unreadable_files_are_named(tmp_path):
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("this is not audio, though it says so")
    soundfile.write(tmp_path / "none.wav", np.zeros((0, 1)), 16000)
    for path, message in [
        (tmp_path / "no.wav", "no.wav does not exist"),
        (tmp_path, "is a folder; expected an audio file"),
        (tmp_path / "empty.wav", r"is empty \(0 bytes\)"),
        (tmp_path / "text.wav", "text.wav is not audio that can be read"),
        (tmp_path / "none.wav", "has 0 samples"),
    ]:
        with pytest.raises(MediaError, match=message):
            load_waveform(path)


def test_pipes_and_devices_are_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    for path in (tmp_path / "pipe.wav", Path(os.devnull)):
        with pytest.raises(MediaError, match="is a pipe or a device; expected an audio file"):
            load_waveform(path)


def test_names_in_another_encoding_are_read(tmp_path):
    plain, odd = tmp_path / "a.wav", Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav"))
    soundfile.write(plain, 0.1 * np.ones((100, 1)), 16000)
    odd.write_bytes(plain.read_bytes())
    assert torch.equal(load_waveform(odd).samples, load_waveform(plain).samples)
    odd.write_bytes(b"no audio at all")
    with pytest.raises(MediaError, match=r"caf.\.wav is not audio that can be read"):
        load_waveform(odd)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_first_sample_that_is_not_finite_is_named(tmp_path, value):
    samples = np.zeros((16000, 2), np.float32)
    samples[4000, 1] = samples[9000, 0] = value
    soundfile.write(tmp_path / "a.wav", samples, 16000, subtype="FLOAT")
    with pytest.raises(MediaError, match=r"first at index 4000 \(0.250 s\)"):
        load_waveform(tmp_path / "a.wav")


def test_ten_hours_are_refused_from_the_header(tmp_path):
    seconds, rate = 36000, 8000
    size = seconds * rate
    header = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8)
    header += b"data" + struct.pack("<I", size)
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + size)  # sparse: nothing is on disk, reading would give zeros
    with pytest.raises(MediaError, match=r"lasts 36000.0 s; at most 3600 s are read"):
        load_waveform(path)


def test_as_waveform_takes_paths_and_sound_waveforms(tmp_path):
    clip = tone()
    save_waveform(clip, tmp_path / "a.wav")
    assert as_waveform(clip) is clip
    assert as_waveform(str(tmp_path / "a.wav")).seconds == 0.5
    with pytest.raises(MediaError, match="Got audio as int"):
        as_waveform(3)
    with pytest.raises(MediaError, match=r"samples \(100,\) of torch.float32"):
        as_waveform(Waveform(torch.zeros(100), 16000))
    with pytest.raises(MediaError, match="first at index 2"):
        as_waveform(Waveform(torch.tensor([[0, 0, torch.nan]]), 16000))


def test_resample_keeps_pitch_and_is_recorded():
    clip = resample(tone(1.0, 44100), 16000)
    assert clip.samples.shape == (1, 16000)
    assert clip.conversions == ("resampled 44100 → 16000 Hz",)
    assert torch.fft.rfft(clip.samples[0]).abs().argmax() == 440
    assert resample(clip, 16000) is clip
    with pytest.raises(MediaError, match="expected a positive one"):
        resample(clip, 0)
    with pytest.raises(MediaError, match="ratio of these rates has no small terms"):
        resample(Waveform(torch.zeros(1, 100), 44101), 15991)


def test_channels_change_only_where_it_is_unambiguous():
    stereo = tone(channels=2)
    mono = to_channels(stereo, 1)
    assert torch.allclose(mono.samples[0], stereo.samples.mean(0))
    assert mono.conversions == ("mixed 2 → 1 channel (mean)",)
    repeated = to_channels(mono, 2)
    assert torch.equal(repeated.samples[0], repeated.samples[1])
    assert repeated.conversions[-1] == "repeated 1 → 2 channels"
    with pytest.raises(MediaError, match="6 channels where 2 are expected"):
        to_channels(tone(channels=6), 2)


def test_lengths_change_on_record():
    clip = Waveform(torch.arange(1.0, 11)[None], 10)
    assert crop(clip, 2, 3).samples.tolist() == [[3, 4, 5]]
    assert crop(clip, 2, 3).conversions == ("cropped 1.000 s to 0.200 … 0.500 s",)
    assert pad(clip, 12).samples[0, -3:].tolist() == [10, 0, 0]
    assert pad(clip, 12).conversions == ("padded 1.000 → 1.200 s with silence",)
    assert fit(clip, 4).samples.shape == (1, 4)
    assert fit(clip, 14).samples.shape == (1, 14)
    assert fit(clip, 10) is clip
    for bad in (lambda: crop(clip, 8, 3), lambda: pad(clip, 9), lambda: fit(clip, 0)):
        with pytest.raises(MediaError, match="Cannot"):
            bad()


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_saved_files_never_clip_and_keep_their_provenance(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    written = save_waveform(tone(2.0, level=4.0), path, provenance={"seed": 7})
    assert written.conversions == ("scaled by 0.2500 to keep the peak of 4.000 within full scale",)
    got = load_waveform(path)
    assert got.samples.shape == (1, 32000)
    assert torch.allclose(got.samples[0], tone(2.0, level=1.0).samples[0], atol=0.1)
    with soundfile.SoundFile(path) as file:
        comment = json.loads(file.comment)
    assert comment["seed"] == 7
    assert comment["conversions"] == list(written.conversions)


def test_unwritable_requests_are_refused(tmp_path):
    for clip, name, message in [
        (tone(), "a.mp4", r"suffix '.mp4'; expected one of .flac, .wav, .ogg"),
        (tone(), "no/a.wav", "there is no folder .*Make it first"),
        (Waveform(torch.tensor([[torch.nan]]), 16000), "a.wav", "not finite"),
        (tone(channels=9), "a.flac", "as FLAC with 9 channels"),
    ]:
        with pytest.raises(MediaError, match=message):
            save_waveform(clip, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_full_disk_leaves_the_old_file_and_no_partial_one(tmp_path):
    path = tmp_path / "a.wav"
    save_waveform(tone(0.1), path)
    before = path.read_bytes()
    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, old_limit[1]))
    try:
        with pytest.raises(WriteError, match=r"Cannot write .*a.wav"):
            save_waveform(tone(5.0), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)
        signal.signal(signal.SIGXFSZ, old_handler)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "rate"),
    [("esc10/audio/dog/1-100032-A.ogg", 44100), ("video/talking/grid_bbaf2n.mpg", 44100)],
)
def test_real_files_are_read(shared_dir, name, rate):
    clip = load_waveform(shared_dir / "data" / name)
    assert clip.sample_rate_hz == rate
    assert clip.samples.abs().max() > 0.05


def cut(path, keep, announced=None):
    """Leave the first bytes of a file; write another length into its header."""
    data = bytearray(path.read_bytes()[:keep])
    if announced is not None:
        at = data.index(b"data") + 4
        data[at : at + 4] = announced.to_bytes(4, "little")
    path.write_bytes(data)


def test_a_wave_file_that_is_cut_off_is_read_with_a_note(tmp_path):
    path = tmp_path / "cut.wav"
    soundfile.write(path, np.zeros(1000), 8000, subtype="PCM_16")
    whole = load_waveform(path)
    cut(path, 44 + 600)
    found = load_waveform(path)
    assert whole.conversions == ()
    assert found.samples.shape == (1, 300)
    note = "the file ends early: decoded 300 samples where the header announces 1000"
    assert found.conversions == (note,)


def test_an_ogg_file_that_is_cut_off_is_read_with_a_note(tmp_path):
    path = tmp_path / "cut.ogg"
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, 4 * 44100)
    soundfile.write(path, noise, 44100, format="OGG", subtype="VORBIS")
    whole = load_waveform(path)
    cut(path, path.stat().st_size // 2)
    found = load_waveform(path)
    assert whole.conversions == ()
    assert 0 < found.samples.shape[1] < whole.samples.shape[1]
    note = "the file ends early: its last page is cut off and its stream has no end"
    assert found.conversions == (note,)


@pytest.mark.parametrize(
    ("missing", "early"), [(0, None), (48, False), (8192, False), (8193, True)]
)
def test_of_ogg_files_the_decoder_may_lose_a_block(tmp_path, monkeypatch, missing, early):
    """As libsndfile does of four of the 48 real ambiences that the project's tests read."""
    path = tmp_path / "whole.ogg"
    soundfile.write(path, np.zeros(44100), 44100, format="OGG", subtype="VORBIS")
    read = soundfile.SoundFile.read
    monkeypatch.setattr(
        soundfile.SoundFile, "read", lambda *a, **k: read(*a, **k)[: 44100 - missing]
    )
    notes = load_waveform(path).conversions
    assert [note.startswith("the file ends early") for note in notes] == [early][: len(notes)]
    assert len(notes) == (early is not None)


@pytest.mark.parametrize("announced", [0xFFFFFFFF, 0x7FFFFFFF])
def test_a_length_that_was_not_known_when_it_was_written_is_no_fault(tmp_path, announced):
    path = tmp_path / "piped.wav"
    soundfile.write(path, np.zeros(1000), 8000, subtype="PCM_16")
    cut(path, None, announced)
    assert load_waveform(path).conversions == ()
