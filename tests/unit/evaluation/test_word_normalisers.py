"""Word errors by other rules than seed-tts-eval's: Whisper's normaliser, the corpus, a limit."""

import json

import numpy as np
import pytest
from audio_omni import Heard, build_metric
from audio_omni.core.errors import ConfigError
from audio_omni.core.measuring import Ears
from audio_omni.evaluation.embedders.config import WhisperConfig
from audio_omni.evaluation.embedders.whisper import WhisperTranscriber
from audio_omni.plugins.manager import build_plugin_manager
from tiny_networks import folders

SPELLINGS = {"colour": "color", "grey": "gray", "flavour": "flavor", "theatre": "theater"}
"""A part of what is published with Whisper: what the texts here need of it."""


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(extra_modules=("band_embedder",), entry_points=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return folders.save_whisper(tmp_path_factory.mktemp("whisper"), spellings=SPELLINGS)


@pytest.fixture(scope="module")
def ears(host):
    return Ears(host)


def whisper(folder):
    return {"name": "whisper", "options": {"weights": str(folder), "device": "cpu"}}


@pytest.fixture
def rate(host, folder, ears):
    """A function that returns the result of pairs of what was to be said and what was heard."""

    def run(*pairs, name="word_error_rate", **options):
        metric = build_metric(name, host, {"embedder": whisper(folder), **options}, ears)
        for number, (wanted, said) in enumerate(pairs):
            metric.add(Heard(f"row {number}", {"text": said}, fields={"transcript": wanted}))
        return metric.compute()

    return run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("café", "cafe"),
        ("smith's", "smith is"),
        ("one two three", "123"),
        ("The colour is grey.", "the color is gray"),
        ("twenty-one", "21"),
        ("Um, don't!", "do not"),
    ],
)
def test_whispers_normaliser_does_what_its_users_know_of_it(folder, text, expected):
    found = WhisperTranscriber(WhisperConfig(weights=str(folder), device="cpu"))
    assert found.english_normaliser(text).strip() == expected


def test_the_option_decides_what_is_compared(rate):
    pairs = [("Smith's colour", "smith is color"), ("one two three", "123")]
    assert rate(*pairs, normaliser="whisper_english").value == 0.0
    assert rate(*pairs).value == pytest.approx((3 / 2 + 3 / 3) / 2)


def test_it_gives_what_the_field_gives(shared_dir, folder, rate):
    """Golden pairs of Whisper's normaliser, as transformers and jiwer give them."""
    cases = json.loads((shared_dir / "goldens" / "metrics.json").read_text())["cases"]
    (case,) = [case for case in cases if case["id"] == "wer/en"]
    told = [pair for pair in case["outputs"]["per_pair"] if "wer_whisper_normalised" in pair]
    normaliser = WhisperTranscriber(WhisperConfig(weights=str(folder))).english_normaliser
    assert len(told) > 10
    for pair in told:
        for side in ("reference", "hypothesis"):
            assert normaliser(pair[side]).strip() == pair[f"whisper_english_{side}"].strip()
        if pair["whisper_english_reference"].strip():
            found = rate((pair["reference"], pair["hypothesis"]), normaliser="whisper_english")
            assert found.value == pytest.approx(pair["wer_whisper_normalised"], abs=1e-12)


def test_all_errors_over_all_words_are_the_value_when_asked(rate):
    pairs = [("one", "one two three four five"), ("a b c d", "a b c d"), ("a b c d e", "a b c d")]
    mean, corpus = rate(*pairs), rate(*pairs, average="corpus")
    assert mean.value == pytest.approx((4 + 0 + 1 / 5) / 3)
    assert corpus.value == pytest.approx(5 / 10) == mean.details["over_all_words"]
    assert corpus.details == mean.details
    low, high = corpus.interval
    assert low <= corpus.value <= high


def test_a_limit_caps_one_utterance_in_mean_and_corpus(rate):
    pairs = [("one", "one two three four five"), ("a b c d", "a b c d")]
    assert rate(*pairs, limit=1.0).value == pytest.approx(0.5)
    assert rate(*pairs, limit=1.0, average="corpus").value == pytest.approx(1 / 5)
    assert rate(*pairs, limit=0.4).details["share_above_half"] == 0.5  # whatever counts


def test_the_interval_of_the_corpus_covers_it(rate):
    """Of utterances with a known share of errors, about 95 of 100 intervals hold that share."""
    from audio_omni.core.bootstrap import bootstrap_interval

    rng = np.random.default_rng(0)
    held = 0
    for _ in range(100):
        words = rng.integers(1, 20, 200).astype(float)
        errors = rng.binomial(words.astype(int), 0.2).astype(float)
        low, high = bootstrap_interval(errors, per=words)
        held += low <= 0.2 <= high
    assert 88 <= held <= 100


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"normaliser": "whisper_english"}, "options.normaliser: 'seed_tts' against 'whisper_eng"),
        ({"average": "corpus"}, "options.average: 'utterances' against 'corpus'"),
        ({"limit": 1.0}, "options.limit: None against 1.0"),
    ],
)
def test_rates_by_unlike_rules_do_not_compare(rate, options, told):
    pairs = [("one two", "one two"), ("three", "four")]
    with pytest.raises(ConfigError, match="measured differently") as refused:
        rate(*pairs).compare(rate(*pairs, **options))
    assert told in str(refused.value)


def test_another_map_of_spellings_is_another_measurement(host, folder, tmp_path):
    other = folders.save_whisper(tmp_path / "other", spellings={"colour": "color"})
    prints = [
        build_metric(
            "word_error_rate",
            host,
            {"embedder": whisper(one), "normaliser": "whisper_english"},
        ).fingerprint()
        for one in (folder, other)
    ]
    assert prints[0]["embedder"]["weights"] == prints[1]["embedder"]["weights"]
    assert prints[0]["spellings"] != prints[1]["spellings"]


def test_without_the_map_it_says_where_it_is_had_before_anything_is_heard(host, tmp_path):
    bare = folders.save_whisper(tmp_path / "bare")
    asked = {"embedder": whisper(bare), "normaliser": "whisper_english"}
    with pytest.raises(ConfigError, match=r"has no normalizer.json.*hf download openai/whisper-la"):
        build_metric("word_error_rate", host, asked)
    build_metric("word_error_rate", host, {"embedder": whisper(bare)})  # seed-tts-eval needs none


def test_other_recognisers_and_languages_have_no_such_normaliser(host, folder):
    asked = {"embedder": {"name": "loud_or_soft"}, "normaliser": "whisper_english"}
    with pytest.raises(ConfigError, match="'loud_or_soft', which brings none; expected 'whisper'"):
        build_metric("word_error_rate", host, asked)
    asked = {"embedder": whisper(folder), "normaliser": "whisper_english", "language": "zh"}
    with pytest.raises(ConfigError, match="'whisper_english' is of English, and the language is"):
        build_metric("word_error_rate", host, asked)


def test_characters_are_counted_with_their_spaces(rate):
    found = rate(("a cat sat", "a cut sat"), name="whisper_character_error_rate")
    assert found.value == pytest.approx(1 / 9)
    assert found.details["over_all_characters"] == pytest.approx(1 / 9)
    assert rate(("a cat sat", "a cut sat")).value == pytest.approx(1 / 3)
