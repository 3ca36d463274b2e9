"""The windowed mel conditioner against numbers of the released implementation."""

import importlib.util
import json

import pytest
import torch
from audio_omni.conditioners.mel.config import MelWindowConfig
from audio_omni.conditioners.mel.window import MelWindow
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import ReferenceAudio
from safetensors.torch import load_file

PREFIX = "conditioner.conditioners.audio_input_prompt."
TOLERANCE = 1e-4
ROUNDED = 1e-2
"""Of tokens whose quiet mel bins were rounded by another processor; 5e-3 was the largest seen."""
RATE = 44100
PYTHON_INTERFACE = (0.7, 1.0)
"""Parts of a voice's mel that the release's Python interface blanks."""


def golden(shared_dir, name):
    folder = shared_dir / "goldens"
    if not (folder / f"{name}.safetensors").is_file():
        pytest.skip(f"needs {name} in the shared goldens")
    settings = json.loads((folder / f"{name}.json").read_text())
    return settings, load_file(folder / f"{name}.safetensors")


def assert_loud_parts_near(got, wanted):
    """Single precision errs by a part of the loudest bin, and a logarithm blows up quiet ones."""
    assert got.shape == wanted.shape
    magnitude = wanted.double().exp()
    error = (got.double().exp() - magnitude).abs() / (magnitude + 0.01 * magnitude.max())
    assert error.max() < TOLERANCE


def assert_near(got, wanted):
    assert got.shape == wanted.shape
    assert (got - wanted).abs().max() / wanted.abs().max() < TOLERANCE


@pytest.fixture(scope="module")
def tiny(shared_dir):
    settings, tensors = golden(shared_dir, "mel_tiny")
    weights = {k.removeprefix("w/" + PREFIX): v for k, v in tensors.items() if k.startswith("w/")}

    def build(speech_mask):
        config = MelWindowConfig(
            sample_rate_hz=settings["sample_rate"],
            fft_size=settings["n_fft"],
            hop=settings["hop"],
            mels=settings["n_mels"],
            frames=settings["frames"],
            tokens=settings["seq_len"],
            absent="silence",
            speech_mask=speech_mask,
        )
        mel = MelWindow(config, settings["out_dim"])
        mel.load_state_dict(weights)
        return mel

    return settings, tensors, build


@pytest.mark.parametrize("case", ["no_tts", "tts_frozen", "tts_unfrozen", "mixed_unfrozen"])
def test_conditioner(tiny, case):
    settings, tensors, build = tiny
    asked = settings["cases"][case]
    mel = build(None if asked["frozen"] else PYTHON_INTERFACE)
    features = [
        mel.prepare(ReferenceAudio(Waveform(wav[None], RATE), "voice" if tts else "source"))
        for wav, tts in zip(tensors["in/common/wav"], asked["tts"], strict=True)
    ]
    log_mel = torch.stack([feature["log_mel"] for feature in features])
    stored = tensors["out/mel/log_mel"]
    assert_loud_parts_near(log_mel, stored)
    own = mel(features, generators=[seeded(asked["seed"])] * 3).tokens
    wanted = tensors[f"out/{case}/embed"]  # from the clip itself: what rounding allows, no more
    assert (own - wanted).abs().max() / wanted.abs().max() < ROUNDED
    features = [{**f, "log_mel": own} for f, own in zip(features, stored, strict=True)]

    masks = mel.draw_masks(asked["tts"], [seeded(asked["seed"])] * 3)
    torch.testing.assert_close(masks.ratios, tensors[f"out/{case}/mask_ratio"])
    assert torch.equal(masks.frames, tensors[f"out/{case}/masked_frames"])

    condition = mel(features, generators=[seeded(asked["seed"])] * 3)
    assert_near(condition.tokens, tensors[f"out/{case}/embed"])
    assert torch.equal(condition.mask.float(), tensors[f"out/{case}/mask"])


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_release_size(shared_dir):
    settings, tensors = golden(shared_dir, "mel_full_width")
    spec = importlib.util.spec_from_file_location(
        "hashfill", shared_dir / "goldens" / "hashfill.py"
    )
    hashfill = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hashfill)
    seed = settings["hash_seed"]

    mel = MelWindow(MelWindowConfig(absent="silence"), 768)
    shapes = {PREFIX + name: tuple(value.shape) for name, value in mel.state_dict().items()}
    filled = hashfill.fill_state_dict(shapes, seed)
    mel.load_state_dict({name.removeprefix(PREFIX): value for name, value in filled.items()})

    i = torch.arange(441000, dtype=torch.float64)
    chirp = (0.4 * torch.sin(2 * torch.pi * (110 * i / RATE + 40 * (i / RATE) ** 2))).float()
    chirp += hashfill.value("wav", (441000,), seed, std=0.01)
    prepared = mel.prepare(ReferenceAudio(Waveform(chirp[None], RATE)))
    stride = settings["mel_frame_stride"]
    strided = prepared["log_mel"][None, :, ::stride]
    assert_loud_parts_near(strided, tensors["out/mel/log_mel_strided"])

    embed = mel([prepared, None]).tokens[:, :: settings["embed_token_stride"]]
    assert_near(embed[:1], tensors["out/chirp/embed_strided"])
    assert_near(embed[1:], tensors["out/silence/embed_strided"])
