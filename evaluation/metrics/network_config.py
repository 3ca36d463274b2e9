"""Options of the metrics that listen with a published network; torch-free."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ...core.config import Config
from ...core.listening import EmbedderUse

TAGGER = EmbedderUse(name="cnn14_16k")
LISTENS_WITH = "The network that it listens with."


class OfVectorsConfig(Config):
    """Options of every distance of two sets of vectors."""

    embedder: EmbedderUse = Field(default=EmbedderUse(name="vggish"), description=LISTENS_WITH)
    output: str = Field(default="embedding", description="Which of its outputs is compared.")


class FadConfig(OfVectorsConfig):
    """Options of `fad`."""

    interval: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="Whether the interval is computed; auto: unless it would take minutes, for "
        "more vectors than values of one, and more than 512 of these.",
    )


class FrechetDistanceConfig(FadConfig):
    """Options of `frechet_distance`."""

    embedder: EmbedderUse = Field(default=TAGGER, description=LISTENS_WITH)


class FadInfinityConfig(OfVectorsConfig):
    """Options of `fad_infinity`."""

    steps: int = Field(default=25, ge=2, description="Sizes that the line is laid through.")
    min_n: int = Field(default=500, ge=2, description="Embeddings of the smallest size.")
    draw: Literal["without_replacement", "legacy"] = Field(
        default="without_replacement",
        description="How a size is drawn; legacy: as fadtk does, where rows may come twice.",
    )
    seed: int = Field(default=0, ge=0, description="Of the draws.")


class KadConfig(OfVectorsConfig):
    """Options of `kad`."""

    embedder: EmbedderUse = Field(default=TAGGER, description=LISTENS_WITH)
    kernel: Literal["gaussian", "inverse_quadratic", "inverse_multiquadric"] = Field(
        default="gaussian", description="Kernel of the distance over the bandwidth."
    )
    bandwidth_of: Literal["reference", "generated"] = Field(
        default="reference",
        description="Whose median distance is the bandwidth; kadtk's command: generated.",
    )


class KlDivergenceConfig(Config):
    """Options of `kl_divergence`."""

    embedder: EmbedderUse = Field(default=TAGGER, description=LISTENS_WITH)
    output: str = Field(default="logits", description="Which of its outputs are the logits.")
    activation: Literal["softmax", "sigmoid"] = Field(
        default="softmax", description="What makes logits probabilities; sigmoid: no divergence."
    )
    epsilon: float = Field(
        default=0.0, ge=0, description="Added to the denominator; AudioLDM's tables: 1e-6."
    )
    reverse: bool = Field(default=False, description="KL(generated ‖ reference) instead.")


class InceptionScoreConfig(Config):
    """Options of `inception_score`."""

    embedder: EmbedderUse = Field(default=TAGGER, description=LISTENS_WITH)
    output: str = Field(default="logits", description="Which of its outputs are the logits.")
    splits: int = Field(default=10, ge=1, description="Chunks; the score grows with their size.")
    shuffle: bool = Field(default=True, description="Shuffle before cutting into chunks.")
    seed: int = Field(default=2020, ge=0, description="Of the shuffle.")


class ClapScoreConfig(Config):
    """Options of `clap_score`."""

    embedder: EmbedderUse = Field(default=EmbedderUse(name="clap"), description=LISTENS_WITH)
    output: str = Field(default="embedding", description="Which of its outputs is compared.")
    text_from: str = Field(
        default="caption", min_length=1, description="Field of a row with what should be heard."
    )


class WordErrorRateConfig(Config):
    """Options of `word_error_rate`; the defaults are seed-tts-eval's."""

    embedder: EmbedderUse = Field(default=EmbedderUse(name="whisper"), description=LISTENS_WITH)
    language: Literal["en", "zh"] = Field(
        default="en",
        description="Decides how texts are normalised, as seed-tts-eval does; zh: by characters.",
    )
    normaliser: Literal["seed_tts", "whisper_english"] = Field(
        default="seed_tts",
        description="What texts are normalised by before they are compared; whisper_english: "
        "Whisper's own, with numbers, contractions and spellings; its map of spellings, "
        "normalizer.json, has to lie with the recogniser.",
    )
    average: Literal["utterances", "corpus"] = Field(
        default="utterances",
        description="The value: mean of the rates of utterances, or all errors over all words.",
    )
    limit: float | None = Field(
        default=None, gt=0, description="Greatest rate that one utterance counts; null for none."
    )

    @model_validator(mode="after")
    def _check_normaliser(self) -> WordErrorRateConfig:
        if self.normaliser == "whisper_english" and self.language != "en":
            raise ValueError(
                f"normaliser 'whisper_english' is of English, and the language is "
                f"'{self.language}'; use seed_tts for it"
            )
        return self


class ReferenceWordErrorRateConfig(WordErrorRateConfig):
    """Options of `reference_word_error_rate`."""


class EditedWordsErrorRateConfig(WordErrorRateConfig):
    """Options of `edited_words_error_rate`."""


class WhisperCharacterErrorRateConfig(WordErrorRateConfig):
    """Options of `whisper_character_error_rate`."""

    language: Literal["en"] = Field(
        default="en", description="English; of Chinese `word_error_rate` counts characters already."
    )


class ReferenceWhisperCharacterErrorRateConfig(WhisperCharacterErrorRateConfig):
    """Options of `reference_whisper_character_error_rate`."""


class SameSpeakerConfig(Config):
    """Options of `same_speaker`."""

    embedder: EmbedderUse = Field(
        default=EmbedderUse(name="wavlm_speaker"), description=LISTENS_WITH
    )
    output: str = Field(default="embedding", description="Which of its outputs is compared.")


class DesyncConfig(Config):
    """Options of `desync`."""

    embedder: EmbedderUse = Field(
        default=EmbedderUse(name="synchformer"),
        description="The network that it listens and watches with.",
    )


class ReferenceDesyncConfig(DesyncConfig):
    """Options of `reference_desync`."""


class ChoiceAccuracyConfig(Config):
    """Options of both accuracies of questions with choices."""

    group_by: tuple[str, ...] = Field(
        default=("skill",),
        description="Fields of a row by which the accuracy is told too, where rows have them; "
        "a/b: by both together.",
    )


class MmauAccuracyConfig(ChoiceAccuracyConfig):
    """Options of `mmau_accuracy`."""

    group_by: tuple[str, ...] = Field(
        default=("task", "difficulty", "sub-category", "skill"),
        description="Fields of a row by which the accuracy is told too, where rows have them.",
    )

    rule: Literal["official", "letter"] = Field(
        default="official",
        description="How an answer is read: MMAU's match of words, or the letter of an option.",
    )


class MmsuAccuracyConfig(ChoiceAccuracyConfig):
    """Options of `mmsu_accuracy`."""

    group_by: tuple[str, ...] = Field(
        default=("category", "category/sub-category", "task_name", "skill"),
        description="Fields of a row by which the accuracy is told too, where rows have them; "
        "a/b: by both together.",
    )

    rule: Literal["text", "official"] = Field(
        default="text",
        description=(
            "How an answer is read: an option's text or letter, or MMSU's own rule; that also "
            "leaves what it cannot read out of the denominator, and this never does."
        ),
    )
