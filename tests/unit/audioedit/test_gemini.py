"""Gemini as labeller: what the service may do to a run, and what a run must never do."""

import logging
import re
from dataclasses import replace
from pathlib import Path

import gemini_service as stand_in
import numpy as np
import pytest
from audio_omni.core.errors import ConfigError
from audio_omni.plugins.audioedit.providers.contract import (
    Clip,
    Labels,
    Place,
    ProviderFailure,
    Refusal,
)
from audio_omni.plugins.audioedit.providers.gemini import pace
from audio_omni.plugins.audioedit.providers.gemini.config import (
    GeminiLabelerConfig,
    GeminiStyleWordsConfig,
)
from audio_omni.plugins.audioedit.providers.gemini.labeler import GeminiLabeler
from audio_omni.plugins.audioedit.providers.gemini.spending import spent
from audio_omni.plugins.audioedit.providers.gemini.style_words import GeminiStyleWords
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from gemini_service import DUCK, LABELS, blocked, failed, said

pytest.importorskip("google.genai", reason="needs google-genai: pip install 'audio-omni[gemini]'")

KEY = "AIzaTestKeyThatMustNeverBeSeen0123456789"
CLIP = Clip("a", np.zeros(32000, np.float32), 16000, "0" * 64, {"label": "dog barking"})


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setattr(pace, "FIRST_WAIT_S", 0.01)
    with stand_in.serving() as running:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", running.url)
        yield running


def labeler(root, *, budget_usd=None, budget_tokens=None, **options):
    config = GeminiLabelerConfig(**{"requests_per_minute": 60000, **options})
    provider = GeminiLabeler(config)
    provider.bind(Place(root, None, budget_usd, budget_tokens))
    provider.check()
    return provider


def everything_written(root: Path) -> str:
    return "\n".join(
        path.read_text("utf-8", "replace") for path in root.rglob("*") if path.is_file()
    )


def test_names_what_it_hears_and_who_said_so(service, tmp_path):
    heard = labeler(tmp_path).label(CLIP)
    assert isinstance(heard, Labels)
    assert [source.label for source in heard.sources] == ["dog barking"]
    assert heard.asked.startswith("gemini-2.5-pro-stand-in, 20")


def test_sends_sound_words_and_form_in_one_request(service, tmp_path):
    labeler(tmp_path, thinking_budget=128, hint="class").label(CLIP)
    (request,) = service.requests
    assert request["path"].endswith("models/gemini-2.5-pro:generateContent")
    sound, words = request["body"]["contents"][0]["parts"]
    assert "audio/flac" in sound["inlineData"].values()
    assert "at most five" in words["text"]
    assert 'filed it under "dog barking"' in words["text"]
    generation = request["body"]["generationConfig"]
    assert generation["responseMimeType"] == "application/json"
    assert "sources" in generation["responseJsonSchema"]["properties"]
    assert (generation["temperature"], generation["seed"]) == (0.0, 0)
    assert list(generation["thinkingConfig"].values()) == [128]


def test_the_class_is_no_hint_unless_asked_for(service, tmp_path):
    labeler(tmp_path).label(CLIP)
    assert "filed" not in str(service.requests[0]["body"])


def test_sound_is_sent_at_16_khz_mono(service, tmp_path):
    import base64
    import io

    import soundfile

    tone = np.sin(np.arange(44100) * 0.1).astype(np.float32)
    labeler(tmp_path).label(replace(CLIP, samples=tone, sample_rate_hz=44100))
    data = service.requests[0]["body"]["contents"][0]["parts"][0]["inlineData"]["data"]
    samples, rate = soundfile.read(io.BytesIO(base64.urlsafe_b64decode(data)))
    assert (samples.shape, rate) == ((16000,), 16000)


def test_busy_then_well(service, tmp_path):
    service.will(
        failed(429, "RESOURCE_EXHAUSTED", delay=0.1), failed(503, "UNAVAILABLE"), said(LABELS)
    )
    assert isinstance(labeler(tmp_path).label(CLIP), Labels)
    assert len(service.requests) == 3
    assert spent(tmp_path).calls == 1


