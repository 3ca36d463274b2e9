"""The published Python interface, on a published model in miniature."""

import warnings

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.errors import CheckpointError, ConfigError, MediaError, RequestError
from audio_omni.core.media.audio import Waveform, save_waveform
from audio_omni.plugins.release.drop_in import ReleaseAudioOmni
from audio_omni.plugins.release.output import to_int16
from audio_omni.plugins.release.speech import trim_silence

RATE, CLIP = 8000, 171 * 512


@pytest.fixture(scope="module")
def model(published):
    return AudioOmni(
        str(published.config), str(published.checkpoint), "cpu", llm=str(published.llm)
    )


@pytest.fixture
def wav(tmp_path):
    def write(seconds, rate=RATE, channels=1, level=0.3, name="clip"):
        generator = torch.Generator().manual_seed(1)
        samples = level * torch.randn(channels, round(seconds * rate), generator=generator)
        path = tmp_path / f"{name}.wav"
        save_waveform(Waveform(samples.clamp(-1, 1), rate), path)
        return path

    return write


def test_the_constructor_gives_the_published_interface(model, published):
    assert isinstance(model, ReleaseAudioOmni)
    assert model.sample_rate == RATE
    assert model.sample_size == 11 * RATE
    assert model.model_config["model_type"] == "diffusion_cond"


def test_text_to_audio_is_int16_at_full_scale_and_of_one_length(model):
    samples = model.generate("T2A", prompt="a dog", steps=2, seed=1)
    assert samples.dtype == torch.int16
    assert samples.shape == (2, CLIP)
    assert samples.abs().max() in (32766, 32767)
    assert torch.equal(samples, model.generate(" T2A ", prompt="a dog", steps=2, seed=1))
    assert not torch.equal(samples, model.generate("T2A", prompt="a dog", steps=2, seed=2))
    assert not torch.equal(samples, model.generate("T2A", prompt="a cat", steps=2, seed=1))


def test_seed_minus_one_draws_one(model):
    first, second = (model.generate("T2M", prompt="a tune", steps=1) for _ in range(2))
    assert not torch.equal(first, second)


def test_our_own_calls_work_on_the_same_object(model):
    result = model.run("text_to_audio", prompt="a dog", seed=1, steps=2)
    published = model.generate("T2A", prompt="a dog", steps=2, seed=1)
    assert torch.equal(to_int16(result.samples[None]), published)
    assert "research only" in result.provenance["licence"]
    assert model.run("T2A", prompt="x", seed=1, steps=1, seconds=2.0).samples.shape == (2, 16000)


def test_edits(model, wav):
    added = model.edit("Add", wav(10.0), desc="a dog", steps=2, seed=1)
    assert added.shape == (2, CLIP)
    styled = model.edit(
        "Style Transfer",
        str(wav(10.0)),
        source_category="piano",
        target_category="flute",
        steps=2,
        seed=1,
    )
    assert not torch.equal(added, styled)


def test_a_short_source_is_filled_with_silence(model, wav):
    path = wav(2.5)
    assert model.edit("Remove", path, desc="wind", steps=1, seed=1).shape == (2, CLIP)
    result = model.run("remove", source_audio=path, description="wind", steps=1, seed=1)
    assert result.samples.shape == (2, 20000)
    assert any("padded 2.500 → 10.010 s" in note for note in result.provenance["conversions"])


def test_a_long_source_is_edited_in_windows_with_a_warning_or_refused(model, wav):
    path = wav(15.5)
    with pytest.warns(UserWarning, match=r"lasts 15.50 s and the model hears 10.01 s"):
        samples = model.edit("Extract", path, desc="voice", steps=1, seed=1)
    assert samples.shape == (2, 124000)
    with pytest.raises(RequestError, match=r"got 15.500 s of audio.*at most 10.01 s.*in windows"):
        model.edit("Extract", path, desc="voice", steps=1, seed=1, long_source="refuse")
    with pytest.raises(RequestError, match=r"got 15.500 s of audio.*at most 10.01 s.*in windows"):
        model.run("extract", source_audio=path, description="voice", steps=1)
    result = model.run(
        "extract", source_audio=path, description="voice", steps=1, seed=1, long_source="windows"
    )
    assert any("joined 2 windows" in note for note in result.provenance["conversions"])


def test_silence_in_no_nan_out(model, wav):
    samples = model.edit("Add", wav(10.0, level=0.0), desc="rain", steps=2, seed=1)
    assert samples.abs().max() > 0
    assert to_int16(torch.zeros(1, 2, 5)).tolist() == [[0] * 5] * 2


def test_speech_with_and_without_a_voice(model, wav):
    plain = model.generate("TTS", prompt="hello there.", steps=1, seed=1)
    assert plain.shape == (2, CLIP)
    voice = wav(3.0, name="voice")
    cloned = model.generate(
        "TTS",
        prompt="hello there.",
        voice_prompt_path=voice,
        voice_ref_text="what is said",
        steps=1,
        seed=1,
    )
    assert 0.2 * RATE <= cloned.shape[1] <= CLIP - 3 * RATE


def test_a_long_voice_is_heard_from_its_last_six_seconds(model, wav):
    long = model.generate("TTS", prompt="hi", voice_prompt_path=wav(9.0), steps=1, seed=1)
    assert long.shape[1] <= CLIP - 6 * RATE


