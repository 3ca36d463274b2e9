"""A run with Gemini: a spent budget stops it cleanly, and nothing is paid for twice."""

import errno
import json
import multiprocessing
import os
from collections import Counter
from pathlib import Path

import gemini_service as stand_in
import numpy as np
import pytest
import soundfile
from audio_omni.plugins.audioedit.config import AudioEditConfig
from audio_omni.plugins.audioedit.estimating import estimate
from audio_omni.plugins.audioedit.providers.contract import Place
from audio_omni.plugins.audioedit.providers.gemini import pace
from audio_omni.plugins.audioedit.providers.gemini.config import GeminiConfig
from audio_omni.plugins.audioedit.providers.gemini.pace import Pace
from audio_omni.plugins.audioedit.providers.gemini.shared_state import read_state, shared_state
from audio_omni.plugins.audioedit.providers.gemini.spending import Spending, Usage, spent
from audio_omni.plugins.audioedit.real.steps import real_steps
from audio_omni.plugins.audioedit.stages.parts import parts_in
from audio_omni.plugins.audioedit.stages.pipeline import stage_keys
from audio_omni.plugins.audioedit.stages.runner import in_this_process, run_steps
from audio_omni.plugins.audioedit.stages.stopping import StopRun
from audio_omni.plugins.audioedit.stages.workshop import Job, Workshop
from audio_omni.plugins.manager import build_plugin_manager
from gemini_processes import PRICES, set_aside, wait

RATE, CLIPS = 16000, 6


@pytest.fixture
def service(monkeypatch):
    pytest.importorskip("google.genai", reason="needs google-genai")
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    monkeypatch.setattr(pace, "FIRST_WAIT_S", 0.01)
    with stand_in.serving() as running:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", running.url)
        yield running


@pytest.fixture
def scenes(tmp_path):
    rng, rows = np.random.default_rng(0), []
    for number in range(CLIPS):
        noise = rng.normal(0, 0.1, RATE * 2).astype(np.float32)
        soundfile.write(tmp_path / f"{number}.wav", noise, RATE)
        rows.append({"id": f"{number}", "audio": f"{number}.wav", "caption": "", "label": "dog"})
    path = tmp_path / "manifest.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return f"manifest:{path}"


def config_of(scenes, **limits):
    labeler = {
        "name": "gemini_labeler",
        "options": {"requests_per_minute": 60000, "together": 1, **PRICES},
    }
    return AudioEditConfig(
        sample_rate_hz=RATE,
        clip_seconds=2.0,
        limits={"backoff_s": 0.0, "min_free_bytes": 0, **limits},
        real={
            "scenes": [{"uri": scenes}],
            "labeler": labeler,
            "separator": {"name": "sam_audio"},  # its stages do not run here
            "clips": {"least_seconds": 1.9},
        },
    )


def open_catalog():
    return build_plugin_manager(entry_points=False)


def label(root, config):
    """Run up to the labels, and count their outcomes."""
    steps = [step for step in real_steps(config) if step.name in {"index", "label"}]
    workshop = Workshop(root, config, open_catalog())
    workshop.keys = stage_keys(steps, workshop)
    workshop.provider("labeler", config.real.labeler).check()
    job = Job(root, config, open_catalog, workshop.keys)

    def execute(job, works, tally):
        in_this_process(job, works, tally, workshop=workshop)

    try:
        run_steps(job, workshop, steps, execute)
    finally:
        parts = parts_in(workshop.folder("label"))
        counts = Counter(line.outcome for part in parts for line in part.lines())
    return counts


def test_a_spent_budget_stops_the_run_and_a_larger_one_goes_on(service, scenes, tmp_path):
    root = tmp_path / "made"
    with pytest.raises(StopRun, match=r"limits\.budget_tokens = 8000"):
        label(root, config_of(scenes, budget_tokens=8000))
    asked = len(service.requests)
    assert 0 < asked < CLIPS
    assert spent(root).tokens == 500 * asked <= 8000
    assert label(root, config_of(scenes)) == {"kept": CLIPS}
    assert len(service.requests) == CLIPS