def test_the_delay_that_the_service_asks_for_holds_for_everyone(service, tmp_path, monkeypatch):
    import time

    service.will(failed(429, "RESOURCE_EXHAUSTED", delay=0.4), said(LABELS))
    began = time.monotonic()
    labeler(tmp_path).label(CLIP)
    assert time.monotonic() - began >= 0.4
    assert "slower" in (tmp_path / "answers" / "pace.json").read_text()


def test_a_delay_beyond_reason_stops_the_run(service, tmp_path):
    service.will(failed(429, "RESOURCE_EXHAUSTED", delay=36000))
    with pytest.raises(StopRun, match="36000 s"):
        labeler(tmp_path).label(CLIP)
    assert len(service.requests) == 1


@pytest.mark.parametrize("code", [408, 500, 529])
def test_any_fault_of_the_service_itself_may_pass(code, service, tmp_path):
    service.will(failed(code, "WHO_KNOWS", delay=0.1), said(LABELS))
    assert isinstance(labeler(tmp_path).label(CLIP), Labels)
    assert len(service.requests) == 2


def test_a_busy_service_is_asked_five_times(service, tmp_path):
    service.will(failed(503, "UNAVAILABLE"))
    with pytest.raises(ProviderFailure, match="503") as failure:
        labeler(tmp_path).label(CLIP)
    assert (failure.value.retryable, failure.value.reason) == (True, "provider_busy")
    assert len(service.requests) == 5
    assert spent(tmp_path).tokens == 0


def test_a_service_that_cannot_be_reached(tmp_path, service, monkeypatch):
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(ProviderFailure) as failure:
        labeler(tmp_path, attempts=2).label(CLIP)
    assert (failure.value.retryable, failure.value.reason) == (True, "provider_unreachable")


@pytest.mark.parametrize(("code", "status"), [(401, "UNAUTHENTICATED"), (404, "NOT_FOUND")])
def test_what_fails_for_every_clip_stops_the_run(service, tmp_path, code, status):
    service.will(failed(code, status, message=f"model retired; your key {KEY} is fine"))
    with pytest.raises(StopRun, match="model") as stop:
        labeler(tmp_path).label(CLIP)
    assert KEY not in str(stop.value)


def test_a_request_that_is_wrong_is_no_reason_to_ask_again(service, tmp_path):
    service.will(failed(400, "INVALID_ARGUMENT", message="odd sound"))
    with pytest.raises(ProviderFailure, match="odd sound") as failure:
        labeler(tmp_path).label(CLIP)
    assert not failure.value.retryable
    assert len(service.requests) == 1


def test_bad_json_is_repaired_once(service, tmp_path):
    service.will(said("I hear a dog"), said(LABELS))
    assert isinstance(labeler(tmp_path).label(CLIP), Labels)
    words = service.requests[1]["body"]["contents"][0]["parts"][1]["text"]
    assert "I hear a dog" in words
    assert "no JSON object" in words


@pytest.mark.parametrize("answer", ["", '{"sources": 3}', '{"sources": [', "[[["])
def test_bad_json_twice_is_a_failure_that_is_asked_anew(service, tmp_path, answer):
    service.will(said(answer))
    provider = labeler(tmp_path)
    with pytest.raises(ProviderFailure) as failure:
        provider.label(CLIP)
    assert (failure.value.retryable, failure.value.reason) == (True, "bad_json")
    assert len(service.requests) == 2
    service.will(said(LABELS))
    assert isinstance(provider.label(CLIP), Labels)


@pytest.mark.parametrize("finish", ["SAFETY", "RECITATION", "PROHIBITED_CONTENT", "OTHER"])
def test_a_refusal_is_final_and_free_the_second_time(service, tmp_path, finish):
    service.will(said("", finish=finish))
    assert labeler(tmp_path).label(CLIP) == Refusal("provider_refused", finish)
    assert labeler(tmp_path).label(CLIP) == Refusal("provider_refused", finish)
    assert len(service.requests) == 1


def test_a_prompt_that_is_blocked_is_a_refusal(service, tmp_path):
    service.will(blocked())
    assert labeler(tmp_path).label(CLIP) == Refusal("provider_refused", "PROHIBITED_CONTENT")