def test_the_speech_mask_depends_on_the_seed_and_is_off_when_corrected(published, wav, model):
    corrected = AudioOmni(
        published.config, published.checkpoint, "cpu", llm=str(published.llm), defects=False
    )
    faithful = model.model.conditioners["audio_input_prompt"].config.speech_mask
    assert tuple(faithful) == (0.7, 1.0)
    assert corrected.model.conditioners["audio_input_prompt"].config.speech_mask is None
    one, other = (m.generate("TTS", prompt="hi", steps=2, seed=1) for m in (model, corrected))
    assert not torch.equal(one, other)


def test_video(model, video_file):
    path = video_file(seconds=4, fps=25)
    samples = model.generate("V2A", video_path=path, steps=1, seed=1)
    assert samples.shape == (2, CLIP)
    other = model.generate("V2M", prompt="drums", video_path=str(path), steps=1, seed=1)
    assert not torch.equal(samples, other)


def test_understanding_gives_the_answer_alone(model, wav):
    answer = model.understand("what is heard?", audio=wav(1.0))
    assert "what is heard" not in answer
    pieces = list(model.stream_answer("what is heard?", audio=wav(1.0)))
    assert "".join(pieces) == answer


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.generate("T2X", prompt="x"), r"'T2X'; expected one of T2A.*Did you mean"),
        (lambda m: m.generate("Add", prompt="x"), r"Use the other call"),
        (lambda m: m.edit("T2A", "x.wav"), r"expected one of Add"),
        (lambda m: m.generate("VC", prompt="x"), r"expected one of T2A"),
        (lambda m: m.generate("T2A", prompt="x", seconds_total=5), r"seconds_total = 5"),
        (lambda m: m.generate("V2A"), r"needs a video_path"),
        (lambda m: m.generate("T2A", prompt="x", video_path="v.mp4"), r"takes no video_path"),
        (lambda m: m.generate("T2A", prompt="x", voice_prompt_path="v.wav"), r"no voice prompt"),
        (lambda m: m.generate("T2A"), r"field 'prompt' is required"),
        (lambda m: m.generate("TTS"), r"field 'transcript'.*is empty"),
    ],
)
def test_calls_that_cannot_be_served(model, call, message):
    with pytest.raises(RequestError, match=message):
        call(model)


def test_files_that_the_release_takes_for_absent_are_errors(model, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all" * 100)
    for path in (tmp_path / "absent.mp4", broken):
        with pytest.raises(MediaError):
            model.generate("V2A", video_path=path, steps=1)
    with pytest.raises(MediaError):
        model.generate("TTS", prompt="x", voice_prompt_path=tmp_path / "absent.wav", steps=1)
    with pytest.raises(MediaError):
        model.edit("Add", tmp_path / "absent.wav", desc="x")


def test_missing_files(published, tmp_path):
    with pytest.raises(ConfigError, match="does not exist; expected the published model's"):
        AudioOmni(str(tmp_path / "x.json"), str(published.checkpoint), "cpu")
    with pytest.raises(CheckpointError, match="does not exist"):
        AudioOmni(str(published.config), "x.ckpt", "cpu", assets=str(published.assets))


def test_without_the_users_copy_of_the_release(published, tmp_path):
    config = tmp_path / "a" / "b" / "Audio-Omni.json"
    config.parent.mkdir(parents=True)
    config.write_text(published.config.read_text())
    with pytest.raises(ConfigError, match=r"--assets DIR \(assets=DIR in Python\)"):
        AudioOmni(str(config), str(published.checkpoint), "cpu", llm=str(published.llm))


def test_the_language_model_must_be_the_one_of_the_checkpoint(published, tmp_path):
    tensors = dict(published.tensors)
    for name, tensor in tensors.items():
        if ".thinker." in name:
            tensors[name] = tensor + 1
    torch.save({"state_dict": tensors}, tmp_path / "model.ckpt")
    with pytest.raises(CheckpointError, match="is not the one in the checkpoint"):
        AudioOmni(
            str(published.config),
            str(tmp_path / "model.ckpt"),
            "cpu",
            llm=str(published.llm),
            assets=str(published.assets),
        )


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks what happens without CUDA")
def test_without_cuda_the_cpu_is_taken_with_a_warning(published, monkeypatch):
    monkeypatch.setenv("QWEN_OMNI_MODEL_PATH", str(published.llm))
    with pytest.warns(UserWarning, match="no CUDA device: the CPU is used"):
        AudioOmni(published.config, published.checkpoint)


def test_trimming_keeps_the_sound_and_at_least_200_ms():
    rate = 16000
    samples = torch.zeros(1, rate)
    samples[:, 5000:9000] = 0.5
    trimmed = trim_silence(samples, rate)
    assert 4000 <= trimmed.shape[1] <= 4000 + 2 * 2048
    assert trimmed.abs().sum() == samples.abs().sum()
    click = torch.zeros(1, rate)
    click[:, 3] = 1.0
    assert trim_silence(click, rate).shape[1] >= 3200
    assert torch.equal(trim_silence(torch.zeros(1, 50), rate), torch.zeros(1, 50))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trim_silence(samples, rate)
