"""The benchmarks of the paper (section 5.2, Tables 2 to 4, A2, A3 and A5)."""

from __future__ import annotations

from functools import partial

from ...core.benchmark import Benchmark, MetricUse

GENERATED = (
    MetricUse(name="fad", column="FAD"),
    MetricUse(name="frechet_distance", column="FD"),
    MetricUse(name="kl_divergence", column="KL"),
    MetricUse(name="inception_score", column="IS"),
    MetricUse(name="kad"),
)
"""What Tables 3, A2 and A5 print of a set; KAD beside them, as it has no bias of sample size."""

IN_STEP = tuple(MetricUse(name=name, optional=True) for name in ("desync", "reference_desync"))
"""How far sound is from its video, the model's and that of the recordings; no paper's column."""

TEXT = {"id": "names the row", "audio": "the reference", "caption": "what is asked for"}
VIDEO = {"id": "names the row", "audio": "the reference", "video": "what is seen"}
SCORE = MetricUse(name="clap_score")
LANGUAGES = {"EN": "English", "CN": "Chinese", "ES": "Spanish", "DE": "German", "FR": "French"}
LANGUAGES["JP"] = "Japanese"
EDITS = ("add", "remove", "extract", "style_transfer")


def audiocaps() -> Benchmark:
    """Return sound from English captions (Tables 3, A2 and A5)."""
    return _audiocaps("EN", {"3": "T2A", "A5": "T2A", "A2": "EN"})


def _in_language(code: str) -> Benchmark:
    return _audiocaps(code, {"A2": code})


audiocaps_cn = partial(_in_language, "CN")
audiocaps_es = partial(_in_language, "ES")
audiocaps_de = partial(_in_language, "DE")
audiocaps_fr = partial(_in_language, "FR")
audiocaps_jp = partial(_in_language, "JP")
"""Sound from captions in other languages (Table A2)."""


def _audiocaps(code: str, tables: dict[str, str]) -> Benchmark:
    language = LANGUAGES[code]
    return Benchmark(
        title=f"AudioCaps test, captions in {language}",
        task="text_to_audio",
        fields=TEXT,
        media=("audio",),
        metrics=(*GENERATED, SCORE),
        clip_seconds=10.0,
        tables=tables,
        obtain=(
            "Captions: github.com/cdjkim/audiocaps (MIT), test split; sound: the YouTube clips "
            "that they name, 10 s from the given start, which are not given away. The paper does "
            "not say whether it takes one caption a clip (about 970 rows) or all five (4 875), "
            "and FD and IS hang on that alone."
            + ("" if code == "EN" else f" Captions in {language}: translations, not published.")
        ),
    )


def musiccaps() -> Benchmark:
    """Return music from captions (Tables 3 and A5)."""
    return Benchmark(
        title="MusicCaps",
        task="text_to_music",
        fields=TEXT,
        media=("audio",),
        metrics=(*GENERATED, SCORE),
        rows=5521,
        clip_seconds=10.0,
        tables={"3": "T2M", "A5": "T2M"},
        obtain=(
            "Captions: google/MusicCaps on the Hugging Face hub (CC BY-SA 4.0); sound: the "
            "YouTube clips that they name, of which at least 87 are gone."
        ),
    )


def vggsound() -> Benchmark:
    """Return sound for videos (Tables 3 and A5)."""
    return Benchmark(
        title="VGGSound test",
        task="video_to_audio",
        fields=VIDEO,
        media=("audio", "video"),
        metrics=(*GENERATED, *IN_STEP),
        clip_seconds=8.0,
        tables={"3": "V2A", "A5": "V2A"},
        obtain=(
            "List: www.robots.ox.ac.uk/~vgg/data/vggsound (CC BY 4.0), test split, about 15 000 "
            "rows; films: the YouTube clips that it names. 8 s is what others cut clips to; the "
            "paper does not say."
        ),
    )


def v2m_bench() -> Benchmark:
    """Return music for videos (Tables 3 and A5)."""
    return Benchmark(
        title="V2M-bench",
        task="video_to_music",
        fields=VIDEO,
        media=("audio", "video"),
        metrics=(*GENERATED, *IN_STEP),
        clip_seconds=10.0,
        tables={"3": "V2M", "A5": "V2M"},
        obtain="VidMuse's test set, about 300 films: HKUSTAudio/VidMuse-V2M-Dataset on the hub.",
    )


def seedtts_en() -> Benchmark:
    """Return speech behind a voice (Table 3)."""
    return Benchmark(
        title="Seed-TTS test-en",
        task="text_to_speech",
        fields={
            "id": "names the row",
            "transcript": "what to say",
            "voice_audio": "the voice to say it in",
            "voice_transcript": "what that voice says",
            "audio": "a person's own reading, which shows what the recogniser gets wrong",
        },
        media=("audio", "voice_audio"),
        metrics=(
            MetricUse(name="word_error_rate", column="WER"),
            MetricUse(name="reference_word_error_rate"),
            MetricUse(name="same_speaker"),
        ),
        rows=1088,
        tables={"3": "TTS"},
        obtain=(
            "github.com/BytedanceSpeech/seed-tts-eval, meta.lst of en; recordings of Common Voice "
            "(CC0)."
        ),
    )


def _audioedit(task: str) -> Benchmark:
    spoken = SCORE.model_copy(update={"column": "CLAP"})
    return Benchmark(
        title=f"AudioEdit test, {task.replace('_', ' ')}",
        task=task,
        fields={
            "id": "names the row",
            "audio": "the exact answer",
            "source_audio": "the input",
            "instruction": "the edit in words",
            "caption": "what the answer holds, for the CLAP score",
        },
        media=("audio", "source_audio"),
        metrics=(
            MetricUse(name="fad", column="FAD"),
            MetricUse(name="lsd", column="LSD"),
            *((spoken,) if task != "remove" else ()),
            MetricUse(name="log_mel_distance"),
        ),
        rows=500,
        tables={"A3": task},
        obtain=(
            "The authors' 4 x 500 pairs are not published; pairs of the same form come from "
            "`mixed:` or a manifest of your own. Which LSD the paper means is not said."
        ),
    )


audioedit_add = partial(_audioedit, "add")
audioedit_remove = partial(_audioedit, "remove")
audioedit_extract = partial(_audioedit, "extract")
audioedit_style_transfer = partial(_audioedit, "style_transfer")
"""Edits, one kind each (Tables 4 and A3)."""


def mmau() -> Benchmark:
    """Return questions about sound, music and speech (Table 2)."""
    return _questions(
        "MMAU test-mini",
        "mmau_accuracy",
        "MMAU",
        1000,
        "github.com/Sakshi113/MMAU (Apache-2.0), test-mini. A quarter of its questions was "
        "rewritten in release v05.15.25: say which you took.",
    )


def mmsu() -> Benchmark:
    """Return questions about spoken language (Table 2)."""
    return _questions(
        "MMSU",
        "mmsu_accuracy",
        "MMSU",
        5000,
        "ddwang2000/MMSU on the Hugging Face hub (Wang et al. 2025); not the set of that name in "
        "VoiceBench.",
    )


def _questions(title: str, metric: str, column: str, rows: int, obtain: str) -> Benchmark:
    return Benchmark(
        title=title,
        task="understanding",
        fields={
            "id": "names the row",
            "audio": "what is asked about",
            "question": "the question",
            "choices": "a list of answers to choose from",
            "answer": "the right one, word for word",
        },
        media=("audio",),
        metrics=(MetricUse(name=metric, column=column),),
        rows=rows,
        tables={"2": ""},
        obtain=obtain,
    )