def test_an_answer_that_is_cut_off_says_what_to_raise(service, tmp_path):
    service.will(said('{"sources": [', finish="MAX_TOKENS"))
    with pytest.raises(ProviderFailure, match="max_output_tokens = 4096") as failure:
        labeler(tmp_path).label(CLIP)
    assert (failure.value.retryable, failure.value.reason) == (False, "max_tokens")
    assert spent(tmp_path).tokens == 500


def test_an_empty_list_is_an_answer(service, tmp_path):
    service.will(said({**LABELS, "sources": []}))
    heard = labeler(tmp_path).label(CLIP)
    assert heard.sources == ()
    assert len(service.requests) == 1


def test_no_candidate_and_no_reason_is_a_failure(service, tmp_path):
    service.will((200, {}, {}))
    with pytest.raises(ProviderFailure) as failure:
        labeler(tmp_path).label(CLIP)
    assert (failure.value.retryable, failure.value.reason) == (True, "no_answer")


def test_a_second_run_is_free(service, tmp_path):
    first = labeler(tmp_path).label(CLIP)
    again = labeler(tmp_path).label(CLIP)
    assert first == again
    assert len(service.requests) == 1
    assert spent(tmp_path).calls == 1


def test_what_changes_the_answer_asks_anew(service, tmp_path):
    labeler(tmp_path).label(CLIP)
    labeler(tmp_path, model="gemini-3-flash").label(CLIP)
    labeler(tmp_path).label(replace(CLIP, sha256="1" * 64))
    assert len(service.requests) == 3


def test_a_damaged_answer_is_asked_for_again(service, tmp_path):
    labeler(tmp_path).label(CLIP)
    (kept,) = (tmp_path / "answers").glob("??/*.json")
    kept.write_text(kept.read_text()[:40])
    labeler(tmp_path).label(CLIP)
    assert len(service.requests) == 2


def test_what_is_spent_is_counted_with_thoughts(service, tmp_path):
    prices = {"usd_per_million_input": 1.0, "usd_per_million_output": 10.0}
    labeler(tmp_path, **prices).label(CLIP)
    found = spent(tmp_path)
    assert (found.calls, found.tokens) == (1, 500)
    assert found.usd == pytest.approx((400 * 1 + 100 * 10) / 1e6)
    log = (tmp_path / "answers" / "usage.jsonl").read_text()
    assert '"thoughts_token_count": 20' in log
    assert '"stage": "label"' in log
    assert found.by_stage == {"label": {"calls": 1, "tokens": 500, "usd": pytest.approx(found.usd)}}


@pytest.mark.parametrize(
    ("budget", "name"),
    [({"budget_tokens": 12000}, "budget_tokens"), ({"budget_usd": 0.045}, "budget_usd")],
)
def test_a_budget_is_never_passed_and_the_run_can_go_on(service, tmp_path, budget, name):
    prices = {"usd_per_million_input": 1.0, "usd_per_million_output": 10.0}
    tight = labeler(tmp_path, **budget, **prices)
    clips = [replace(CLIP, sha256=f"{number:064x}") for number in range(100)]
    with pytest.raises(StopRun, match=f"limits.{name}") as stop:
        list(map(tight.label, clips))
    assert "same command" in str(stop.value)
    asked = len(service.requests)
    assert 0 < asked < 100
    found = spent(tmp_path)
    assert found.tokens <= budget.get("budget_tokens", 1e9)
    assert found.usd <= budget.get("budget_usd", 1e9)
    wide = labeler(tmp_path, **prices)
    for clip in clips:
        wide.label(clip)
    assert len(service.requests) == 100


def test_a_budget_in_money_needs_prices(service, tmp_path):
    with pytest.raises(ConfigError, match="usd_per_million_input"):
        labeler(tmp_path, budget_usd=1.0)


