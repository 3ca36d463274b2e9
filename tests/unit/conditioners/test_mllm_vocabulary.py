import pytest
from audio_omni.conditioners.mllm.config import LocalThinkerConfig
from audio_omni.conditioners.mllm.local_processor import build_processor
from audio_omni.plugins.soundworld.words import vocabulary_words
from audio_omni.tasks import prompts


@pytest.fixture(scope="module")
def tokenizer():
    return build_processor(LocalThinkerConfig(width=32)).tokenizer


def pieces(tokenizer, word):
    """How many tokens a word has inside a sentence."""
    return len(tokenizer.tokenize(f"a {word}")) - 1


@pytest.mark.parametrize(("language", "whole"), [("en", 0.97), ("de", 0.97), ("es", 0.96)])
def test_words_of_the_world_are_one_token_or_two(tokenizer, language, whole):
    words = [w for w in vocabulary_words(language) if language == "de" or w.islower()]
    counts = [pieces(tokenizer, word) for word in words]
    assert max(counts) <= 2
    assert sum(count == 1 for count in counts) / len(counts) >= whole


def test_a_word_that_opens_an_answer_is_one_token(tokenizer):
    openings = [w[0].upper() + w[1:] for w in vocabulary_words("en")]
    assert [word for word in openings if len(tokenizer.tokenize(word)) > 1] == []


def test_words_of_the_tasks_are_whole(tokenizer):
    texts = [w.system for w in vars(prompts).values() if isinstance(w, prompts.TaskWording)]
    words = {word.strip(".,") for text in texts for word in text.split()}
    assert [w for w in words if w.islower() and pieces(tokenizer, w) > 1] == []
