"""A rater in a real browser: the page of a study from its first screen to its scores."""

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_omni.core.cli.main import main
from audio_omni.evaluation.study.key import load_key

pytest.importorskip("pyloudnorm", reason="levels are measured with pyloudnorm (extra eval)")
av = pytest.importorskip("av", reason="videos are read with PyAV (extra dev)")
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra dev)")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
RATER = 2
VALUES = {"reference": 90, "ours": 60, "anchor": 20}
TIMEOUT_MS = 60_000


@pytest.fixture
def run(capfd):
    def call(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["study", *map(str, arguments)])
        said = capfd.readouterr()
        assert (ended.value.code or 0) == 0, said.err[-2000:]
        return json.loads(said.out)

    return call


@pytest.fixture
def made(run, tmp_path):
    """The page of two items of three clips, which lie beside it, for two raters."""
    rng = np.random.default_rng(0)
    for system in ("ours", "reference"):
        (tmp_path / system).mkdir()
        for name in ("dog", "rain"):
            samples = 0.05 * rng.standard_normal(int(0.45 * 16000))
            soundfile.write(tmp_path / system / f"{name}.wav", samples, 16000)
    write_video(tmp_path / "dog.webm")
    rows = [
        {"id": "dog", "caption": "A dog barks", "video": "dog.webm"},
        {"id": "rain", "instruction": "Less rain", "source_audio": "reference/rain.wav"},
    ]
    (tmp_path / "prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run(
        "make", "--system", f"ours={tmp_path / 'ours'}", "--reference", tmp_path / "reference",
        "--prompts", tmp_path / "prompts.jsonl", "--raters", 2, "--audio", "beside",
        "-o", tmp_path / "study", "--json",
    )  # fmt: skip


def write_video(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(10):
            pixels = np.full((48, 64, 3), 25 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture
def page():
    """A tab of a headless browser that draws no lots, and fails on errors and on the network."""
    if BROWSER is None:
        pytest.skip(f"needs a Chromium: none of {', '.join(BROWSERS)} is on the path")
    problems = []
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=root)
        tab = browser.new_page()
        tab.set_default_timeout(TIMEOUT_MS)
        tab.add_init_script("Math.random = () => 0")  # the quietest tone is always the first
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("request", lambda sent: problems.append(sent.url) if is_remote(sent.url) else None)
        yield tab
        browser.close()
    assert problems == []


def is_remote(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:"))


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def check_headphones(page):
    press(page, "Begin the check")
    for _ in range(6):
        press(page, "Play the three tones")
        press(page, "First")


def rate_page(page, values):
    """Hear and rate every clip of a page: the first by the keyboard's arrows, others by typing."""
    for index, value in enumerate(values):
        card = page.get_by_role("group", name=f"Clip {chr(65 + index)}")
        card.get_by_role("button").press("Enter")
        card.locator(".heard").filter(has_text="heard").wait_for()
        if index == 0:
            slider = card.get_by_role("slider")
            slider.press("ArrowRight")
            for _ in range(abs(value - 51)):
                slider.press("ArrowRight" if value > 51 else "ArrowLeft")
            assert card.get_by_role("spinbutton").input_value() == str(value)
        else:
            card.get_by_role("spinbutton").fill(str(value))


def values_of(made, scale):
    """What rater 2 gives on each page of a scale, in the order in which the page shows clips."""
    key = load_key(Path(made["key"]))
    text = Path(made["page"]).read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="study">(.*?)</script>', text, re.DOTALL)[1])
    more = 5 if scale == "REL" else 0
    return [
        (key.items[item].prompt, [VALUES[key.clips[clip].source] + more for clip in clips])
        for item, clips in data["orders"][RATER - 1][scale]
    ]


@pytest.mark.slow
def test_a_rater_rates_everything_and_the_file_is_scored(made, page, run, tmp_path):
    page.goto(f"file://{made['page']}?rater={RATER}")
    press(page, "Start")
    check_headphones(page)
    press(page, "Begin")

    refuses_what_is_not_done(page)
    quality = values_of(made, "OVL")
    rate_page(page, quality[0][1])
    page.reload()  # closing and coming back
    press(page, "Start")
    boxes = page.get_by_role("spinbutton")
    assert [int(box.input_value()) for box in boxes.all()] == quality[0][1]
    press(page, "Next")
    assert page.get_by_text(quality[1][0]).count() == 0  # quality is rated without the text
    rate_page(page, quality[1][1])
    press(page, "Finish this part")

    press(page, "Begin")
    for prompt, values in values_of(made, "REL"):
        page.get_by_text(prompt).wait_for()
        rate_page(page, values)
        plays_along_or_before(page, prompt)
        page.locator("nav .main").click()

    page.get_by_label("Anything to add?").fill("A fine study.")
    with page.expect_download() as download:
        press(page, "Save the ratings")
    assert download.value.suggested_filename == f"ratings-{made['study']}-rater-02.json"
    download.value.save_as(tmp_path / "saved.json")
    check_saved(tmp_path / "saved.json", made)

    report = run("score", made["key"], tmp_path / "saved.json", "--json")
    for scale, more in {"OVL": 0, "REL": 5}.items():
        found = {row["source"]: row["value"] for row in report["scales"][scale]["scores"]}
        assert found == {source: value + more for source, value in VALUES.items()}
    rater = report["raters"][0]
    assert (rater["rater"], rater["headphones"], rater["excluded"]) == (RATER, True, False)
    assert rater["comment"] == "A fine study."


def refuses_what_is_not_done(page):
    press(page, "Next")
    page.get_by_text("3 clips are not done yet.").wait_for()
    assert page.get_by_text("Listen to this clip to its end.").count() == 3
    box = page.get_by_role("spinbutton").first
    box.fill("101")
    box.blur()
    page.get_by_role("status").filter(has_text="Give a whole number from 1 to 100.").wait_for()
    assert box.get_attribute("aria-invalid") == "true"
    box.fill("")


def plays_along_or_before(page, prompt):
    """The video plays with each clip; the clip to be edited is played by a button of its own."""
    if prompt == "A dog barks":
        assert page.locator("video").evaluate("video => video.muted && video.played.length") == 1
        return
    press(page, "Play the input")
    page.get_by_role("button", name="Stop the input").wait_for()
    page.get_by_role("button", name="Play the input").wait_for()


def check_saved(path, made):
    saved = json.loads(path.read_text())
    assert saved["headphones"] == {"correct": 6, "of": 6, "tries": 1}
    assert all(row["plays"] >= 1 for row in saved["ratings"])
    for scale in ("OVL", "REL"):
        given = [value for _, values in values_of(made, scale) for value in values]
        assert [row["value"] for row in saved["ratings"] if row["scale"] == scale] == given
