"""What the small listening networks hear: log-mel spectrograms of clips at 16 kHz.

Shapes: B batch, M mel bands, N samples, T frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..core.errors import RequestError
from ..core.media.mel import mel_filterbank
from ..core.media.waveform import Waveform

SAMPLE_RATE_HZ = 16000
RESAMPLER = "torchaudio sinc_interp_hann, width 6, rolloff 0.99, float32"
LOWEST_HZ = 50.0
FLOOR = 1e-6
"""Power added to every band, relative to a full-scale sine: −60 dB."""
LEVEL = 0.1


@dataclass(frozen=True)
class Hearing:
    """The spectrogram that a network listens to.

    Attributes:
        who: name of the network, for messages.
        n_fft: samples of a frame.
        hop: samples between frames.
        mels: bands from `LOWEST_HZ` to 8 kHz, M.
        levelled: whether every clip is brought to one level, its loudest band at −10 dB, before
            the floor is added: for networks that are to hear the same in a quiet clip.
    """

    who: str
    n_fft: int
    hop: int
    mels: int
    levelled: bool = False

    def features(self, clips: Sequence[Waveform]) -> list[Tensor]:
        """Return the natural-log mel power (M, T) of each clip, mixed down and at 16 kHz.

        Raises:
            RequestError: for a clip with non-finite samples, or of half a frame or less.
        """
        bank = mel_filterbank(
            bins=self.n_fft // 2 + 1,
            sample_rate_hz=SAMPLE_RATE_HZ,
            mels=self.mels,
            f_min_hz=LOWEST_HZ,
            f_max_hz=SAMPLE_RATE_HZ / 2,
        ).T
        return [self._log_mel(mono_at_16k(self.who, clip, self.n_fft // 2), bank) for clip in clips]

    def _log_mel(self, samples: Tensor, bank: Tensor) -> Tensor:
        window = torch.hann_window(self.n_fft)
        spectrum = torch.stft(samples, self.n_fft, self.hop, window=window, return_complex=True)
        power = bank @ (spectrum.abs().square() / (window.sum() / 2).square())
        if self.levelled:
            power = power * (LEVEL / power.max().clamp_min(FLOOR**2))  # silence stays silent
        return torch.log(power + FLOOR)


def mono_at_16k(who: str, clip: Waveform, more_than: int) -> Tensor:
    """Return a clip mixed down to (N,) float32 at 16 kHz.

    Args:
        who: name of the network, for messages.
        clip: of any rate.
        more_than: samples at 16 kHz that are too few to analyse.

    Raises:
        RequestError: for a clip with non-finite samples, or with too few.
    """
    samples = clip.samples.detach().cpu().to(torch.float32).mean(dim=0)
    if not bool(torch.isfinite(samples).all()):
        raise RequestError(f"{who} got a clip with non-finite samples; expected finite audio.")
    if clip.sample_rate_hz != SAMPLE_RATE_HZ:
        import torchaudio

        samples = torchaudio.functional.resample(samples, clip.sample_rate_hz, SAMPLE_RATE_HZ)
    if samples.numel() <= more_than:
        raise RequestError(
            f"{who} got {samples.numel()} samples at 16 kHz; expected more than {more_than}, "
            "half an analysis window. Use a longer clip."
        )
    return samples


def level_of(features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation, each (M, 1), of features (M, T) over all their frames."""
    frames = torch.cat(list(features), dim=1)
    return frames.mean(dim=1, keepdim=True), frames.std(dim=1, keepdim=True).clamp_min(1e-3)


def padded(features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return features (M, T) as one batch (B, M, T) with zeros at the ends, and lengths (B,)."""
    batch = torch.nn.utils.rnn.pad_sequence([item.T for item in features], batch_first=True)
    return batch.transpose(1, 2), torch.tensor([item.shape[1] for item in features])


def valid_frames(lengths: Tensor, frames: int) -> Tensor:
    """Return (B, 1, T) bool, true where a frame is no padding."""
    return (torch.arange(frames) < lengths[:, None])[:, None]
