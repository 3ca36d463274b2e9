"""How long the audio of an example is: as its target, as asked for, or as its words take."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from ..errors import RequestError
from ..geometry import Geometry
from ..payloads import REFERENCE_AUDIO, TRANSCRIPT, Example, ReferenceAudio, Transcript
from ..windows import source_of


def length_of(
    example: Example,
    waveform: Tensor | None,
    geometry: Geometry,
    characters_per_second: float | None,
    window_seconds: float | None = None,
) -> int:
    """Return how many samples are made or learned, the voice's part included.

    Args:
        example: a row or a request.
        waveform: (C, N) the row's target, or `None` for a request.
        geometry: rates and the longest clip of the model.
        characters_per_second: how fast the model speaks; `None`: speech is as long as a clip.
        window_seconds: the longest source that is heard in one piece, if that is less than a
            clip; who brings a longer one is told this limit, not that of a clip.

    Raises:
        RequestError: if that is more than the model makes at a time.
    """
    if waveform is not None:
        samples = int(waveform.shape[-1])
    else:
        spoken = spoken_seconds(example, characters_per_second)
        natural = min(spoken or geometry.clip_seconds, geometry.clip_seconds)
        samples = geometry.samples(example.seconds or natural)
    if samples > geometry.clip_samples:
        longest = geometry.clip_seconds
        way_out = "Ask for fewer seconds." if waveform is None else "Cut it."
        if source_of(example) is not None:
            longest = min(longest, window_seconds or longest)
            way_out = (
                "Cut the source, or edit it in windows that overlap (--long-source windows; in "
                "Python long_source='windows')."
            )
        raise RequestError(
            f"{example.task}: got {samples / geometry.sample_rate_hz:.3f} s of audio; this model "
            f"makes at most {longest:g} s. {way_out}"
        )
    return samples


def spoken_seconds(example: Example, characters_per_second: float | None) -> float | None:
    """Return how long an example's words take with its voice's part, or `None` if unknown.

    A voice whose words are known sets the pace, otherwise the model's own does.

    Source: Chen et al. 2024, "F5-TTS", section 3 (duration by the ratio of characters).
    """
    transcript = example.payloads.get(TRANSCRIPT)
    if characters_per_second is None or not isinstance(transcript, Transcript):
        return None
    said, repeated = len(transcript.text), transcript.repeated
    if not example.skip_seconds:
        return said / characters_per_second
    pace = repeated / example.skip_seconds if repeated else characters_per_second
    return example.skip_seconds + max(said - repeated, 1) / pace


def told_length(example: Example, seconds: float) -> Example:
    """Return the example whose voice knows how long the result is, for what follows is unknown."""
    voice = example.payloads.get(REFERENCE_AUDIO)
    if not isinstance(voice, ReferenceAudio) or voice.role != "voice" or voice.waveform is None:
        return example
    if voice.seconds is not None:
        return example
    payloads = {**example.payloads, REFERENCE_AUDIO: replace(voice, seconds=seconds)}
    return replace(example, payloads=payloads)