def test_many_clips_are_asked_together_and_come_in_order(service, tmp_path):
    def echo(request):
        number = request["body"]["contents"][0]["parts"][1]["text"].rpartition('"sound ')[2][0]
        if number == "3":
            return failed(400, "INVALID_ARGUMENT")
        return said({"sources": [{"label": f"sound of kind {'abcdefgh'[int(number)]}"}]})

    service.will(echo)
    clips = [replace(CLIP, sha256=f"{n:064x}", facts={"label": f"sound {n}"}) for n in range(8)]
    heard = labeler(tmp_path, hint="class", together=4).label_many(clips)
    assert isinstance(heard[3], ProviderFailure)
    labels = [h.sources[0].label for i, h in enumerate(heard) if i != 3]
    assert labels == [f"sound of kind {letter}" for letter in "abcefgh"]


def test_without_a_key_it_fails_before_work_and_names_the_variable(tmp_path, monkeypatch):
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="GEMINI_API_KEY"):
        labeler(tmp_path)


def test_the_key_is_nowhere(service, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    service.will(
        failed(429, "RESOURCE_EXHAUSTED", message=f"too many with {KEY}"),
        said("no json"),
        said(LABELS),
        failed(400, "INVALID_ARGUMENT", message=f"bad key {KEY}"),
        failed(503, "UNAVAILABLE", message=f"busy for {KEY}"),
    )
    provider = labeler(tmp_path, attempts=2)
    told = [repr(provider.label(CLIP)), repr(vars(provider.options)), provider.fingerprint()]
    for number in (1, 2):
        with pytest.raises(ProviderFailure) as failure:
            provider.label(replace(CLIP, sha256=f"{number:064x}"))
        chain = failure.value
        assert chain.__cause__ is None
        assert chain.__suppress_context__
        told.append(str(chain))
    assert any(r["headers"].get("x-goog-api-key") == KEY for r in service.requests)
    out, err = capfd.readouterr()
    seen = "\n".join([*told, out, err, caplog.text, everything_written(tmp_path)])
    assert KEY not in seen
    assert "[key]" in told[-1]


def test_what_it_costs_at_most_is_known_before(service, tmp_path):
    provider = labeler(tmp_path, usd_per_million_input=1.0, usd_per_million_output=10.0)
    estimate = provider.estimate(100, 2.0)
    for number in range(3):
        provider.label(replace(CLIP, sha256=f"{number:064x}"))
    found = spent(tmp_path)
    assert estimate.calls == 100
    assert found.tokens / 3 <= estimate.tokens / 100
    assert found.usd / 3 <= estimate.usd / 100


def test_prompt_is_part_of_the_fingerprint_and_pace_is_not(tmp_path):
    wording = tmp_path / "mine.txt"
    wording.write_text("Name all that sounds.{{hint}}")
    plain = GeminiLabeler(GeminiLabelerConfig()).fingerprint()
    slow = GeminiLabeler(GeminiLabelerConfig(requests_per_minute=1, attempts=2)).fingerprint()
    mine = GeminiLabeler(GeminiLabelerConfig(prompt=str(wording))).fingerprint()
    assert plain == slow != mine


def test_a_prompt_with_an_unknown_slot_is_refused(tmp_path):
    wording = tmp_path / "mine.txt"
    wording.write_text("Name all that sounds in {{room}}.")
    with pytest.raises(ConfigError, match="room"):
        GeminiLabeler(GeminiLabelerConfig(prompt=str(wording)))


def test_style_words_avoid_the_scene_and_keep_to_the_family(service, tmp_path):
    rain = {**DUCK, "label": "rain falling", "family": "nature"}
    cat = {**DUCK, "label": "Cat meows", "indefinite": "a cat"}
    own = {**DUCK, "label": "dogs bark"}
    service.will(said({"sounds": [rain, own, cat, DUCK, DUCK]}))
    writer = GeminiStyleWords(GeminiStyleWordsConfig(requests_per_minute=60000))
    writer.bind(Place(tmp_path, None))
    words = writer.suggest("dog barking", 3, ["cat meowing"], 5)
    assert [word.label for word in words] == ["duck quacking"]
    assert re.fullmatch(r"gemini-2\.5-pro.*, \d{4}-\d\d-\d\d", words[0].asked)
    body = service.requests[0]["body"]
    assert body["generationConfig"]["seed"] == 5
    assert set(spent(tmp_path).by_stage) == {"style_words"}
    assert "nothing already in: cat meowing" in body["contents"][0]["parts"][0]["text"]
