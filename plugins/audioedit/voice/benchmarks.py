"""What the pairs are evaluated with; the paper prints no table of either task."""

from __future__ import annotations

from ....core.benchmark import Benchmark, MetricUse

_HOW = "audio-omni audioedit voice {} UTTERANCES.jsonl -o DIR makes it of recordings of your own."


def voice_conversion() -> Benchmark:
    """Return words of one speaker in the voice of another (spec section 7.2)."""
    return Benchmark(
        title="Voice conversion between held-out speakers",
        task="voice_conversion",
        fields={
            "id": "names the row",
            "source_audio": "whose words and length are kept",
            "voice_audio": "the voice to say them in",
            "reference_audio": "another recording of that voice, of the same words if there is one",
            "transcript": "what is said",
            "voice_transcript": "what is said in the recording of the voice",
            "reference_transcript": "what is said in the other recording of it",
            "source_speech_seconds": "from the first sound of the source to its last",
        },
        media=("source_audio", "voice_audio", "reference_audio"),
        metrics=(
            MetricUse(name="word_error_rate"),
            MetricUse(name="same_speaker"),
            MetricUse(name="duration_ratio", options={"seconds_from": "source_speech_seconds"}),
        ),
        obtain=_HOW.format("convert-pairs"),
        reference="reference_audio",
        durations="as_is",
    )


def speech_editing() -> Benchmark:
    """Return recordings of which a word is taken out, put in or replaced (spec section 7.3)."""
    return Benchmark(
        title="Words taken out, put in and replaced in held-out recordings",
        task="speech_editing",
        fields={
            "id": "names the row",
            "source_audio": "the recording",
            "source_transcript": "what is said in it",
            "reference_transcript": "the same, which reference metrics read",
            "transcript": "what is said in the result",
            "start_seconds": "where the part to make anew begins",
            "end_seconds": "where it ends",
            "new_seconds": "how long it is in the result",
        },
        media=("source_audio",),
        metrics=(
            MetricUse(name="edited_words_error_rate"),
            MetricUse(name="word_error_rate"),
            MetricUse(name="same_speaker"),
            MetricUse(name="outside_equal"),
        ),
        obtain=_HOW.format("edit-pairs"),
        reference="source_audio",
        durations="as_is",
    )
