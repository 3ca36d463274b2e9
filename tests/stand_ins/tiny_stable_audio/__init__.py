"""Stable Audio Open from the library's own classes, tiny and random, with all its parts."""

import json

import torch

RATE = 16000
FRAMES = 5120
"""Of the whole window, each 8 samples: 2.56 s."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def tiny_pipe(seed=0):
    """Return a pipeline whose noise schedule is not the model's own, as its scheduler is unused."""
    from diffusers import (
        AutoencoderOobleck,
        EDMDPMSolverMultistepScheduler,
        StableAudioDiTModel,
        StableAudioPipeline,
    )
    from diffusers.pipelines.stable_audio.modeling_stable_audio import StableAudioProjectionModel
    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    torch.manual_seed(seed)
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    tokenizer = T5Tokenizer(vocab=[*pieces, *((letter, -3.0) for letter in LETTERS)])
    tokenizer.model_max_length = 24
    pipe = StableAudioPipeline(
        vae=AutoencoderOobleck(
            encoder_hidden_size=16,
            downsampling_ratios=[2, 4],
            channel_multiples=[1, 2],
            decoder_channels=8,
            decoder_input_channels=8,
            audio_channels=2,
            sampling_rate=RATE,
        ),
        text_encoder=T5EncoderModel(
            T5Config(vocab_size=160, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
        ),
        projection_model=StableAudioProjectionModel(16, 16, 0, 512),
        tokenizer=tokenizer,
        transformer=StableAudioDiTModel(
            sample_size=FRAMES,
            in_channels=8,
            num_layers=2,
            attention_head_dim=8,
            num_attention_heads=2,
            num_key_value_attention_heads=2,
            out_channels=8,
            cross_attention_dim=16,
            time_proj_dim=16,
            global_states_input_dim=32,
            cross_attention_input_dim=16,
        ),
        scheduler=EDMDPMSolverMultistepScheduler(),
    )
    for part in (pipe.vae, pipe.text_encoder, pipe.projection_model, pipe.transformer):
        part.eval().requires_grad_(False)
    return pipe


def save_as_published(folder):
    """Write a pipeline whose index names the scheduler of the published one, which is not here."""
    pipe = tiny_pipe()
    pipe.save_pretrained(folder)
    index = json.loads((folder / "model_index.json").read_text())
    index["scheduler"] = ["diffusers", "CosineDPMSolverMultistepScheduler"]
    (folder / "model_index.json").write_text(json.dumps(index))
    return pipe
