"""A published model in miniature: the release's own files, names and layouts, with random weights.

Real durations at a low rate: clips of 11 s at 8 kHz, windows of 10 s.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from audio_omni.core.config import parse_config
from audio_omni.core.models.build import build_model
from audio_omni.core.models.config import ModelConfig
from audio_omni.plugins.manager import build_plugin_manager
from audio_omni.plugins.release import assets, layout

RATE = 8000
STRIDES, MULTIPLIERS = [4, 8, 16], [1, 2, 2]
HOP = 512
FRAMES = 11 * RATE // HOP
CONSTANTS = {
    "SYSTEM_T2A": "You make sounds.",
    "SYSTEM_T2M": "You make music.",
    "SYSTEM_TTS": "You speak.",
    "SYSTEM_V2A": "You make the sound of what you see.",
    "SYSTEM_V2M": "You make the music of what you see.",
    "SYSTEM_EDITING": "You edit.",
    "SYSTEM_UNDERSTANDING": "You understand.",
    "EDITING_ADD": "Add {desc}",
    "EDITING_REMOVE": "Remove {desc}",
    "EDITING_EXTRACT": "Extract {desc}",
    "EDITING_STYLE": "Turn {source} into {target}",
}
VOCABULARY = [" ", *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?'", "ni3", "hao3"]


def published_json() -> dict:
    encoder = {
        "in_channels": 2,
        "channels": 4,
        "c_mults": MULTIPLIERS,
        "strides": STRIDES,
        "latent_dim": 16,
        "use_snake": True,
    }
    decoder = {**encoder, "out_channels": 2, "latent_dim": 8, "final_tanh": False}
    del decoder["in_channels"]
    autoencoder = {
        "encoder": {"type": "oobleck", "requires_grad": False, "config": encoder},
        "decoder": {"type": "oobleck", "config": decoder},
        "bottleneck": {"type": "vae"},
        "latent_dim": 8,
        "downsampling_ratio": HOP,
        "io_channels": 2,
    }
    conditioners = [
        {"id": "omni_prompt", "type": "qwen_omni", "config": {"pad_length": 64}},
        {"id": "sync_feature", "type": "sync_feature", "config": {}},
        {"id": "speech_prompt", "type": "tts-f5", "config": {"vocab_file": "./x/vocab.txt"}},
        {
            "id": "audio_input_prompt",
            "type": "mel_spec",
            "config": {"mask_ratio_start": 0.7, "mask_ratio_end": 1.0},
        },
    ]
    return {
        "model_type": "diffusion_cond",
        "sample_size": 11 * RATE,
        "sample_rate": RATE,
        "audio_channels": 2,
        "model": {
            "pretransform": {"type": "autoencoder", "iterate_batch": True, "config": autoencoder},
            "conditioning": {"configs": conditioners, "cond_dim": 16},
            "diffusion": {
                "type": "dit",
                "high_level_cond_ids": ["omni_prompt", "speech_prompt"],
                "low_level_cond_ids": ["sync_feature", "audio_input_prompt"],
                "diffusion_objective": "rectified_flow",
                "config": {
                    "io_channels": 8,
                    "embed_dim": 64,
                    "depth": 2,
                    "num_heads": 2,
                    "cond_token_dim": 16,
                    "global_cond_dim": 16,
                    "project_cond_tokens": True,
                    "transformer_type": "continuous_transformer",
                    "condition_mask_type": "cat",
                    "video_fps": 5,
                },
            },
        },
    }


def our_config(thinker: Path) -> ModelConfig:
    """The same sizes in our own terms, to make weights of."""
    values = {
        "clip_seconds": FRAMES * HOP / RATE,
        "codec": {
            "name": "oobleck",
            "options": {
                "sample_rate_hz": RATE,
                "width": 4,
                "multipliers": MULTIPLIERS,
                "strides": STRIDES,
                "latent_dim": 8,
            },
        },
        "dit": {"width": 64, "depth": 2, "heads": 2, "condition_width": 16, "aligned": False},
        "conditioners": {
            "omni_prompt": {"name": "mllm_window", "options": {"model": str(thinker)}},
            "speech_prompt": {
                "name": "transcript",
                "options": {
                    "vocabulary_size": len(VOCABULARY),
                    "text_width": 16,
                    "blocks": 2,
                    "positions": 80,
                    "tokens": 12,
                },
            },
            "sync_feature": {
                "name": "synchformer",
                "options": {"input_width": 64, "input_tokens": 240, "tokens": 16},
            },
            "audio_input_prompt": {
                "name": "mel_window",
                "options": {"sample_rate_hz": RATE, "mels": 20, "frames": 313, "tokens": 24},
            },
        },
    }
    return parse_config(ModelConfig, values, where="test")


@dataclass(frozen=True)
class Published:
    """A published model on disk, with what a user has beside it."""

    folder: Path
    assets: Path
    llm: Path
    tensors: dict
    synchformer: dict

    @property
    def config(self) -> Path:
        return self.folder / "Audio-Omni.json"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "model.ckpt"


def drawn(tensors, generator):
    """Seeded normal weights for everything, also for what starts at zero."""
    fans = {name: max(1, tensor[0].numel() if tensor.ndim > 1 else 1) for name, tensor in tensors}
    return {
        name: torch.randn(tensor.shape, generator=generator) * 0.5 / fans[name] ** 0.5
        for name, tensor in tensors
    }


def published_tensors(model, generator) -> dict:
    found = {}
    for component, part in model.components().items():
        state = part.state_dict()
        constants = {n: t for n, t in state.items() if n.endswith(("beta", "inv_freq"))}
        snakes = {n: t for n, t in constants.items() if component == "codec"}
        plain = [(n, t) for n, t in state.items() if n not in constants]
        weights = {**drawn(plain, generator), **constants, **snakes}
        found |= {layout.PREFIXES[component] + name: t for name, t in weights.items()}
    thinker = model.conditioners["omni_prompt"].published_tensors()
    return found | {layout.THINKER_PREFIX + name: t for name, t in thinker.items()}


@pytest.fixture(scope="session")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


@pytest.fixture(scope="session")
def llm_folder(tmp_path_factory, host):
    """A tiny Qwen2.5-Omni with its real classes, saved as its publisher would."""
    folder = tmp_path_factory.mktemp("llm")
    config = host.conditioners.get("mllm").config.model_validate({"local": {"width": 32}})
    thinker = host.conditioners.load("mllm")(config, 8).thinker
    thinker.model.to(torch.bfloat16).save_pretrained(folder)
    thinker.processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def published(tmp_path_factory, host, llm_folder) -> Published:
    repository = tmp_path_factory.mktemp("published") / "Audio-Omni"
    root = repository / "model"  # where the release looks for its files
    root.mkdir(parents=True)
    generator = torch.Generator().manual_seed(0)
    model = build_model(our_config(llm_folder), host)
    tensors = published_tensors(model, generator)
    (root / "Audio-Omni.json").write_text(json.dumps(published_json()))
    torch.save({"state_dict": tensors, "epoch": 3}, root / "model.ckpt")
    synchformer = _synchformer(host, generator)
    other = {"afeat_extractor.weight": torch.zeros(3)}
    torch.save({**synchformer, **other}, root / "synchformer_state_dict.pth")
    copy = repository / "audio_omni"
    (copy / "data").mkdir(parents=True)
    lines = [f"{name} = {text!r}" for name, text in CONSTANTS.items()]
    (copy / "prompts.py").write_text("import nothing_at_all\n" + "\n".join(lines) + "\n")
    (copy / "data" / "vocab.txt").write_text("\r\n".join(VOCABULARY) + "\r\n", newline="")
    return Published(root, repository, llm_folder, tensors, synchformer)


def _synchformer(host, generator):
    spec = host.conditioners.get("synchformer")
    options = {"patch": 56, "vit_width": 64, "vit_depth": 1, "vit_heads": 1, "input_width": 64}
    with torch.device("meta"):
        built = host.conditioners.load("synchformer")(spec.config.model_validate(options), 8)
    state = built.frozen_networks()["extractor"].state_dict()
    weights = drawn(list(state.items()), generator)
    return {layout.SYNCHFORMER_PREFIX + name: tensor for name, tensor in weights.items()}


@pytest.fixture(scope="session", autouse=True)
def own_vocabulary():
    """The miniature's vocabulary is not the published one, whose hash the assets ask for."""
    data = ("\r\n".join(VOCABULARY) + "\r\n").encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assets, "VOCABULARY_SHA256", hashlib.sha256(data).hexdigest())
        yield


@pytest.fixture
def video_file(tmp_path):
    """Makes a video in which a bar moves."""

    def write(seconds, fps, name="bar"):
        import av
        import numpy as np

        path = tmp_path / f"{name}.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=fps)
            stream.width, stream.height = 64, 48
            for i in range(round(seconds * fps)):
                picture = np.zeros((48, 64, 3), np.uint8)
                picture[:, i % 56 : i % 56 + 8] = 255
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        return path

    return write
