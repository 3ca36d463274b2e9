"""Samples as files: a FLAC per clip and one picture of all its spectrograms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch.nn import functional

from ...core.events import Sample
from ...core.media.audio import save_waveform
from ...core.media.mel import LogMel
from ...core.media.waveform import Waveform
from .naming import file_name

RANGE_DB = 70.0
WIDEST = 1024
GAP = 4


def sample_stem(sample: Sample) -> str:
    """Return the file name, without suffix, of a sample."""
    return file_name(f"{sample.name}-seed{sample.seed}")


def write_sample(sample: Sample, folder: Path, number: int) -> tuple[dict[str, Path], Path]:
    """Write the clips of a sample and their picture; return the paths, of clips by their role.

    The picture shows source, result and reference from top to bottom, those that there are. Names
    begin with what tells them apart, since MLflow's list of files shows little more.

    Args:
        sample: what to write.
        folder: of the samples of its task.
        number: of the sample among those.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clips = {
        "source": sample.source,
        "generated": sample.generated,
        "reference": sample.reference,
    }
    present = {role: clip for role, clip in clips.items() if clip is not None}
    stem = sample_stem(sample)
    paths = {role: folder / f"{number}-{role}-{stem}.flac" for role in present}
    for role, path in paths.items():
        path.unlink(missing_ok=True)
        save_waveform(present[role], path)
    picture = folder / f"{number}-spectrograms-{stem}.png"
    write_spectrograms(list(present.values()), picture)
    return paths, picture


def write_spectrograms(clips: list[Waveform], path: Path) -> None:
    """Write the log-mel spectrograms of clips, one below the other, with one scale of colours."""
    import matplotlib as mpl
    from PIL import Image

    levels = [_levels(clip) for clip in clips]
    top = max(float(level.max()) for level in levels)
    width = max(level.shape[1] for level in levels)
    rows = []
    for level in levels:
        shade = np.clip((level - top) / RANGE_DB + 1, 0, 1)
        picture = mpl.colormaps["magma"](shade[::-1], bytes=True)[..., :3]
        margin = ((0, GAP), (0, width - picture.shape[1]), (0, 0))
        rows.append(np.pad(picture, margin, constant_values=255))
    Image.fromarray(np.concatenate(rows)).save(path)


def _levels(clip: Waveform) -> np.ndarray:
    """Return levels in dB, (bands from low to high, frames)."""
    fft_size = 1024
    hop = max(256, -(-clip.samples.shape[-1] // WIDEST))
    mono = clip.samples.mean(dim=0)
    if mono.shape[-1] <= fft_size:  # half a window is reflected at each edge
        mono = functional.pad(mono, (0, fft_size + 1 - mono.shape[-1]))
    log_mel = LogMel(sample_rate_hz=clip.sample_rate_hz, fft_size=fft_size, hop=hop, mels=80)
    levels: np.ndarray = log_mel(mono).numpy() * (20 / np.log(10))
    return levels
