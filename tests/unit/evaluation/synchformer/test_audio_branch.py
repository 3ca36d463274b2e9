"""The branch that hears, against the layers of transformers and of PyTorch."""

import pytest
import torch
from audio_omni.core.models.synchformer.extractor import FrameSummary
from audio_omni.evaluation.embedders.synchformer.audio_branch import (
    FRAMES,
    MELS,
    AudioBranch,
    AudioSizes,
)
from tiny_synchformer.parts import drawn

SIZES = AudioSizes(width=48, depth=2, heads=4)
RENAMED = (  # the published names, which are those of transformers 4, and what it has now
    ("encoder.layer.", "layers."),
    ("attention.attention.query", "attention.q_proj"),
    ("attention.attention.key", "attention.k_proj"),
    ("attention.attention.value", "attention.v_proj"),
    ("attention.output.dense", "attention.o_proj"),
    ("intermediate.dense", "mlp.fc1"),
    ("output.dense", "mlp.fc2"),
)


def filled(module):
    shapes = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    module.load_state_dict(drawn(shapes, seed=4))
    return module.double().eval()


@pytest.fixture(scope="module")
def spectrograms():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(3, FRAMES, MELS, generator=generator, dtype=torch.float64)


def library(branch):
    """The model of transformers with the same weights; it fails where a name or a shape differs."""
    from transformers import ASTConfig, ASTModel

    sizes = ASTConfig(
        hidden_size=SIZES.width,
        num_hidden_layers=SIZES.depth,
        num_attention_heads=SIZES.heads,
        intermediate_size=4 * SIZES.width,
        num_mel_bins=MELS,
        max_length=FRAMES,
    )
    model = ASTModel(sizes).double().eval()
    weights = {}
    for name, tensor in branch.ast.state_dict().items():
        now = name
        for ours, theirs in RENAMED:
            now = now.replace(ours, theirs)
        weights[now] = tensor
    model.load_state_dict(weights, strict=True)
    return model


@torch.no_grad()
def test_tokens_are_those_of_the_librarys_ast(spectrograms):
    branch = filled(AudioBranch(SIZES))
    wanted = library(branch)(spectrograms).last_hidden_state
    found = branch.ast(spectrograms)
    assert found.shape == (3, 2 + 12 * 6, SIZES.width)
    assert float((found - wanted).abs().max()) < 1e-12


def test_the_default_sizes_are_the_librarys_too():
    from transformers import ASTConfig

    usual, ours = ASTConfig(), AudioSizes()
    assert (usual.hidden_size, usual.num_hidden_layers) == (ours.width, ours.depth)
    assert (usual.num_attention_heads, usual.layer_norm_eps) == (ours.heads, 1e-12)
    assert (usual.patch_size, usual.time_stride, usual.frequency_stride) == (16, 10, 10)
    assert (ours.bands, ours.moments) == (12, 6)


@torch.no_grad()
def test_a_summary_is_one_layer_of_pytorchs_encoder(spectrograms):
    """Its class token's result, where a class token stands before the frequencies of a moment."""
    branch = filled(AudioBranch(SIZES))
    summary = branch.freq_attn_agg
    layer = torch.nn.TransformerEncoderLayer(
        SIZES.width,
        SIZES.heads,
        4 * SIZES.width,
        activation=torch.nn.GELU(),
        batch_first=True,
        norm_first=True,
        layer_norm_eps=1e-6,
        dropout=0.0,
    ).double()
    weights = {name: t for name, t in summary.state_dict().items() if name != "cls_token"}
    layer.load_state_dict(weights, strict=True)

    patches = branch.ast(spectrograms)[:, 2:].transpose(1, 2)  # as the published code has them
    by_time = patches.reshape(3, SIZES.width, 12, 6).permute(0, 3, 2, 1).reshape(18, 12, -1)
    tokens = torch.cat([summary.cls_token.expand(18, -1, -1), by_time], dim=1)
    wanted = layer(tokens)[:, 0].view(3, 6, SIZES.width)
    assert float((branch(spectrograms) - wanted).abs().max()) < 1e-12
    assert isinstance(summary, FrameSummary)


@torch.no_grad()
def test_features_go_by_time(spectrograms):
    """What changes late in a segment changes its last feature most."""
    branch = filled(AudioBranch(AudioSizes(width=48, depth=0, heads=4)))
    late = spectrograms.clone()
    late[:, 60:] += 3.0
    changed = (branch(late) - branch(spectrograms)).abs().amax(dim=(0, 2))
    assert (changed[:-1] == 0).all()  # without a layer a feature knows its own patches alone
    assert changed[-1] > 0.1
