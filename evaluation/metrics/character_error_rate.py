"""How many letters of what was to be said are heard wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pydantic import BaseModel

from ...core.errors import RequestError, UndefinedError
from ...core.media.waveform import Waveform
from ...core.metric import Measured, Metric
from ..speech_recogniser import SpeechRecogniser
from ..spelling import edit_distance, spelled
from .config import CharacterErrorRateConfig, CharacterErrorRateInsideConfig
from .pairing import spans_of


class Recogniser(Protocol):
    """What the metric asks of a recogniser."""

    @property
    def digest(self) -> str:
        """Return what identifies its weights."""
        ...

    def transcribe(self, waveform: Waveform) -> str:
        """Return what is said in a clip."""
        ...


class CharacterErrorRate(Metric):
    """Letters to change, insert or delete, divided by the letters that were to be said.

    What a recogniser spells is compared with ``fields["transcript"]``, both as `spelled` writes
    them, spaces included. The rate is taken of each clip and averaged over clips. A recogniser
    that hears far too much would exceed 1; a clip counts at most ``limit``.
    """

    name = "character_error_rate"
    unit = "1"
    direction = "lower"
    config_model = CharacterErrorRateConfig
    config: CharacterErrorRateConfig

    def __init__(
        self, config: BaseModel | None = None, recogniser: Recogniser | None = None
    ) -> None:
        """Keep the options and the trained recogniser."""
        super().__init__(config)
        self.recogniser = recogniser

    @staticmethod
    def train_recogniser(
        clips: Sequence[Waveform], transcripts: Sequence[str], seed: int
    ) -> SpeechRecogniser:
        """Return a recogniser to hand in, trained on real speech; see `SpeechRecogniser.fit`."""
        return SpeechRecogniser.fit(clips, transcripts, seed)

    def score(self, clip: Measured) -> float:
        """Return the rate of one clip.

        Raises:
            RequestError: if the row has no transcript, or the clip cannot be listened to.
        """
        recogniser = self._trained()
        meant = self._meant(clip)
        said = recogniser.transcribe(self._heard(clip))
        rate = edit_distance(said, meant) / len(meant)
        return rate if self.config.limit is None else min(rate, self.config.limit)

    def fingerprint(self) -> dict[str, Any]:
        """Return the options and the recogniser's identity."""
        return {**super().fingerprint(), "recogniser": self._trained().digest}

    def _heard(self, clip: Measured) -> Waveform:
        return clip.generated

    def _meant(self, clip: Measured) -> str:
        transcript = clip.fields.get("transcript")
        meant = spelled(transcript) if isinstance(transcript, str) else ""
        if not meant:
            raise RequestError(
                f"Metric '{self.name}' needs fields['transcript'] with letters in it; got "
                f"{transcript!r}. Measure rows that say what is to be said."
            )
        return meant

    def _trained(self) -> Recogniser:
        if self.recogniser is None:
            raise RequestError(
                f"Metric '{self.name}' has no recogniser; a recipe cannot hold one. Train one with "
                f"`{type(self).__name__}.train_recogniser(clips, transcripts, seed)` and pass it: "
                f"{type(self).__name__}(config, recogniser=…)."
            )
        return self.recogniser


class CharacterErrorRateInside(CharacterErrorRate):
    """`CharacterErrorRate` of the words in the edited spans, heard in the clip cut to them.

    The words are those of ``truth["words"]`` whose middle lies in a span of ``truth["span"]``;
    ``margin_seconds`` around a span are heard too, so that no sound is cut at its edge.
    """

    name = "character_error_rate_inside"
    config_model = CharacterErrorRateInsideConfig
    config: CharacterErrorRateInsideConfig

    def _heard(self, clip: Measured) -> Waveform:
        import torch

        waveform, margin = clip.generated, self.config.margin_seconds
        rate, size = waveform.sample_rate_hz, waveform.samples.shape[-1]
        parts = [
            waveform.samples[
                :, max(0, round((start - margin) * rate)) : round((end + margin) * rate)
            ]
            for start, end in spans_of(self.name, clip)
        ]
        if any(part.shape[-1] == 0 for part in parts):
            raise RequestError(
                f"Metric '{self.name}' got the spans {clip.truth.get('span')} and a clip of "
                f"{size / rate:.2f} s; expected spans within it. Cut the row to the clip."
            )
        return waveform.converted(torch.cat(parts, dim=-1), "cut to the edited spans")

    def _meant(self, clip: Measured) -> str:
        spans = spans_of(self.name, clip)
        told = clip.truth.get("words") or ()
        words = [
            str(word["word"])
            for word in told
            if any(start <= _middle(word) < end for start, end in spans)
        ]
        if told and not words:
            raise UndefinedError(
                f"Metric '{self.name}' found none of {len(told)} words in the edited spans {spans};"
                " measure such a clip by 'character_error_rate'.",
                "no word lies in the edited spans",
            )
        meant = spelled(" ".join(words))
        if not meant:
            raise RequestError(
                f"Metric '{self.name}' needs truth['words'], of which at least one lies in "
                f"truth['span']; got {clip.truth.get('words')!r:.200}. Measure rows that say which "
                "word is said when."
            )
        return meant


def _middle(word: Any) -> float:
    return float(word["onset_s"]) + float(word["length_s"]) / 2
