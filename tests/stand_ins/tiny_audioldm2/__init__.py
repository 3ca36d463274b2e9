"""AudioLDM2 from the library's own classes, tiny and random; words become vectors by their hash."""

import zlib
from types import SimpleNamespace

import torch

DIMS = [[None, 8, 16], [None, 8, 16]]


def tiny_pipe(seed=0):
    """Return what the editor needs of a pipeline."""
    from diffusers import AudioLDM2UNet2DConditionModel, AutoencoderKL, DDIMScheduler
    from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

    torch.manual_seed(seed)
    unet = AudioLDM2UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=16,
        in_channels=4,
        out_channels=4,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=DIMS,
        attention_head_dim=4,
    )
    vae = AutoencoderKL(
        block_out_channels=[8, 8, 8],
        in_channels=1,
        out_channels=1,
        down_block_types=["DownEncoderBlock2D"] * 3,
        up_block_types=["UpDecoderBlock2D"] * 3,
        latent_channels=4,
        norm_num_groups=4,
    )
    vocoder = SpeechT5HifiGan(
        SpeechT5HifiGanConfig(
            model_in_dim=64,
            sampling_rate=16000,
            upsample_initial_channel=32,
            upsample_rates=[5, 4, 2, 2, 2],
            upsample_kernel_sizes=[11, 8, 4, 4, 4],
            resblock_kernel_sizes=[3],
            resblock_dilation_sizes=[[1]],
            normalize_before=False,
        )
    )
    for weight in vocoder.parameters():  # as it begins, it whispers at 1e-11
        if weight.ndim > 1:
            torch.nn.init.kaiming_normal_(weight, nonlinearity="linear")
    scheduler = DDIMScheduler(
        beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear", steps_offset=1
    )
    for network in (unet, vae, vocoder):
        network.eval().requires_grad_(False)
    return SimpleNamespace(
        unet=unet,
        vae=vae,
        vocoder=vocoder,
        scheduler=scheduler,
        encode_prompt=encode_prompt,
        mel_spectrogram_to_waveform=lambda mel: vocoder(mel.squeeze(1)),
    )


def encode_prompt(prompt, *, device, num_waveforms_per_prompt, do_classifier_free_guidance):
    """Return (T5's embeddings, their mask, the language model's) for one text, as the pipeline."""
    assert (num_waveforms_per_prompt, do_classifier_free_guidance) == (1, False)
    generator = torch.Generator().manual_seed(zlib.crc32(prompt[0].encode()))
    words = 1 + len(prompt[0].split())
    embeds = torch.randn(1, words, 16, generator=generator)
    mask = torch.ones(1, words, dtype=torch.long)
    return embeds, mask, torch.randn(1, 8, 8, generator=generator)
