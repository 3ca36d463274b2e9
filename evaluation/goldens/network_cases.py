"""Golden cases of networks: front ends, and embeddings with weights by the set's recipe."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from ...core.errors import AudioOmniError
from ..embedders.cnn14 import Cnn14, Rate, Tagged
from ..embedders.cnn14_front_end import FRONT_ENDS, fourier_matrices, slaney_filters
from ..embedders.kaiser_resampling import resample_kaiser_best
from ..embedders.vggish import Vggish
from ..embedders.vggish_front_end import SAMPLE_RATE_HZ, log_mel_patches, mel_filters
from .cases import Case, Tolerance
from .comparison import Comparison, NotRun
from .networks import seeded_cnn14, seeded_principal, seeded_vggish

SINGLE = Tolerance(1e-4, 2e-4)
DOUBLE = Tolerance(1e-8, 1e-8)
ROW = 7
POOLED_BLOCKS = 5
"""Blocks of CNN14 whose outputs are stored after a pooling by two; the sixth has none."""


def cnn14_of(case: Case, rate: Rate, dtype: torch.dtype) -> Cnn14:
    """Return CNN14 with the weights of a case's recipe.

    Raises:
        NotRun: if the set has no recipe.
    """
    return _cnn14(rate, _seed(case), dtype)


def vggish_of(case: Case, dtype: torch.dtype) -> Vggish:
    """Return VGGish with the weights of a case's recipe.

    Raises:
        NotRun: if the set has no recipe.
    """
    return _vggish(_seed(case), dtype)


def forget_networks() -> None:
    """Let go of the networks that were kept for the next case."""
    _cnn14.cache_clear()
    _vggish.cache_clear()


def check_panns_front_end(case: Case, comparison: Comparison) -> None:
    """Compare the matrices that CNN14 computes instead of storing them."""
    rows = len(case.outputs.get("melW", ()))
    front_end = next((own for own in FRONT_ENDS.values() if own.window // 2 + 1 == rows), None)
    if front_end is None:
        raise NotRun(f"no front end of ours has {rows} frequencies")
    near = case.tolerance(default=Tolerance(atol=1e-6))
    mel = slaney_filters(front_end)
    comparison.near("melW", mel, near)
    comparison.equal("melW_nonzero_per_band", (mel > 0).sum(0).tolist())
    for part, matrix in zip(("real", "imag"), fourier_matrices(front_end.window), strict=True):
        comparison.near(f"conv_{part}_row_{ROW}", matrix[ROW], near)
        total = float(matrix.double().abs().sum())
        comparison.near(f"conv_{part}_abs_sum", total, Tolerance(rtol=1e-7))


def check_panns(case: Case, comparison: Comparison) -> None:
    """Compare the network in both precisions, or which lengths it takes."""
    if case.has("samples_at_"):
        _check_lengths(case, comparison)
        return
    waveforms = torch.atleast_2d(torch.from_numpy(case.array("waveform")))
    rate = _rate(int(case.input("sample_rate")))
    single = case.tolerance("embedding, logits float32", default=SINGLE)
    double = case.tolerance("float64", default=DOUBLE)
    for dtype, name, near in (
        (torch.float64, "float64", double),
        (torch.float32, "float32", single),
    ):
        network = cnn14_of(case, rate, dtype)
        tagged, blocks = _tagged_with_blocks(network, waveforms)
        comparison.near(f"embedding_2048_{name}", tagged.embedding, near)
        comparison.near(f"logits_527_{name}", tagged.logits, near)
    log_mel = network.log_mel(waveforms)
    comparison.near(
        "logmel_float32", log_mel, case.tolerance("logmel", default=Tolerance(atol=2e-3))
    )
    comparison.near("frames", log_mel.shape[1])
    _compare_blocks(comparison, blocks, single)
    comparison.omit("clipwise_output", "a sentence")


def _tagged_with_blocks(network: Cnn14, waveforms: Tensor) -> tuple[Tagged, list[Tensor]]:
    """Return what CNN14 says of clips, and what each of its blocks gave before a pooling."""
    found: list[Tensor] = []
    handles = [
        network.get_submodule(f"conv_block{number}").register_forward_hook(
            lambda module, inputs, output: found.append(output)
        )
        for number in range(1, POOLED_BLOCKS + 2)
    ]
    try:
        return network(waveforms), found
    finally:
        for handle in handles:
            handle.remove()


def _compare_blocks(comparison: Comparison, blocks: list[Tensor], near: Tolerance) -> None:
    key = comparison.case.output_key("block_output_mean_rms_shape")
    if key is None:
        return
    comparison.seen(key)
    for number, (output, (mean, rms, shape)) in enumerate(
        zip(blocks, comparison.case.outputs[key], strict=True), start=1
    ):
        pooled = functional.avg_pool2d(output, 2) if number <= POOLED_BLOCKS else output
        what = f"block {number}"
        comparison.same(f"{what}, shape", list(pooled.shape), shape)
        comparison.numbers(f"{what}, mean", float(pooled.mean()), mean, near)
        comparison.numbers(f"{what}, rms", float(pooled.square().mean().sqrt()), rms, near)


def _check_lengths(case: Case, comparison: Comparison) -> None:
    rate: Rate = "32k" if case.has("samples_at_32k") else "16k"
    network = _cnn14(rate, 0, torch.float32)  # whose weights do not matter
    stored = comparison.setting("forward")
    for samples in case.input("samples_at_"):
        try:
            network(torch.zeros(1, int(samples)))
        except AudioOmniError:
            got = "an error"
        else:
            got = "ok"
        wanted = stored.get(str(samples))
        comparison.same(f"{samples} samples", got, "ok" if wanted == "ok" else "an error")


def check_vggish_front_end(case: Case, comparison: Comparison) -> None:
    """Compare the mel matrix, or how many patches a clip gives."""
    near = case.tolerance(default=Tolerance(atol=1e-12))
    comparison.near("mel_matrix", mel_filters(), near)
    if case.has("samples_at_16k"):
        counts = {
            str(samples): len(log_mel_patches(torch.zeros(int(samples))))
            for samples in case.input("samples_at_16k")
        }
        comparison.equal("patches", counts)


def check_vggish(case: Case, comparison: Comparison) -> None:
    """Compare patches, embeddings before and after the ReLU, and the 8-bit components."""
    waveform = torch.atleast_2d(torch.from_numpy(case.array("waveform"))).double().mean(dim=0)
    rate = int(case.input("sample_rate"))
    if rate != SAMPLE_RATE_HZ:
        waveform = resample_kaiser_best(waveform, rate, SAMPLE_RATE_HZ)
    patches = log_mel_patches(waveform)
    comparison.near(
        "log_mel_patches_float64",
        patches,
        case.tolerance("log_mel_patches_float64", default=Tolerance(atol=1e-9)),
    )
    comparison.near("patches", len(patches))
    single = case.tolerance("embeddings float32", default=SINGLE)
    # Another resampler than the tool's moves what follows by what it moved the patches by.
    double = case.tolerance("float64", default=DOUBLE if rate == SAMPLE_RATE_HZ else single)
    exact, embeddings = (
        vggish_of(case, dtype)(patches) for dtype in (torch.float64, torch.float32)
    )
    comparison.near("embedding_before_final_relu", embeddings, single)
    comparison.near("embedding_float64", exact, double)
    comparison.near("embedding_after_final_relu", embeddings.relu(), single)
    _compare_levels(comparison, seeded_principal(_seed(case))(embeddings))


def _compare_levels(comparison: Comparison, levels: Tensor) -> None:
    """Compare whole numbers; a value near .5 may be rounded either way."""
    key = comparison.case.output_key("pca_quantised")
    if key is not None:
        comparison.seen(key)
        wanted = torch.as_tensor(comparison.case.outputs[key]).reshape(levels.shape)
        comparison.numbers(key, levels, wanted, Tolerance(atol=1.0))
        off = float((levels != wanted).double().mean())
        comparison.numbers(f"{key}, share that is off by one", off, 0.0, Tolerance(atol=0.01))


def check_clap_front_end(case: Case, comparison: Comparison) -> None:
    """Compare window and spectrograms of a clip that is shorter than 10 s."""
    from ..embedders.clap_front_end import clap_log_mel
    from ..embedders.clap_windows import RATE_HZ, quantised, windows

    if int(case.input("sample_rate")) != RATE_HZ:
        raise NotRun(f"CLAP hears {RATE_HZ} Hz, and the case has another rate")
    waveform = torch.from_numpy(case.array("waveform"))
    window = windows(quantised(waveform))[0]
    repeats = len(window) // len(waveform)
    comparison.near("quantised_then_repeatpadded_samples", len(window))
    comparison.near("repeats", repeats)
    comparison.near("zero_tail_samples", len(window) - repeats * len(waveform))
    rows = [int(row) for row in comparison.setting("rows")]
    near = case.tolerance("logmel", default=Tolerance(atol=5e-3))
    for name, fused in (("laion_unfused", False), ("laion_fused", True)):
        comparison.near(name, clap_log_mel(window, fused=fused)[rows], near)
    comparison.omit("transformers_", "what the library's own settings give, which ours refuses")
    comparison.omit("laion_longer_flag", "ours always says that no window is longer")


@lru_cache(maxsize=2)
def _cnn14(rate: Rate, seed: int, dtype: torch.dtype) -> Cnn14:
    return seeded_cnn14(rate, seed, dtype)


@lru_cache(maxsize=2)
def _vggish(seed: int, dtype: torch.dtype) -> Vggish:
    return seeded_vggish(seed, dtype)


def _seed(case: Case) -> int:
    if case.recipe is None:
        raise NotRun("the set has no seeded_weights_recipe")
    return int(case.input("weights_seed"))


def _rate(sample_rate_hz: int) -> Rate:
    if sample_rate_hz == FRONT_ENDS["16k"].sample_rate_hz:
        return "16k"
    if sample_rate_hz == FRONT_ENDS["32k"].sample_rate_hz:
        return "32k"
    raise NotRun(f"no CNN14 hears {sample_rate_hz} Hz")
