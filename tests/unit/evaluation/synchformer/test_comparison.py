"""What compares sound and pictures, against PyTorch's encoder and against arithmetic by hand."""

import pytest
import torch
from audio_omni.core.errors import DataError
from audio_omni.evaluation.embedders.synchformer.comparison import OffsetTransformer
from audio_omni.evaluation.embedders.synchformer.network import Synchformer
from audio_omni.evaluation.statistics.sync import desync
from tiny_synchformer.parts import TINY, drawn, tiny

WIDTH, HEADS, DEPTH = 32, 4, 3


def filled(module):
    shapes = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    module.load_state_dict(drawn(shapes, seed=9))
    return module.double().eval()


def encoder(transformer):
    """PyTorch's own encoder with the same weights."""
    layer = torch.nn.TransformerEncoderLayer(
        WIDTH,
        HEADS,
        4 * WIDTH,
        activation=torch.nn.GELU(),
        batch_first=True,
        norm_first=True,
        dropout=0.0,
    )
    stack = torch.nn.TransformerEncoder(layer, DEPTH, enable_nested_tensor=False).double().eval()
    for theirs, ours in zip(stack.layers, transformer.blocks, strict=True):
        parts = (ours.attn.query, ours.attn.key, ours.attn.value)
        weights = {
            "self_attn.in_proj_weight": torch.cat([part.weight for part in parts]),
            "self_attn.in_proj_bias": torch.cat([part.bias for part in parts]),
            "self_attn.out_proj": ours.attn.proj,
            "linear1": ours.mlp[0],
            "linear2": ours.mlp[2],
            "norm1": ours.ln1,
            "norm2": ours.ln2,
        }
        named = {
            f"{name}.{kind}": getattr(value, kind)
            for name, value in weights.items()
            if isinstance(value, torch.nn.Module)
            for kind in ("weight", "bias")
        }
        packed = {k: v for k, v in weights.items() if isinstance(v, torch.Tensor)}
        theirs.load_state_dict({**named, **packed}, strict=True)
    return stack


@torch.no_grad()
def test_the_blocks_are_those_of_pytorchs_encoder():
    transformer = filled(OffsetTransformer(WIDTH, DEPTH, HEADS, tokens=2 + 7 + 5))
    generator = torch.Generator().manual_seed(2)
    video = torch.randn(2, 7, WIDTH, generator=generator, dtype=torch.float64)
    audio = torch.randn(2, 5, WIDTH, generator=generator, dtype=torch.float64)
    ask, part = (mark.expand(2, -1, -1) for mark in (transformer.OFF_tok, transformer.MOD_tok))
    seen, heard = transformer.vis_in_lnorm(video), transformer.aud_in_lnorm(audio)
    tokens = torch.cat([ask, seen, part, heard], dim=1) + transformer.pos_emb_cfg["pos_emb"]
    wanted = transformer.off_head(transformer.ln_f(encoder(transformer)(tokens)[:, 0]))
    found = transformer(video, audio)
    assert found.shape == (2, 21)
    assert float((found - wanted).abs().max()) < 1e-12


@pytest.fixture(scope="module")
def network():
    return tiny(dtype=torch.float64)


def features(segments, seed):
    generator = torch.Generator().manual_seed(seed)
    sides = ((8, TINY.video.width), (6, TINY.audio.width))
    return [
        torch.randn(segments * count, width, generator=generator, dtype=torch.float64)
        for count, width in sides
    ]


def test_windows_are_the_first_and_the_last_fourteen_segments(network):
    video, audio = features(24, 0)
    found = network.compare(video, audio)
    first = network.compare(video[: 14 * 8], audio[: 14 * 6])
    last = network.compare(video[-14 * 8 :], audio[-14 * 6 :])
    assert torch.allclose(found[0], first[0], atol=1e-12)
    assert torch.allclose(found[1], last[1], atol=1e-12)
    assert torch.allclose(first[0], first[1], atol=1e-12)  # fourteen segments: one window, twice
    assert not torch.allclose(found[0], found[1], atol=1e-3)


def test_only_what_both_last_is_compared(network):
    video, audio = features(24, 1)
    wanted = network.compare(video[: 20 * 8], audio[: 20 * 6])
    assert torch.equal(network.compare(video[: 20 * 8], audio), wanted)
    assert torch.equal(network.compare(video, audio[: 20 * 6]), wanted)
    with pytest.raises(DataError, match="Got 13 segments; expected at least 14"):
        network.compare(video, audio[: 13 * 6])


def counting():
    """A network whose answer is known: class 3 where enough of what is heard is marked, or 10.

    Keys and queries are zero, so that the asking token reads the mean of all tokens; the mark is a
    direction that its projection keeps and the head reads.
    """
    weights = {name: torch.zeros(shape) for name, shape in Synchformer.shapes(TINY).items()}
    for name in weights:
        if name.endswith(("lnorm.weight", "ln1.weight", "ln_f.weight")):
            weights[name] += 1.0
    for name in ("aproj.weight", "transformer.blocks.0.attn.value.weight"):
        weights[name] = torch.eye(TINY.width)
    weights["transformer.blocks.0.attn.proj.weight"] = torch.eye(TINY.width)
    weights["transformer.off_head.weight"][3] = MARK
    weights["transformer.off_head.weight"][10] = -MARK
    weights["transformer.OFF_tok"][0, 0] = -ASKS * MARK
    return Synchformer(weights, TINY, dtype=torch.float64)


MARK = torch.zeros(TINY.width)
MARK[:2] = torch.tensor([1.0, -1.0])
ASKS = 0.3


def normalised(height):
    """What a layer norm makes of a mark of this height."""
    return height / (2 * height**2 / TINY.width + 1e-5) ** 0.5


@pytest.mark.parametrize(
    ("marked", "classes", "seconds"),
    [
        (range(0), (10, 10), 0.0),
        (range(24), (3, 3), 1.4),
        (range(14, 24), (10, 3), 0.7),  # after the first window, inside the last
        (range(10), (3, 10), 0.7),  # before the last one
    ],
)
def test_the_answer_is_the_one_that_arithmetic_gives(marked, classes, seconds):
    """Ten of fourteen segments outweigh the asking token; none of them does not."""
    audio = torch.zeros(24, 6, TINY.audio.width, dtype=torch.float64)
    for segment in marked:
        audio[segment] = MARK
    video = torch.zeros(24 * 8, TINY.video.width, dtype=torch.float64)
    logits = counting().compare(video, audio.flatten(0, 1))
    assert tuple(logits.argmax(dim=1).tolist()) == classes

    # By hand: marks are normalised on their way in and before they are read, as one of all tokens.
    heard = normalised(normalised(1.0))
    for window, found in zip((range(14), range(10, 24)), logits, strict=True):
        count = 6 * len(set(window) & set(marked))
        answer = -ASKS + (count * heard - normalised(ASKS)) / TINY.tokens
        assert float(found[3]) == pytest.approx(2 * normalised(answer), rel=1e-6)
        assert float(found[10]) == pytest.approx(-2 * normalised(answer), rel=1e-6)
    first, last = logits.numpy()[:, None]
    assert desync(first, last).value == pytest.approx(seconds)
