"""Tiny CLAP, Whisper and WavLM, saved as published networks are; seeded, they learned nothing."""

import json

import torch

LANGUAGES = ("en", "zh")


def save_clap(folder, *, fuses=False, **extractor):
    """A CLAP with a byte tokenizer; every option of its extractor can be another one."""
    from audio_omni.conditioners.pretrained.local_tokenizer import build_tokenizer
    from transformers.models.clap.configuration_clap import ClapConfig
    from transformers.models.clap.feature_extraction_clap import ClapFeatureExtractor
    from transformers.models.clap.modeling_clap import ClapModel

    tokenizer = build_tokenizer(512, begins=True)
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    audio = {
        "patch_embeds_hidden_size": 16,
        "hidden_size": 32,
        "depths": [1, 1],
        "num_attention_heads": [2, 2],
        "mlp_ratio": 2.0,
        "enable_fusion": fuses,
    }
    if fuses:
        audio["fusion_type"] = "aff_2d"
    sizes = ClapConfig(text_config=text, audio_config=audio, projection_dim=16)
    options = {"frequency_min": 50, "truncation": "fusion" if fuses else "rand_trunc"}
    save(folder, seeded(ClapModel, sizes, 1.0), tokenizer)
    ClapFeatureExtractor(**{**options, **extractor}).save_pretrained(folder)
    return folder


def save_pe_audio(folder, **extractor):
    """A PE-A-Frame of 40 ms frames, its files as on the hub: one processor_config.json."""
    from audio_omni.conditioners.pretrained.local_tokenizer import build_tokenizer
    from transformers.models.pe_audio.configuration_pe_audio import PeAudioConfig
    from transformers.models.pe_audio.feature_extraction_pe_audio import PeAudioFeatureExtractor
    from transformers.models.pe_audio.modeling_pe_audio import PeAudioFrameLevelModel
    from transformers.models.pe_audio.processing_pe_audio import PeAudioProcessor

    tokenizer = build_tokenizer(512, begins=True)
    small = {"hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 2}
    text = {
        "model_type": "modernbert",
        **small,
        "vocab_size": len(tokenizer),
        "num_hidden_layers": 1,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "cls_token_id": tokenizer.bos_token_id,
        "sep_token_id": tokenizer.eos_token_id,
    }
    codec = {"downsampling_ratios": [2, 8, 10, 12], "encoder_hidden_size": 4, "codebook_dim": 8}
    audio = {**small, "num_hidden_layers": 1, "head_dim": 16, "dac_config": codec}
    sizes = PeAudioConfig(text_config=text, audio_config=audio)
    network = seeded(PeAudioFrameLevelModel, sizes, 1.0)
    with torch.no_grad():
        network.text_audio_logit_scale.fill_(1.0)
    save(folder, network, PeAudioProcessor(PeAudioFeatureExtractor(**extractor), tokenizer))
    return folder


def save_whisper(folder, *, multilingual=True, spellings=None):
    """A Whisper that writes single bytes; published ones have a map of spellings beside them."""
    from transformers import (
        GenerationConfig,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperTokenizer,
    )

    folder.mkdir(parents=True, exist_ok=True)
    letters = [chr(c) for c in range(33, 127)] + ["Ġ"]
    marks = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{name}|>" for name in LANGUAGES)]
    marks += ["<|translate|>", "<|transcribe|>", "<|notimestamps|>"]
    ids = {token: i for i, token in enumerate([*letters, *marks])}
    (folder / "vocab.json").write_text(json.dumps(ids))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = WhisperTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    tokenizer.add_special_tokens({"additional_special_tokens": marks[1:]})
    sizes = WhisperConfig(
        vocab_size=len(ids),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_target_positions=24,
        pad_token_id=ids[marks[0]],
        bos_token_id=ids[marks[0]],
        eos_token_id=ids[marks[0]],
        decoder_start_token_id=ids[marks[1]],
    )
    network = seeded(WhisperForConditionalGeneration, sizes, 2.0)
    known = {
        "lang_to_id": {f"<|{name}|>": ids[f"<|{name}|>"] for name in LANGUAGES},
        "task_to_id": {name: ids[f"<|{name}|>"] for name in ("transcribe", "translate")},
    }
    network.generation_config = GenerationConfig(
        is_multilingual=multilingual,
        max_length=16,
        no_timestamps_token_id=ids["<|notimestamps|>"],
        decoder_start_token_id=sizes.decoder_start_token_id,
        pad_token_id=sizes.pad_token_id,
        bos_token_id=sizes.bos_token_id,
        eos_token_id=sizes.eos_token_id,
        **(known if multilingual else {}),
    )
    save(folder, network, tokenizer, WhisperFeatureExtractor())
    if spellings is not None:
        (folder / "normalizer.json").write_text(json.dumps(spellings))
    return folder


def save_wavlm(folder):
    """A WavLM with an x-vector head."""
    from transformers import Wav2Vec2FeatureExtractor, WavLMConfig, WavLMForXVector

    sizes = WavLMConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        tdnn_dim=(16, 16, 16, 16, 32),
        xvector_output_dim=16,
    )
    save(folder, seeded(WavLMForXVector, sizes, 1.0), Wav2Vec2FeatureExtractor(do_normalize=True))
    return folder


def seeded(kind, sizes, gain):
    """A network whose matrices keep the variance of their input, times a gain."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = kind(sizes)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for _, weight in sorted(network.named_parameters()):
            if weight.ndim > 1:
                std = gain * weight[0].numel() ** -0.5
                weight.copy_(torch.randn(weight.shape, generator=generator) * std)
    return network.eval()


def save(folder, *parts):
    for part in parts:
        part.save_pretrained(folder)
