import pytest
from audio_omni.core.errors import DataError
from audio_omni.evaluation.statistics.words import REMOVED, normalise_words, word_error_rate
from hypothesis import given
from hypothesis import strategies as st

words = st.lists(st.sampled_from(["one", "two", "three"]), min_size=1, max_size=5).map(" ".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop!", "don't stop"),
        ("Don’t stop!", "dont stop"),
        ("twenty-one", "twentyone"),
        ("A   b", "a  b"),
        ("tab\tinside", "tab\tinside"),
    ],
)
def test_english_is_normalised_as_seed_tts_eval_does(text, expected):
    assert normalise_words(text, "en") == expected


def test_chinese_is_spaced_and_keeps_its_case():
    assert normalise_words("我爱A。", "zh") == "我 爱 A"


def test_the_ascii_apostrophe_alone_stays():
    assert "'" not in REMOVED
    assert {"’", "‘", "-", "。"} <= set(REMOVED)


@given(words, words)
def test_errors_are_at_least_the_difference_of_lengths(reference, heard):
    found = word_error_rate([reference], [heard]).utterances[0]
    said, got = reference.split(), heard.split()
    assert abs(len(said) - len(got)) <= found.errors <= max(len(said), len(got))
    assert found.words == len(said)


def test_mean_median_and_corpus_are_different_numbers():
    found = word_error_rate(
        ["one", "one two three four", "one two"], ["one two three four five", "one", "one two"]
    )
    assert found.per_utterance.tolist() == [4.0, 0.75, 0.0]
    assert found.value == pytest.approx(4.75 / 3)
    assert (found.median, found.corpus) == (0.75, 1.0)
    assert found.share_high == pytest.approx(2 / 3)


def test_a_limit_caps_one_bad_utterance_but_not_the_corpus():
    found = word_error_rate(["one", "two"], ["one two three four five", "two"], limit=1.0)
    assert (found.value, found.corpus) == (0.5, 2.0)


def test_silence_is_all_deletions():
    assert word_error_rate(["one two"], [""]).value == 1.0


def test_another_normalisation_is_used_in_its_place():
    found = word_error_rate(["Colour"], ["color"], normalise=lambda text: text.lower()[:3])
    assert found.value == 0.0


def test_a_reference_without_words_is_refused():
    with pytest.raises(DataError, match=r"The reference '\.\.\.' has no word left"):
        word_error_rate(["..."], ["one"])


def test_unequal_lists_are_refused():
    with pytest.raises(DataError, match="Got 2 references and 1 hypotheses"):
        word_error_rate(["one", "two"], ["one"])
    with pytest.raises(DataError, match="Got 0 references"):
        word_error_rate([], [])


def test_without_jiwer_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jiwer", None)
    with pytest.raises(DataError, match=r"pip install 'audio-omni\[eval\]'"):
        word_error_rate(["one"], ["one"])
