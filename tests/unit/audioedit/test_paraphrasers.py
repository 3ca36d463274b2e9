"""Models write more wordings: what they are asked, what is kept, and what it may cost."""

import json

import gemini_service as stand_in
import pytest
from audio_omni.core.errors import ConfigError, DataError
from audio_omni.plugins.audioedit.providers.contract import (
    Paraphraser,
    Place,
    ProviderFailure,
    Refusal,
    Written,
)
from audio_omni.plugins.audioedit.providers.gemini import pace
from audio_omni.plugins.audioedit.providers.gemini.config import GeminiParaphraserConfig
from audio_omni.plugins.audioedit.providers.gemini.paraphraser import GeminiParaphraser
from audio_omni.plugins.audioedit.providers.gemini.spending import spent
from audio_omni.plugins.audioedit.providers.mllm.config import MllmParaphraserConfig
from audio_omni.plugins.audioedit.providers.mllm.paraphraser import MllmParaphraser
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from audio_omni.plugins.audioedit.words.language import Language
from audio_omni.plugins.audioedit.words.languages import builtin_language
from audio_omni.plugins.audioedit.words.more import read_file, write_file
from audio_omni.plugins.audioedit.words.more_command import Request, cost_of, written_to
from audio_omni.plugins.audioedit.words.paraphrasing import brief_of, paraphrase
from gemini_service import failed, said
from scripted_listener import Listener, catalog_of

ENGLISH = builtin_language("en")
ANSWER = {
    "wordings": [
        "I can do without {the}.",
        "I CAN do without {the}!",
        "Erase {the}.",
        "Bark.",
        "Please get the dog out.",
        "Isolate {the} for me.",
        "Here {the} is too much.",
        "Please get {the} out of my recording.",
    ]
}
KEPT = ("I can do without {the}.", "Please get {the} out of my recording.")
REFUSED = {"agreement": 1, "duplicate": 2, "no_object": 1, "nonsense": 1, "other_task": 1}


class Scripted(Paraphraser):
    """Says one thing after the other; the last one stays."""

    licence = "Nobody's"

    def __init__(self, *answers):
        self.answers, self.briefs = list(answers), []

    def write(self, brief, count, seed):
        answer = self.answers[min(len(self.briefs), len(self.answers) - 1)]
        self.briefs.append((brief, count, seed))
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Refusal):
            return answer
        return Written(tuple(answer), "scripted-1", "2026-11-29")


def asked(provider, count=2, **changes):
    return paraphrase(provider, "scripted", "remove", ENGLISH, count=count, **changes)


def test_what_cannot_be_used_is_counted_by_reason():
    found = asked(Scripted(ANSWER["wordings"]), count=8)
    assert found.texts == KEPT
    assert found.asked.answered == 3 * len(ANSWER["wordings"])
    thrice = {reason: 3 * number for reason, number in REFUSED.items()}
    assert found.asked.rejected == {**thrice, "duplicate": thrice["duplicate"] + 2 * len(KEPT)}
    assert (found.asked.model, found.asked.date) == ("scripted-1", "2026-11-29")


def test_what_comes_after_there_are_enough_is_counted_apart():
    found = asked(Scripted(KEPT), count=1)
    assert (found.texts, found.asked.rejected) == (KEPT[:1], {"surplus": 1})


def test_asking_ends_when_there_are_enough():
    provider = Scripted([KEPT[0]], [KEPT[1]], ["Never asked for {the}."])
    assert asked(provider).texts == KEPT
    assert [count for _, count, _ in provider.briefs] == [2, 1]
    assert KEPT[0] in provider.briefs[1][0].known
    assert "Erase {the}." in provider.briefs[0][0].known


def test_what_is_known_already_is_not_taken_again():
    assert asked(Scripted([KEPT[0]], [KEPT[1]]), count=1, known=[KEPT[0]]).texts == (KEPT[1],)


def test_a_failure_keeps_what_came_before_it():
    found = asked(Scripted([KEPT[0]], ProviderFailure("busy")))
    assert (found.texts, found.stopped) == ((KEPT[0],), "busy")


@pytest.mark.parametrize("answer", [ProviderFailure("busy"), Refusal("provider_refused", "SAFETY")])
def test_no_answer_at_all_is_an_error_that_says_why(answer):
    with pytest.raises(DataError, match=r"scripted wrote no wording of 'remove' \(.*(busy|SAFETY)"):
        asked(Scripted(answer))


def test_a_language_without_verbs_cannot_be_checked():
    plain = Language.model_validate({**ENGLISH.model_dump(), "rules": {}})
    with pytest.raises(ConfigError, match=r"'en' has no rules\.verbs of add, remove"):
        paraphrase(Scripted([]), "scripted", "add", plain, count=1)


@pytest.mark.parametrize(
    ("lang", "task", "slots"),
    [
        ("en", "add", {"{a}": "a dog barking"}),
        ("en", "style", {"{the}": "the barking dog", "{b}": "a cat meowing"}),
        (
            "de",
            "remove",
            {
                "{the}": "der bellende Hund",
                "{the_acc}": "den bellenden Hund",
                "{the_dat}": "dem bellenden Hund",
            },
        ),
        (
            "de",
            "style",
            {
                "{the}": "der bellende Hund",
                "{the_acc}": "den bellenden Hund",
                "{the_dat}": "dem bellenden Hund",
                "{b}": "eine miauende Katze",
                "{b_a_acc}": "eine miauende Katze",
                "{b_a_dat}": "einer miauenden Katze",
            },
        ),
    ],
)
def test_slots_are_offered_with_examples(lang, task, slots):
    brief = brief_of(task, builtin_language(lang), ())
    assert brief.slots == slots
    assert brief.language == {"en": "English", "de": "German"}[lang]


