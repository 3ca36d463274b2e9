"""Every group of golden cases, and the check that our numbers go through."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .answers import check_mmau, check_mmsu
from .av_bench import check_av_bench
from .cases import Case
from .comparison import Comparison
from .distances import check_fad_inf, check_frechet, check_kernels, check_streaming
from .known_bugs import check_known_bug
from .logits import check_clap_score, check_inception, check_kl
from .network_cases import (
    check_clap_front_end,
    check_panns,
    check_panns_front_end,
    check_vggish,
    check_vggish_front_end,
)
from .ratings import check_ratings
from .report import KNOWN_BUGS
from .sounds import check_loading, check_lsd
from .spoken import check_wer
from .suite import check_suite

Check = Callable[[Case, Comparison], None]

GROUPS: Mapping[str, Check] = {
    "frechet_distance": check_frechet,
    KNOWN_BUGS: check_known_bug,
    "streaming_statistics": check_streaming,
    "kl_divergence": check_kl,
    "inception_score": check_inception,
    "kernel_distances": check_kernels,
    "fad_inf": check_fad_inf,
    "log_spectral_distance": check_lsd,
    "panns_front_end": check_panns_front_end,
    "panns_cnn14": check_panns,
    "vggish_front_end": check_vggish_front_end,
    "vggish": check_vggish,
    "suite": check_suite,
    "clap_score": check_clap_score,
    "clap_front_end": check_clap_front_end,
    "audio_loading": check_loading,
    "mmau": check_mmau,
    "mmsu": check_mmsu,
    "av_bench_suite": check_av_bench,
    "human_scores": check_ratings,
    "wer": check_wer,
}
"""By the ``group`` of a case; which of a group's checks applies, its named inputs tell."""
