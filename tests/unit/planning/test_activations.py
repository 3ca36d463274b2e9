"""What is counted is what a real forward pass keeps: storages of saved tensors, weights apart."""

from contextlib import nullcontext

import pytest
import torch
from audio_omni.core.conditioning import Conditioning
from audio_omni.core.data.uri import open_source
from audio_omni.core.models.build import build_model
from audio_omni.core.models.config import DiTConfig
from audio_omni.core.models.dit import DiT
from audio_omni.core.models.flops import DiTShape
from audio_omni.core.planning.activations import activations
from audio_omni.core.task import build_task
from audio_omni.core.training.components import set_training
from audio_omni.core.training.objective import FlowMatching, step_generators

BATCH = 2
SIZES = {
    "nano": (
        DiTConfig(width=128, depth=4, heads=4, condition_width=128),
        64,
        DiTShape(frames=94, context=24, aligned=94),
    ),
    "base, three of twelve blocks": (
        DiTConfig(width=768, depth=3, heads=12, condition_width=768, patch_frames=4),
        128,
        DiTShape(frames=864, context=64, aligned=1723),
    ),
    "the release's lengths, an eighth of its width": (
        DiTConfig(width=256, depth=4, heads=4, condition_width=96, aligned=False),
        64,
        DiTShape(frames=236, context=2304, prefix=364),
    ),
    "no context": (
        DiTConfig(width=256, depth=4, heads=4, condition_width=96, aligned=False),
        64,
        DiTShape(frames=236, prefix=364),
    ),
}


class Saved:
    """Counts the storages that autograd keeps, each once, those of parameters left out."""

    def __init__(self, parameters):
        self.known = {p.untyped_storage().data_ptr() for p in parameters}
        self.sizes, self.alive = {}, []

    def pack(self, tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self.known:
            self.sizes[storage.data_ptr()] = storage.nbytes()
            self.alive.append(tensor)
        return tensor

    @property
    def bytes(self):
        return sum(self.sizes.values())

    def hooks(self):
        return torch.autograd.graph.saved_tensors_hooks(self.pack, lambda tensor: tensor)


def measured(dit, channels, shape, *, masked, bf16):
    """Return the bytes that one example keeps, and the copies of weights that autocast does."""
    model, width = DiT(dit, channels), dit.condition_width

    def condition(count):
        if not count:
            return None, None
        mask = torch.ones(BATCH, int(count), dtype=torch.bool)
        if masked:
            mask[0, -1] = False
        return torch.randn(BATCH, int(count), width, requires_grad=True), mask

    frames = torch.ones(BATCH, int(shape.frames), dtype=torch.bool)
    frames[0, -1] = not masked
    x, t = torch.randn(BATCH, channels, int(shape.frames)), torch.rand(BATCH)
    conditions = [*condition(shape.context), *condition(shape.prefix), *condition(shape.aligned)]
    saved = Saved(model.parameters())
    autocast = torch.autocast("cpu", dtype=torch.bfloat16) if bf16 else nullcontext()
    with saved.hooks(), autocast:
        velocity = model(x, t, Conditioning(*conditions), frames if masked else None)
        loss = (velocity - x).square().mean()
    assert loss.requires_grad
    used = {
        name: module.weight.numel()
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear)
        and (shape.context or not ("cross_attn" in name or "to_cond_embed" in name))
    }
    copies = 2 * sum(used.values()) if bf16 else 0
    return (saved.bytes - copies) / BATCH


@pytest.mark.parametrize("bf16", [False, True], ids=["float32", "bf16"])
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "padded"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_transformer_keeps_what_is_counted(size, masked, bf16):
    dit, channels, shape = size
    bytes_each = 2 if bf16 else 4
    counted = activations(dit, channels, shape, element=bytes_each, norm=bytes_each, masked=masked)
    found = measured(dit, channels, shape, masked=masked, bf16=bf16)
    assert counted.peak(checkpointing=False) == pytest.approx(found, rel=0.05)


def test_a_block_more_keeps_a_block_more():
    dit, channels, shape = SIZES["nano"]
    deeper = dit.model_copy(update={"depth": dit.depth + 1})
    plain = {"masked": True, "bf16": False}
    more = measured(deeper, channels, shape, **plain) - measured(dit, channels, shape, **plain)
    counted = activations(dit, channels, shape, element=4)
    assert counted.block == pytest.approx(more, rel=0.05)


def test_checkpointing_keeps_what_enters_each_block_and_one_block():
    dit, channels, shape = SIZES["nano"]
    counted = activations(dit, channels, shape, element=2)
    stream = (1 + 94) * dit.width * 2
    assert counted.inputs == dit.depth * stream
    assert counted.peak(checkpointing=True) == counted.embedding + counted.inputs + counted.block
    assert counted.peak(checkpointing=True) < counted.peak(checkpointing=False)


@pytest.mark.parametrize("preset", ["micro", "nano"])
def test_a_whole_training_pass_keeps_what_is_counted(preset, resolve, host):
    """With conditioners, whose own layers are left out, and the loss."""
    recipe = resolve("micro", f"model.preset={preset}")
    model = build_model(recipe.model, host)
    opened = open_source("soundworld:remove", {}, host)
    task = build_task(host, "remove", {})
    batch = model.encode([model.prepare(task.to_example(opened.row(i))) for i in range(4)])
    set_training(model)
    saved = Saved(model.parameters())
    with saved.hooks():
        losses = FlowMatching(0.1)(model, batch, step_generators(0, 0, range(4)))
    assert losses.requires_grad
    longest = max(len(e.features["prompt"]) for e in batch)
    frames = batch[0].latent.shape[-1]
    aligned = batch[0].features["source"]["log_mel"].shape[-1]
    shape = DiTShape(frames=frames, context=longest, aligned=aligned)
    dit, channels = recipe.model.dit, model.codec.latent_dim
    counted = activations(dit, channels, shape, element=4).peak(checkpointing=False)
    assert counted == pytest.approx(saved.bytes / 4, rel=0.15)
