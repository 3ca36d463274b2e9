"""How a generation runs on its device: precision, compilation, CUDA graphs, offloading.

None of it changes what is computed; precision changes how exactly. This module loads no torch
until something runs, so that recipes and requests can hold an `ExecutionConfig`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import Field

from .config import Config
from .errors import ConfigError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from .flow.guidance import GuidedVelocity
    from .models.dit import DiT

ModuleT = TypeVar("ModuleT", bound="nn.Module")


class ExecutionConfig(Config):
    """What may be traded for speed and memory; the defaults are exact and run everywhere."""

    precision: Literal["float32", "bfloat16", "fp16_autocast"] = Field(
        default="float32",
        description="Of the transformer. bfloat16: its weights are cast; latents, time and "
        "positions stay float32. fp16_autocast: float32 weights under autocast on CUDA, as the "
        "published implementation runs; float32 elsewhere.",
    )
    compile: bool = Field(
        default=False,
        description="Compile the transformer's block: a minute once, then faster steps.",
    )
    cuda_graph: bool = Field(
        default=False, description="Capture the guided step in a CUDA graph; CUDA only."
    )
    offload: bool = Field(
        default=False,
        description="Keep the model's parts on the CPU; each visits the device while it runs.",
    )
    decode_chunk_frames: int | None = Field(
        default=None,
        gt=0,
        description="Latent frames to decode at a time; left out: the whole clip.",
    )


def check_execution(config: ExecutionConfig, device: torch.device) -> None:
    """Raise ConfigError for what the device cannot do."""
    if config.cuda_graph and device.type != "cuda":
        raise ConfigError(
            f"cuda_graph is on, but the device is '{device}'; expected a CUDA device. Turn it off, "
            "or choose device cuda."
        )
    if config.cuda_graph and config.offload:
        raise ConfigError(
            "cuda_graph and offload are both on; a captured step needs weights that stay where "
            "they are. Turn one of them off."
        )


def apply_precision(dit: DiT, config: ExecutionConfig) -> None:
    """Cast the transformer's weights in place where the config says so; cannot be undone.

    Frequencies of time and positions stay float32: bfloat16 cannot tell position 257 from 258.

    Raises:
        ConfigError: for a precision that the weights have already lost.
    """
    import torch

    from .models.embedding import FourierFeatures
    from .models.rope import RotaryEmbedding

    wanted = torch.bfloat16 if config.precision == "bfloat16" else torch.float32
    if dit.dtype == wanted:
        return
    if dit.dtype != torch.float32:
        raise ConfigError(
            f"Got weights of {dit.dtype} for precision '{config.precision}', which needs float32. "
            "Load the model again."
        )
    for module in dit.modules():
        if isinstance(module, FourierFeatures | RotaryEmbedding):
            continue
        for parameter in module.parameters(recurse=False):
            parameter.data = parameter.data.to(wanted)
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, buffer.to(wanted))


def prepare_velocity(
    velocity: GuidedVelocity, config: ExecutionConfig
) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the velocity of one generation as the config says it should run.

    Its first call may take long: it prepares the conditions, compiles and captures.

    Args:
        velocity: of a transformer whose weights `apply_precision` has seen, and that is already
            where it should run (with offloading: inside `visiting`).
        config: how to run it.

    Raises:
        ConfigError: for what the device cannot do; on the first call, if compilation fails.
    """
    device = velocity.dit.transformer.project_in.weight.device
    check_execution(config, device)
    if config.compile:
        velocity.run_block = _compiled_block()

    def run(x: Tensor, t: Tensor) -> Tensor:
        with without_tf32(), autocast(config, device):
            return velocity(x, t)

    if not config.cuda_graph:
        return run
    from .flow.cuda_graph import GraphedVelocity

    return GraphedVelocity(run)


def autocast(config: ExecutionConfig, device: torch.device) -> AbstractContextManager[Any]:
    """Return the block that a velocity runs in: fp16 autocast where asked for, on CUDA only."""
    import torch

    if config.precision != "fp16_autocast" or device.type != "cuda":
        return nullcontext()
    # Without the cache of cast weights: a captured graph must not read what it did not write.
    return torch.autocast("cuda", dtype=torch.float16, cache_enabled=False)


@contextmanager
def without_tf32() -> Iterator[None]:
    """Keep convolutions on CUDA from rounding float32 to TF32 in this block.

    Matrix products do not round by torch's default. Source: the published implementation.
    """
    import torch

    cudnn = torch.backends.cudnn
    before = cudnn.allow_tf32
    cudnn.allow_tf32 = False
    try:
        yield
    finally:
        cudnn.allow_tf32 = before


@contextmanager
def visiting(module: ModuleT, device: torch.device, *, enabled: bool = True) -> Iterator[ModuleT]:
    """Bring a module to a device for the length of a block, and back where it was.

    Args:
        module: a part of the model, all of it on one device.
        device: where it should run.
        enabled: when false, the module stays where it is.
    """
    tensors = itertools.chain(module.parameters(), module.buffers())
    first = next(tensors, None) if enabled else None
    if first is None or first.device == device:
        yield module
        return
    home = first.device
    try:
        yield module.to(device)
    finally:
        module.to(home)


@functools.cache
def _compiled_block() -> Callable[..., Tensor]:
    """Return the compiled step of a block, one for the process: all blocks share its code."""
    import torch
    from torch._dynamo.exc import BackendCompilerFailed

    from .models.transformer import Block

    compiled = torch.compile(Block.step, dynamic=False)

    def run_block(*arguments: Any, **options: Any) -> Tensor:
        try:
            return compiled(*arguments, **options)
        except BackendCompilerFailed as failure:
            raise ConfigError(
                f"Cannot compile the transformer on this machine: {_reason(failure)} Install a "
                "C++ compiler (on CUDA: triton), or turn compile off."
            ) from failure

    return run_block


def _reason(failure: BaseException) -> str:
    """Return the first line of what went wrong in the compiler itself, as a sentence."""
    cause = getattr(failure, "inner_exception", None) or failure
    line = (str(cause).strip().splitlines() or [repr(cause)])[0]
    return line if line.endswith(".") else f"{line}."
