"""The report and the listening page in a real browser."""

import json
import os
import shutil

import pytest
from audio_omni.plugins.audioedit.funnel import PAPER
from audio_omni.plugins.audioedit.listening.agreement import judge
from audio_omni.plugins.audioedit.listening.making import make_listening
from audio_omni.plugins.audioedit.quotas import Quota
from audio_omni.plugins.audioedit.report.build import write_report
from audio_omni.plugins.manager import build_plugin_manager
from edit_pairs import make_records

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra dev)")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture
def tab():
    """A tab of a headless browser that fails on errors and on the network."""
    if BROWSER is None:
        pytest.skip(f"needs a Chromium: none of {', '.join(BROWSERS)} is on the path")
    problems = []
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=root)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda sent: note(problems, sent.url))
        yield page
        browser.close()
    assert problems == []


def note(problems, url):
    if not url.startswith(("file:", "data:", "blob:")):
        problems.append(url)


@pytest.mark.slow
def test_the_report_is_seen_and_plays(tab, tmp_path):
    records = make_records(tmp_path, 2)
    lines = [{"stage": "plan", "branch": "synth", "in": 9, "kept": 2, "made": 6,
              "rejected": {"too_hot": 7}, "failed": 0, "seconds": 1.0}]  # fmt: skip
    report = write_report(
        tmp_path, records, lines, catalog=build_plugin_manager(), paper=PAPER, per_kind=1,
        quotas=[Quota("synth", "extract", 150_000, 3)], conflicts=(29, 1000),
    )  # fmt: skip
    tab.goto(f"file://{report.page}")
    assert tab.get_by_role("heading", level=2).all_inner_texts()[:9] == [
        "Funnel", "Asked for", "Counts", "Numbers", "Controls", "Fingerprint", "Rejected",
        "Licences", "Leaks",
    ]  # fmt: skip
    for width in (1200, 380):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    shown = "[...document.images].every(i => i.complete && i.naturalWidth > 100)"
    tab.wait_for_function(shown)
    assert tab.locator("img").count() == 9
    button = tab.get_by_role("button", name="Play: source of: add").first
    button.press("Enter")
    tab.locator("button.playing").wait_for()
    playing = "document.querySelector('.playing').closest('.clip').querySelector('audio').duration"
    assert tab.evaluate(playing) == pytest.approx(3.0, abs=0.1)
    tab.set_viewport_size({"width": 1200, "height": 900})
    for mark in tab.locator("article .span").all():
        plot, box = mark.locator("xpath=..").bounding_box(), mark.bounding_box()
        assert plot["x"] <= box["x"] < box["x"] + box["width"] <= plot["x"] + plot["width"] + 1
    assert tab.locator("article .span").count() == 9


@pytest.mark.slow
def test_a_listener_judges_and_saves(tab, tmp_path):
    listening = make_listening(tmp_path, make_records(tmp_path, 1), n=2, seed=0)
    key = json.loads(listening.key.read_text())["items"]
    tab.goto(f"file://{listening.page}")
    asks_for_what_is_missing(tab)
    for number in range(len(key)):
        tab.get_by_text(f"Pair {number + 1} of {len(key)}").wait_for()
        if number == 1:
            tab.reload()  # closing and coming back
            tab.get_by_text(f"Pair 2 of {len(key)}").wait_for()
        hear(tab)
        answer(tab, 0, "Yes")
        answer(tab, 1, "No")
        tab.get_by_role("button", name="Next").click()
    tab.get_by_label("Your name or initials").fill("A. B.")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save the ratings").click()
    download.value.save_as(tmp_path / "saved.json")
    verdict = judge(listening.key, [tmp_path / "saved.json"])
    assert (verdict.overall.n, verdict.overall.accepted) == (2, 2)


def asks_for_what_is_missing(tab):
    tab.get_by_role("button", name="Next").click()
    tab.get_by_text("Listen to both clips to their end first.").wait_for()
    hear(tab)
    tab.get_by_role("button", name="Next").click()
    tab.get_by_text("Answer both questions.").wait_for()


def hear(tab):
    """Play the end of both clips."""
    for name in ("first", "second"):
        tab.evaluate(
            """async (name) => {
              const player = document.getElementById(name);
              const ended = new Promise((go) => player.addEventListener("ended", go));
              player.playbackRate = 8;
              await player.play();
              await ended;
            }""",
            name,
        )


def answer(tab, question, said):
    tab.locator("fieldset").nth(question).get_by_label(said, exact=True).check()