def test_another_run_of_the_same_stage_asks_nothing(service, scenes, tmp_path):
    root = tmp_path / "made"
    label(root, config_of(scenes))
    folder = next((root / "stages" / "label").iterdir())
    for path in folder.iterdir():
        path.unlink()
    assert label(root, config_of(scenes)) == {"kept": CLIPS}
    assert len(service.requests) == CLIPS


def test_failures_are_asked_again_by_the_next_run_and_refusals_are_not(service, scenes, tmp_path):
    root = tmp_path / "made"
    told = [stand_in.said("", finish="SAFETY"), stand_in.said("no json")]
    heard = []

    def by_clip(request):
        sound = request["body"]["contents"][0]["parts"][0]["inlineData"]["data"]
        if sound not in heard:
            heard.append(sound)
        number = heard.index(sound)
        return told[number] if number < len(told) else stand_in.said(stand_in.LABELS)

    service.will(by_clip)
    assert label(root, config_of(scenes, max_attempts=3)) == {
        "kept": CLIPS - 2, "rejected": 1, "failed": 1,
    }  # fmt: skip
    service.will(stand_in.said(stand_in.LABELS))
    assert label(root, config_of(scenes)) == {"kept": CLIPS - 1, "rejected": 1}
    assert len(service.requests) == 1


def test_plan_tells_what_labels_cost_at_most(service, scenes, tmp_path):
    config = config_of(scenes)
    told = estimate(config, open_catalog()).labelling
    assert (told.labeler, told.clips) == ("gemini_labeler", CLIPS)
    assert service.requests == []
    root = tmp_path / "made"
    label(root, config)
    assert 0 < spent(root).tokens < told.tokens
    assert 0 < spent(root).usd < told.usd


def in_processes(target, *arguments, count=3):
    context = multiprocessing.get_context("spawn")
    found = context.Queue()
    workers = [context.Process(target=target, args=(*arguments, found)) for _ in range(count)]
    for worker in workers:
        worker.start()
    given = [found.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    return given


def test_processes_share_one_budget(tmp_path):
    done = in_processes(set_aside, str(tmp_path), 40)
    total = spent(tmp_path)
    assert total.calls == sum(done)
    assert total.tokens == 200 * sum(done)
    assert 9_500 - 1_000 < total.tokens <= 10_000


def test_what_a_process_that_died_had_set_aside_stays_spent(tmp_path):
    config = GeminiConfig(**PRICES)
    spending = Spending(tmp_path / "answers", Place(tmp_path, None, None, 1_000), config)
    spending.set_aside(Usage(300, 300))
    with pytest.raises(StopRun):
        spending.set_aside(Usage(300, 300))
    assert spent(tmp_path).tokens == 600


def test_a_full_disk_keeps_what_was_spent_and_leaves_nothing_half(tmp_path, monkeypatch):
    with shared_state(tmp_path / "spending.json") as values:
        values["tokens"] = 7

    def write_text(path, *arguments, **options):
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", write_text)
    with (
        pytest.raises(OSError, match="No space left"),
        shared_state(  # the stage ends the run
            tmp_path / "spending.json"
        ) as values,
    ):
        values["tokens"] = 8
    assert read_state(tmp_path / "spending.json") == {"tokens": 7}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spending.json", "spending.lock"]


def test_processes_share_one_pace(tmp_path):
    given = in_processes(wait, str(tmp_path / "pace.json"), 5)
    moments = sorted(moment for own in given for moment in own)
    assert len(moments) == 15
    assert moments[-1] - moments[0] >= 14 * 0.05 - 0.02


def test_a_complaint_slows_everyone_down_and_answers_bring_them_back(tmp_path):
    now, slept = [1000.0], []

    def sleep(seconds):
        slept.append(round(seconds, 6))
        now[0] += seconds

    one, other = (
        Pace(tmp_path / "pace.json", 60, clock=lambda: now[0], sleep=sleep) for _ in range(2)
    )
    one.wait()
    other.wait()
    assert slept == [1.0]
    one.slow_down(30.0)
    other.wait()
    one.wait()
    assert slept[1:] == [30.0, 2.0]
    for _ in range(20):
        one.ease()
    other.wait()
    one.wait()
    assert slept[-1] == 1.0
