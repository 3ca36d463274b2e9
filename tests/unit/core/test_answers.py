from types import SimpleNamespace

import pytest
from audio_omni.core.answers import answer, answering_conditioner
from audio_omni.core.errors import ConfigError, RequestError, UnknownNameError
from audio_omni.core.wording import TaskWording
from audio_omni.plugins.manager import build_plugin_manager


class Echo:
    """A conditioner that answers with what it was asked, word by word."""

    def answer(self, prompt, *, max_new_tokens=1024, temperature=0.0, seed=None):
        self.asked = prompt, max_new_tokens, temperature, seed
        return iter(prompt.text.split()[:max_new_tokens])

    def answer_conversions(self, prompt):
        return ("listened closely",)


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False)


def model(**conditioners):
    return SimpleNamespace(conditioners=conditioners)


def test_the_conditioner_that_answers_is_asked(host):
    echo = Echo()
    found = answer(
        model(mel=object(), prompt=echo),
        host,
        "understanding",
        {"question": "What is heard?"},
        max_new_tokens=2,
        temperature=0.5,
        seed=3,
    )
    assert next(found) == "What"
    assert list(found) == ["is"]
    assert (found.task, found.conversions) == ("understanding", ("listened closely",))
    prompt, *options = echo.asked
    assert options == [2, 0.5, 3]
    assert prompt.system


def test_wording_of_the_model(host):
    echo = Echo()
    own = {"understanding": TaskWording(system="Listen.", user="Q: {question}")}
    answer(model(prompt=echo), host, "understanding", {"question": "what"}, own)
    assert (echo.asked[0].system, echo.asked[0].text) == ("Listen.", "Q: what")


def test_model_that_cannot_answer_is_told():
    with pytest.raises(ConfigError, match=r"none of its conditioners \('mel', 't5'\)"):
        answering_conditioner(model(mel=object(), t5=object()))


def test_task_that_gives_audio_is_refused(host):
    with pytest.raises(RequestError, match=r"'text_to_audio' gives audio; expected .* text"):
        answer(model(prompt=Echo()), host, "T2A", {"prompt": "rain"})


def test_bad_requests(host):
    with pytest.raises(UnknownNameError, match="understandings"):
        answer(model(prompt=Echo()), host, "understandings", {})
    with pytest.raises(RequestError, match="'question' is required"):
        answer(model(prompt=Echo()), host, "understanding", {})
