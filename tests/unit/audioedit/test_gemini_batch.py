"""Gemini in batch mode: one job, matched by key, found again by whoever comes after a crash."""

import json
from dataclasses import replace

import gemini_service as stand_in
import numpy as np
import pytest
from audio_omni.plugins.audioedit.providers.contract import Clip, Labels, Place, Refusal
from audio_omni.plugins.audioedit.providers.gemini import batch, pace
from audio_omni.plugins.audioedit.providers.gemini.config import GeminiLabelerConfig
from audio_omni.plugins.audioedit.providers.gemini.labeler import GeminiLabeler
from audio_omni.plugins.audioedit.providers.gemini.spending import spent
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from gemini_service import said

pytest.importorskip("google.genai", reason="needs google-genai: pip install 'audio-omni[gemini]'")

CLIPS = [
    Clip(f"{n}", np.zeros(1600, np.float32), 16000, f"{n:064x}", {"label": f"sound {n}"})
    for n in range(4)
]


def number_of(request):
    text = request["request"]["contents"][0]["parts"][1]["text"]
    return int(text.rpartition('"sound ')[2][0])


def names_its_number(request):
    label = f"thing {'abcd'[number_of(request)]} ringing"
    return said({"sources": [{"label": label}]})[2]


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setattr(pace, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(batch, "POLL_SECONDS", 0.01)
    with stand_in.serving() as running:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", running.url)
        running.jobs.answer = names_its_number
        yield running


def labeler(root, *, budget_tokens=None, **options):
    given = {"requests_per_minute": 60000, "mode": "batch", "hint": "class", **options}
    provider = GeminiLabeler(GeminiLabelerConfig(**given))
    provider.bind(Place(root, None, None, budget_tokens))
    return provider


def labels(heard):
    return [one.sources[0].label for one in heard]


RIGHT = [f"thing {letter} ringing" for letter in "abcd"]


def test_results_are_matched_by_key_not_by_order(service, tmp_path):
    assert labels(labeler(tmp_path).label_many(CLIPS)) == RIGHT
    assert service.jobs.created == 1
    assert service.requests == []
    assert spent(tmp_path).tokens == 4 * 500


def test_a_second_run_hands_in_nothing(service, tmp_path):
    labeler(tmp_path).label_many(CLIPS)
    assert labels(labeler(tmp_path).label_many(CLIPS)) == RIGHT
    assert (service.jobs.created, service.requests) == (1, [])


def test_only_what_is_not_known_is_handed_in(service, tmp_path):
    labeler(tmp_path).label_many(CLIPS[:2])
    assert labels(labeler(tmp_path).label_many(CLIPS)) == RIGHT
    assert sorted(len(job) for job in service.jobs.jobs.values()) == [2, 2]


def test_a_run_that_ends_before_its_job_finds_it_again(service, tmp_path):
    service.jobs.states = ["BATCH_STATE_RUNNING"]
    with pytest.raises(StopRun, match="goes on without this run"):
        labeler(tmp_path, batch_wait_s=0).label_many(CLIPS)
    service.jobs.states = ["BATCH_STATE_SUCCEEDED"]
    assert labels(labeler(tmp_path).label_many(CLIPS)) == RIGHT
    assert service.jobs.created == 1
    assert spent(tmp_path).tokens == 4 * 500


def test_a_job_is_found_again_by_a_run_that_asks_one_by_one(service, tmp_path):
    service.jobs.states = ["BATCH_STATE_RUNNING"]
    with pytest.raises(StopRun):
        labeler(tmp_path, batch_wait_s=0).label_many(CLIPS)
    service.jobs.states = ["BATCH_STATE_SUCCEEDED"]
    again = labeler(tmp_path)
    assert labels([again.label_many([clip])[0] for clip in CLIPS]) == RIGHT
    assert (service.jobs.created, service.requests) == (1, [])
    assert spent(tmp_path).tokens == 4 * 500
    assert list((tmp_path / "answers" / "jobs").glob("*.json")) == []


def test_a_job_has_as_many_clips_as_a_part():
    options = GeminiLabelerConfig(mode="batch")
    assert GeminiLabeler(options).together == 1024
    assert GeminiLabeler(GeminiLabelerConfig(together=3)).together == 12


def test_a_job_that_fails_stops_the_run_and_is_forgotten(service, tmp_path):
    service.jobs.states = ["BATCH_STATE_FAILED"]
    with pytest.raises(StopRun, match="JOB_STATE_FAILED"):
        labeler(tmp_path).label_many(CLIPS)
    assert spent(tmp_path).tokens == 0
    service.jobs.states = ["BATCH_STATE_SUCCEEDED"]
    assert labels(labeler(tmp_path).label_many(CLIPS)) == RIGHT
    assert service.jobs.created == 2


def test_what_a_job_leaves_out_is_asked_online(service, tmp_path):
    service.jobs.answer = lambda r: None if number_of(r) == 2 else names_its_number(r)
    heard = labeler(tmp_path).label_many(CLIPS)
    assert labels(heard) == [*RIGHT[:2], "dog barking", RIGHT[3]]
    assert len(service.requests) == 1


def test_a_refusal_of_a_job_is_kept(service, tmp_path):
    service.jobs.answer = lambda r: said("", finish="SAFETY")[2]
    assert labeler(tmp_path).label_many(CLIPS) == [Refusal("provider_refused", "SAFETY")] * 4
    assert service.requests == []


def test_the_same_question_online_is_answered_by_the_job(service, tmp_path):
    labeler(tmp_path).label_many(CLIPS)
    online = labeler(tmp_path, mode="online").label(CLIPS[1])
    assert isinstance(online, Labels)
    assert service.requests == []


def test_a_budget_holds_before_a_job_is_handed_in(service, tmp_path):
    with pytest.raises(StopRun, match="budget_tokens"):
        labeler(tmp_path, budget_tokens=5000).label_many(CLIPS)
    assert service.jobs.created == 0


def test_a_job_asks_what_is_asked_online(service, tmp_path):
    labeler(tmp_path).label_many(CLIPS[:1])
    (handed,) = service.jobs.jobs["batches/1"]
    online = labeler(tmp_path / "other", mode="online")
    online.label(CLIPS[0])
    body = service.requests[0]["body"]
    sent = handed["request"]
    assert sent["contents"][0]["parts"][1] == body["contents"][0]["parts"][1]
    assert set(sent["generationConfig"]) == set(body["generationConfig"])
    assert sent["generationConfig"]["responseJsonSchema"] == json.loads(
        json.dumps(body["generationConfig"]["responseJsonSchema"])
    )


def test_odd_lines_of_a_result_leave_their_questions_open():
    good = {"key": "k", "response": said("{}")[2]}
    data = b"\n".join([b"no json", b"[]", b'{"key": "e", "error": {}}', json.dumps(good).encode()])
    found = dict(batch.result_answers(data))
    assert set(found) == {"e", "k"}
    assert found["e"] is None
    assert found["k"].text == "{}"


def test_clips_that_are_equal_are_handed_in_once(service, tmp_path):
    twice = [CLIPS[0], replace(CLIPS[0], id="other")]
    assert labels(labeler(tmp_path).label_many(twice)) == [RIGHT[0]] * 2
    assert len(service.jobs.jobs["batches/1"]) == 1