@pytest.fixture
def service(monkeypatch):
    pytest.importorskip("google.genai", reason="needs google-genai")
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setattr(pace, "FIRST_WAIT_S", 0.01)
    with stand_in.serving() as running:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", running.url)
        running.will(said(ANSWER))
        yield running


def gemini(root, *, tokens=None, **options):
    provider = GeminiParaphraser(
        GeminiParaphraserConfig(**{"requests_per_minute": 60000, **options})
    )
    provider.bind(Place(root, None, None, tokens))
    provider.check()
    return provider


def test_gemini_is_asked_in_words_without_sound(service, tmp_path):
    found = paraphrase(gemini(tmp_path), "gemini_paraphraser", "remove", ENGLISH, count=2)
    assert found.texts == KEPT
    assert found.asked.rejected == REFUSED
    assert found.asked.model == "gemini-2.5-pro-stand-in"
    assert len(found.asked.prompt_sha256) == 64
    (request,) = service.requests
    (words,) = request["body"]["contents"][0]["parts"]
    assert "Write 2 short sentences in English" in words["text"]
    assert "{the}: the barking dog" in words["text"]
    assert "Erase {the}." in words["text"]
    assert "wordings" in request["body"]["generationConfig"]["responseJsonSchema"]["properties"]


def test_an_answer_is_kept_and_free_the_second_time(service, tmp_path):
    for _ in range(2):
        paraphrase(gemini(tmp_path), "gemini_paraphraser", "remove", ENGLISH, count=2)
    assert len(service.requests) == 1
    assert spent(tmp_path).calls == 1


def test_a_budget_stops_before_it_is_passed(service, tmp_path):
    with pytest.raises(StopRun, match=r"budget_tokens = 100 would be passed"):
        paraphrase(gemini(tmp_path, tokens=100), "gemini_paraphraser", "add", ENGLISH, count=2)
    assert not service.requests


def test_the_estimate_is_never_less_than_what_is_set_aside(service, tmp_path):
    provider = gemini(tmp_path)
    brief = brief_of("style", builtin_language("de"), ())
    question = provider.asking.question(provider.words(brief, 25), Language)
    words = provider.asking.most(question, 0.0).tokens - len(str(question.schema).encode()) // 2
    assert cost_of(provider, 20).calls == 3
    assert cost_of(provider, 20).tokens > 3 * words


def test_bad_json_twice_is_told(service, tmp_path):
    service.will(said("no json"))
    with pytest.raises(DataError, match="were no JSON in form"):
        paraphrase(gemini(tmp_path), "gemini_paraphraser", "add", ENGLISH, count=2)


def test_a_key_that_is_refused_stops(service, tmp_path):
    service.will(failed(401, "UNAUTHENTICATED"))
    with pytest.raises(StopRun, match="Check the key"):
        paraphrase(gemini(tmp_path), "gemini_paraphraser", "add", ENGLISH, count=2)


def test_a_model_on_this_machine_is_asked_for_the_same(tmp_path):
    listener = Listener(["Sure!", json.dumps(ANSWER)])
    provider = MllmParaphraser(MllmParaphraserConfig(model={"model": "a-model"}))
    provider.bind(Place(tmp_path, catalog_of(listener)))
    found = paraphrase(provider, "mllm_paraphraser", "remove", ENGLISH, count=2)
    assert found.texts == KEPT
    assert found.asked.model == "a-model"
    assert '"wordings"' in listener.asked[0][0].text
    assert len(listener.asked) == 2


def test_a_file_gets_more_and_keeps_its_verdicts(tmp_path):
    request = Request("remove", "en", 1, tmp_path / "sub" / "more.yaml")
    written_to(request, Scripted([KEPT[0]]), "scripted")
    content = read_file(request.output)
    (first,) = content.wordings
    judged = content.model_copy(
        update={"wordings": (first.model_copy(update={"accepted": False}),)}
    )
    write_file(request.output, judged)
    written_to(request, Scripted([KEPT[0], KEPT[1]], [KEPT[1]]), "scripted")
    content = read_file(request.output)
    assert [(w.text, w.accepted) for w in content.wordings] == [(KEPT[0], False), (KEPT[1], None)]
    assert len(content.asked) == 2


def test_a_file_of_another_language_is_left_alone(tmp_path):
    path = tmp_path / "more.yaml"
    written_to(Request("remove", "en", 1, path), Scripted([KEPT[0]]), "scripted")
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="is in 'en'; name another file for 'de'"):
        written_to(Request("remove", "de", 1, path), Scripted([]), "scripted")
    with pytest.raises(ConfigError, match=r"no wordings in 'fr'.*--words-file"):
        written_to(Request("remove", "fr", 1, path), Scripted([]), "scripted")
    assert path.read_bytes() == before
